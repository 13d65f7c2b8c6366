//! The functions of `cube.js`, called for requests.

use javascript::LogLine;
use serde_json::{Map, Value, json};

use crate::Project;
use crate::error::HookError;

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
        let (answer, log) = self.call("extendContext", "caller", &arguments)?;
        let Value::Object(mut members) = answer else { return Ok((Caller::default(), log)) };
        let mut take = |name: &str| members.remove(name);
        let caller = Caller {
            app_id: id("contextToAppId", take("appId"))?,
            orchestrator_id: id("contextToOrchestratorId", take("orchestratorId"))?,
            schema_version: id("schemaVersion", take("schemaVersion"))?,
            groups: texts(self.groups_hook(), take("groups"))?,
            scopes: texts("contextToApiScopes", take("scopes"))?,
            extension: match take("extension") {
                None => Map::new(),
                Some(Value::Object(members)) => members,
                Some(_) => return Err(form("extendContext", "an object")),
            },
        };
        Ok((caller, log))
    }

    /// Whether [`Project::caller`] has anything to say.
    pub fn knows_callers(&self) -> bool {
        [
            "contextToAppId",
            "contextToOrchestratorId",
            "schemaVersion",
            "contextToGroups",
            "contextToRoles",
            "contextToApiScopes",
            "extendContext",
        ]
        .iter()
        .any(|hook| self.has(hook))
    }

    fn groups_hook(&self) -> &'static str {
        if self.has("contextToRoles") { "contextToRoles" } else { "contextToGroups" }
    }

    /// A query as the project wants it asked; nothing when it has no opinion.
    ///
    /// `context` is `{securityContext, requestId, ...}` with what `extendContext` added.
    ///
    /// # Errors
    /// [`HookError::Refused`] when it throws, [`HookError::Form`] when it returns no object.
    pub fn query_rewrite(&self, query: &Value, context: &Map<String, Value>) -> Answer<Value> {
        let hook = if self.has("queryTransformer") { "queryTransformer" } else { "queryRewrite" };
        let (answer, log) = self.call(hook, "queryRewrite", &json!([query, context]))?;
        if answer.is_object() { Ok((answer, log)) } else { Err(form(hook, "the query")) }
    }

    /// The files of a caller's data model.
    ///
    /// # Errors
    /// [`HookError::Form`] for anything but a list of `{fileName, content}`.
    pub fn repository_files(&self, context: &Map<String, Value>) -> Answer<Vec<RepositoryFile>> {
        let (answer, log) = self.call("repositoryFactory", "files", &json!([context]))?;
        let expected = "a repository whose `dataSchemaFiles` gives `{fileName, content}` objects";
        let file = |item: &Value| {
            Some(RepositoryFile {
                name: item.get("fileName")?.as_str()?.to_owned(),
                text: item.get("content")?.as_str()?.to_owned(),
            })
        };
        let files = answer.as_array().and_then(|items| items.iter().map(file).collect());
        files.map(|files| (files, log)).ok_or_else(|| form("repositoryFactory", expected))
    }

    /// How to connect for a caller: `{type: "postgres", host, ...}`.
    ///
    /// `context` also says which `dataSource` is meant.
    ///
    /// # Errors
    /// [`HookError::Form`] when it returns no object of PostgreSQL's.
    pub fn driver(&self, context: &Map<String, Value>) -> Answer<Map<String, Value>> {
        let expected = "`{ type: \"postgres\", host, database, ... }` or a `PostgresDriver`";
        match self.call("driverFactory", "driver", &json!([context]))? {
            (Value::Object(options), log)
                if options.get("type").and_then(Value::as_str) == Some("postgres") =>
            {
                Ok((options, log))
            }
            _ => Err(form("driverFactory", expected)),
        }
    }

    fn call(&self, hook: &'static str, function: &str, arguments: &Value) -> Answer<Value> {
        let returned = self
            .program
            .call(&[function], &arguments.to_string())
            .map_err(|error| HookError::of(hook, error))?;
        let json = returned.json.as_deref().unwrap_or("null");
        let value = serde_json::from_str(json).map_err(|_| form(hook, "what JSON can hold"))?;
        Ok((value, returned.log))
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

fn form(hook: &'static str, expected: &'static str) -> HookError {
    HookError::Form { hook, expected }
}

/// A text; a number is one too. An id that is missing would put callers together who are not.
fn id(hook: &'static str, answer: Option<Value>) -> Result<Option<String>, HookError> {
    match answer {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(form(hook, "a text that is not empty")),
    }
}

fn texts(hook: &'static str, answer: Option<Value>) -> Result<Option<Vec<String>>, HookError> {
    let Some(answer) = answer else { return Ok(None) };
    let items = answer.as_array().map(Vec::as_slice);
    let texts = items.and_then(|items| {
        items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    texts.map(Some).ok_or_else(|| form(hook, "a list of texts"))
}
