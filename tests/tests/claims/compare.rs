//! Functions of the security context, compiled into a model and loaded into an engine.

use std::fmt::Write as _;

use auth::SecurityContext;
use compiler::ModelFile;
use javascript::{Host, Program, Reason, SourceFile};
use model::DataModel;
use planner::MissingClaims;
use query::Limits;
use serde_json::{Value, json};

/// Stand around what a function gives.
const BEFORE: &str = "<<";
const AFTER: &str = ">>";

/// The security context as Cube gives it to SQL: a claim that is missing gives `undefined`.
const CONTEXT: &str = "
const contextOf = (value) => new Proxy(function () {}, {
  get: (_, key) => key === 'unsafeValue' ? () => value
    : contextOf(value === undefined || value === null ? undefined : value[key]),
});
";

/// The functions, in their order.
pub(crate) struct Functions {
    model: DataModel,
    program: Program,
}

impl Functions {
    /// `list` are functions of the security context: `(c) => c.role.unsafeValue() === 'a' ? 'x' : 'y'`.
    pub(crate) fn new(list: &[impl AsRef<str>]) -> Self {
        Self::try_new(list).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// The same, or the mistakes of the model.
    pub(crate) fn try_new(list: &[impl AsRef<str>]) -> Result<Self, String> {
        let (mut cubes, mut exports) = (String::new(), String::from(CONTEXT));
        for (index, code) in list.iter().enumerate() {
            let code = code.as_ref();
            writeln!(
                cubes,
                "cube('C{index}', {{ measures: {{ count: {{ type: 'count' }} }}, \
                 sql: `{BEFORE}${{({code})(SECURITY_CONTEXT)}}{AFTER}` }});"
            )
            .unwrap();
            writeln!(exports, "exports.f{index} = (claims) => `${{({code})(contextOf(claims))}}`;")
                .unwrap();
        }
        let file = ModelFile { path: "model.js".to_owned(), text: cubes };
        let model = compiler::compile(&[file]).map_err(|errors| errors.to_string())?;
        let file = SourceFile { path: "cube.js".to_owned(), text: exports };
        let program = Program::load(vec![file], "cube.js", Host::default());
        let (program, _) = program.unwrap_or_else(|errors| panic!("{errors:?}"));
        Ok(Self { model, program })
    }

    /// What the engine gives for a caller, or the error that it throws.
    pub(crate) fn javascript(&self, index: usize, claims: &Value) -> Result<String, String> {
        let returned = self.program.call(&[&format!("f{index}")], &json!([claims]).to_string());
        match returned {
            Ok(returned) => Ok(serde_json::from_str(&returned.json.unwrap()).unwrap()),
            Err(error) => {
                let Reason::Thrown { name, message } = error.reason else { panic!("{error}") };
                Err(format!("{name}: {message}"))
            }
        }
    }

    /// What stands in the statement for a caller, or why there is none.
    pub(crate) fn ours(&self, index: usize, claims: &Value) -> Result<String, String> {
        let query = json!({ "measures": [format!("C{index}.count")] });
        let sent = query::parse(query.to_string().as_bytes()).unwrap();
        let now = "2026-07-29T12:00:00Z".parse().unwrap();
        let mut asked = query::normalize_request(&sent, &Limits::default(), now).unwrap().queries;
        let context = SecurityContext::for_test(claims.clone());
        let plan =
            planner::plan(&self.model, &context, MissingClaims::Refuse, &asked.remove(0).query);
        let text = plan.map_err(|error| error.to_string())?.statement.text;
        let inside = text.split_once(BEFORE).and_then(|(_, rest)| rest.rsplit_once(AFTER));
        Ok(inside.unwrap_or_else(|| panic!("{text}")).0.to_owned())
    }
}
