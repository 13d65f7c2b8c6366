//! The functions of `cube.js`, called for requests.

use javascript::LogLine;
use serde_json::{Map, Value, json};

use crate::Project;
use crate::driver::Driver;
use crate::error::{Hook, HookError};
use crate::project::named;

/// A request as `checkAuth` and `extendContext` see it.
#[derive(Debug, Clone, Default)]
pub struct Incoming {
    /// `GET`
    pub method: String,
    /// Path and query string.
    pub url: String,
    /// Path alone.
    pub path: String,
    /// The query string's parameters.
    pub query: Map<String, Value>,
    /// Names in lower case; several of one name with `, ` between.
    pub headers: Map<String, Value>,
    /// Tells this request from others in the log.
    pub request_id: String,
}

/// What the project says of a caller.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Caller {
    /// `contextToAppId`
    pub app_id: Option<String>,
    /// `contextToOrchestratorId`
    pub orchestrator_id: Option<String>,
    /// `schemaVersion`
    pub schema_version: Option<String>,
    /// `contextToGroups`, `contextToRoles`
    pub groups: Option<Vec<String>>,
    /// `contextToApiScopes`
    pub scopes: Option<Vec<String>>,
    /// `extendContext`
    pub extension: Map<String, Value>,
}

/// A file of a data model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFile {
    /// As the author names it.
    pub name: String,
    /// What it says.
    pub text: String,
}

const EXTEND: &str = "extendContext";

/// The functions of [`Project::caller`], in the order in which they are called.
const ABOUT_CALLERS: &[&str] = &[
    EXTEND,
    "contextToAppId",
    "contextToOrchestratorId",
    "schemaVersion",
    "contextToRoles",
    "contextToGroups",
    "contextToApiScopes",
];

/// What a hook gave, and what it wrote with `console`.
type Answer<T> = Result<(T, Vec<LogLine>), HookError>;

impl Project {
    /// The security context that `checkAuth` gives for a token; null when it gives none.
    ///
    /// # Errors
    /// [`HookError::Refused`] when it throws.
    pub fn check_auth(&self, incoming: &Incoming, token: Option<&str>) -> Answer<Value> {
        self.call("checkAuth", "checkAuth", &json!([incoming.json(), token]))
    }

    /// Everything that the project says of a caller, in one call.
    ///
    /// # Errors
    /// [`HookError::Form`] for ids that are no text, groups and scopes that are no lists of texts.
    pub fn caller(
        &self,
        incoming: &Incoming,
        security_context: &Map<String, Value>,
        default_scopes: &[String],
    ) -> Answer<Caller> {
        let arguments = json!([incoming.json(), security_context, default_scopes]);
        let returned = self.program.call(&["caller"], &arguments.to_string());
        let returned = returned.map_err(|error| self.failed(self.asked(), error))?;
        let json = returned.json.unwrap_or_default();
        let expected = "what JSON can hold";
        let answer: Map<String, Value> =
            serde_json::from_str(&json).map_err(|_| self.form(self.asked(), expected))?;
        self.read_caller(answer).map(|caller| (caller, returned.log))
    }

    fn read_caller(&self, mut members: Map<String, Value>) -> Result<Caller, HookError> {
        let mut take = |name: &str| members.remove(name);
        Ok(Caller {
            app_id: self.id("contextToAppId", take("appId"))?,
            orchestrator_id: self.id("contextToOrchestratorId", take("orchestratorId"))?,
            schema_version: self.id("schemaVersion", take("schemaVersion"))?,
            groups: self.texts(self.groups_hook(), take("groups"))?,
            scopes: self.texts("contextToApiScopes", take("scopes"))?,
            extension: match take("extension") {
                None => Map::new(),
                Some(Value::Object(members)) => members,
                Some(_) => return Err(self.form("extendContext", "an object")),
            },
        })
    }

    /// Whether [`Project::caller`] has anything to say.
    pub fn knows_callers(&self) -> bool {
        ABOUT_CALLERS.iter().any(|hook| self.has(hook))
    }

    /// The function that [`Project::caller`] called last.
    fn asked(&self) -> &'static str {
        let returned = self.program.call(&["asked"], "[]").ok().and_then(|returned| returned.json);
        let name = returned.and_then(|json| serde_json::from_str::<String>(&json).ok());
        let known = ABOUT_CALLERS.iter().find(|hook| Some(**hook) == name.as_deref());
        // After a limit was reached nothing is remembered.
        known.or_else(|| ABOUT_CALLERS.iter().find(|hook| self.has(hook))).unwrap_or(&EXTEND)
    }

    fn groups_hook(&self) -> &'static str {
        if self.has("contextToRoles") { "contextToRoles" } else { "contextToGroups" }
    }

    /// The function that rewrites queries, under the name it has in this project.
    pub fn rewriting_hook(&self) -> Hook {
        let is_old = self.has("queryTransformer");
        self.hook(if is_old { "queryTransformer" } else { "queryRewrite" })
    }

    /// Whether it has one.
    pub fn rewrites(&self) -> bool {
        self.has("queryRewrite") || self.has("queryTransformer")
    }

    /// A query as the project wants it asked; nothing when it has no opinion.
    ///
    /// `context` is `{securityContext, requestId, ...}` with what `extendContext` added.
    ///
    /// # Errors
    /// [`HookError::Refused`] when it throws, [`HookError::Form`] when it returns no object.
    pub fn query_rewrite(&self, query: &Value, context: &Map<String, Value>) -> Answer<Value> {
        let hook = self.rewriting_hook().name;
        let (answer, log) = self.call(hook, "queryRewrite", &json!([query, context]))?;
        if answer.is_object() { Ok((answer, log)) } else { Err(self.form(hook, "the query")) }
    }

    /// The files of a caller's data model.
    ///
    /// # Errors
    /// [`HookError::Form`] for anything but a list of `{fileName, content}`.
    pub fn repository_files(&self, context: &Map<String, Value>) -> Answer<Vec<RepositoryFile>> {
        let hook = "repositoryFactory";
        let (answer, log) = self.call(hook, "files", &json!([context]))?;
        let expected = "`new FileRepository(\"folder\")`, or an object whose `dataSchemaFiles` gives a \
                        list of `{ fileName, content }` with texts";
        let file = |item: &Value| {
            Some(RepositoryFile {
                name: item.get("fileName")?.as_str()?.to_owned(),
                text: item.get("content")?.as_str()?.to_owned(),
            })
        };
        let files = answer.as_array().and_then(|items| items.iter().map(file).collect());
        files.map(|files| (files, log)).ok_or_else(|| self.form(hook, expected))
    }

    /// How to reach the database of a caller's data source.
    ///
    /// `context` is that of [`Project::query_rewrite`], and says which `dataSource` is meant.
    ///
    /// # Errors
    /// [`HookError::Form`] when it returns nothing, [`HookError::Driver`] for options that cannot
    /// be honoured.
    pub fn driver(&self, context: &Map<String, Value>) -> Answer<Driver> {
        let hook = "driverFactory";
        let expected = "`{ type: \"postgres\", host, database, ... }` or a `PostgresDriver`";
        let (answer, log) = self.call(hook, "driver", &json!([context]))?;
        let Value::Array(options) = answer else { return Err(self.form(hook, expected)) };
        let driver = Driver::read(options.into_iter().filter_map(named))
            .map_err(|fault| HookError::Driver { hook: self.hook(hook), fault })?;
        Ok((driver, log))
    }

    fn call(&self, hook: &'static str, function: &str, arguments: &Value) -> Answer<Value> {
        let returned = self
            .program
            .call(&[function], &arguments.to_string())
            .map_err(|error| self.failed(hook, error))?;
        let json = returned.json.as_deref().unwrap_or("null");
        let value =
            serde_json::from_str(json).map_err(|_| self.form(hook, "what JSON can hold"))?;
        Ok((value, returned.log))
    }

    fn failed(&self, hook: &'static str, error: javascript::Error) -> HookError {
        HookError::of(self.hook(hook), error)
    }

    fn form(&self, hook: &'static str, expected: &'static str) -> HookError {
        HookError::Form { hook: self.hook(hook), expected }
    }

    /// A text; a number is one too. An id that is missing would put callers together who are not.
    fn id(&self, hook: &'static str, answer: Option<Value>) -> Result<Option<String>, HookError> {
        match answer {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(self.form(hook, "a text that is not empty")),
        }
    }

    fn texts(
        &self,
        hook: &'static str,
        answer: Option<Value>,
    ) -> Result<Option<Vec<String>>, HookError> {
        let Some(answer) = answer else { return Ok(None) };
        let items = answer.as_array().map(Vec::as_slice);
        let texts = items.and_then(|items| {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts.map(Some).ok_or_else(|| self.form(hook, "a list of texts"))
    }
}

impl Incoming {
    fn json(&self) -> Value {
        json!({
            "method": self.method,
            "url": self.url,
            "path": self.path,
            "query": self.query,
            "headers": self.headers,
            "requestId": self.request_id,
        })
    }
}
