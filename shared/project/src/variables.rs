//! Options that are values, as the environment variables that say the same.
//!
//! One reader for one thing: what an option may hold, and whether it is safe, is decided where the
//! variable is read. As in Cube, the option wins over the variable.

use serde_json::Value;

use crate::Project;
use crate::error::{Error, Mistake};
use crate::project::Held;

/// The forms a value may have.
#[derive(Clone, Copy)]
enum Form {
    /// A text, number or boolean.
    Scalar,
    /// A text, or a list of texts.
    Texts,
}

impl Form {
    fn expected(self) -> &'static str {
        match self {
            Self::Scalar => "a text, number or boolean",
            Self::Texts => "a text or a list of texts",
        }
    }
}

/// Option, variable, form.
const TOP: &[(&str, &str, Form)] = &[
    ("apiSecret", "CUBEJS_API_SECRET", Form::Scalar),
    ("apiSecrets", "CUBEJS_API_SECRETS", Form::Texts),
    ("basePath", "CUBEJS_BASE_PATH", Form::Scalar),
    ("schemaPath", "CUBEJS_SCHEMA_PATH", Form::Scalar),
    ("dbType", "CUBEJS_DB_TYPE", Form::Scalar),
    ("allowUngroupedWithoutPrimaryKey", "CUBEJS_ALLOW_UNGROUPED_WITHOUT_PRIMARY_KEY", Form::Scalar),
];

const JWT: &[(&str, &str, Form)] = &[
    ("jwkUrl", "CUBEJS_JWK_URL", Form::Scalar),
    ("key", "CUBEJS_JWT_KEY", Form::Scalar),
    ("algorithms", "CUBEJS_JWT_ALGS", Form::Texts),
    ("issuer", "CUBEJS_JWT_ISSUER", Form::Texts),
    ("audience", "CUBEJS_JWT_AUDIENCE", Form::Texts),
    ("subject", "CUBEJS_JWT_SUBJECT", Form::Scalar),
    ("claimsNamespace", "CUBEJS_JWT_CLAIMS_NAMESPACE", Form::Scalar),
];

/// How key sets are fetched is not the project's to say.
const JWT_IGNORED: &[&str] = &["jwkRetry", "jwkDefaultExpire", "jwkRefetchWindow"];

const CORS: &[(&str, &str, Form)] = &[("origin", "TESSERA_CORS_ORIGINS", Form::Texts)];

/// Answers allow what clients of this API need, and nothing with credentials.
const CORS_IGNORED: &[&str] = &[
    "methods",
    "allowedHeaders",
    "exposedHeaders",
    "credentials",
    "maxAge",
    "preflightContinue",
    "optionsSuccessStatus",
];

impl Project {
    /// The options that are values, as variables over those of the environment.
    ///
    /// # Errors
    /// Values of the wrong form.
    pub fn variables(&self) -> Result<Vec<(String, String)>, Error> {
        let mut found = Found { file: &self.file, variables: Vec::new(), mistakes: Vec::new() };
        for (name, held) in &self.settings {
            match name.as_str() {
                "jwt" => found.object("jwt", held, JWT, JWT_IGNORED),
                "http" => found.http(held),
                // Cube asked a function for it, once; it can only be PostgreSQL here.
                "dbType" if *held == Held::Function => {}
                _ => found.one("", name, held, TOP),
            }
        }
        if found.mistakes.is_empty() { Ok(found.variables) } else { Err(Error(found.mistakes)) }
    }
}

struct Found<'p> {
    file: &'p str,
    variables: Vec<(String, String)>,
    mistakes: Vec<Mistake>,
}

impl Found<'_> {
    fn http(&mut self, held: &Held) {
        let Held::Object(members) = held else {
            return self.form("http", "an object");
        };
        for (name, held) in members {
            if name == "cors" {
                self.object("http.cors", held, CORS, CORS_IGNORED);
            } else {
                self.unknown(format!("http.{name}"), Some("cors"));
            }
        }
    }

    fn object(
        &mut self,
        owner: &str,
        held: &Held,
        known: &[(&'static str, &str, Form)],
        ignored: &[&str],
    ) {
        let Held::Object(members) = held else {
            return self.form(owner, "an object");
        };
        for (name, held) in members {
            if !ignored.contains(&name.as_str()) {
                self.one(owner, name, held, known);
            }
        }
    }

    fn one(&mut self, owner: &str, name: &str, held: &Held, known: &[(&'static str, &str, Form)]) {
        let path = if owner.is_empty() { name.to_owned() } else { format!("{owner}.{name}") };
        let Some((_, variable, form)) = known.iter().find(|(known, _, _)| *known == name) else {
            let close =
                known.iter().filter(|(known, _, _)| strsim::jaro_winkler(known, name) > 0.8);
            return self.unknown(path, close.map(|(known, _, _)| *known).next());
        };
        let text = match (form, held) {
            (_, Held::Value(Value::Null)) => return,
            (_, Held::Function | Held::Pattern) => {
                let reason = "only a value can be given here, no function or regular expression";
                let file = self.file.to_owned();
                return self.mistakes.push(Mistake::Refused { file, name: path, reason });
            }
            // `cors` takes `true` for "whoever asks".
            (Form::Texts, Held::Value(Value::Bool(true)))
                if *variable == "TESSERA_CORS_ORIGINS" =>
            {
                Some("*".to_owned())
            }
            (_, Held::Value(value)) => scalar(value),
            (Form::Texts, Held::List(items)) => {
                items.iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.join(","))
            }
            (Form::Scalar, Held::List(_)) | (_, Held::Object(_) | Held::Other) => None,
        };
        match text {
            Some(text) => self.variables.push(((*variable).to_owned(), text)),
            None => self.form(&path, form.expected()),
        }
    }

    fn form(&mut self, name: &str, expected: &'static str) {
        let (file, name) = (self.file.to_owned(), name.to_owned());
        self.mistakes.push(Mistake::Form { file, name, expected });
    }

    fn unknown(&mut self, name: String, nearest: Option<&'static str>) {
        self.mistakes.push(Mistake::Unknown { file: self.file.to_owned(), name, nearest });
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An item of a list that is written with commas between.
fn text(held: &Held) -> Option<String> {
    if let Held::Value(Value::String(text)) = held
        && !text.contains(',')
    {
        return Some(text.clone());
    }
    None
}
