//! Every option of `cube.js`, and what becomes of it.

/// What becomes of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Treatment {
    /// A function that is called for requests.
    Hook,
    /// A value, or an object of values, that is read as the environment is.
    Setting,
    /// It does nothing here, for this reason.
    Ignored(&'static str),
    /// It cannot be honoured, for this reason.
    Refused(&'static str),
}

use Treatment::{Hook, Ignored, Refused, Setting};

const NO_STORE: &str = "there are no pre-aggregations and no queue";
const NO_REFRESH: &str = "nothing is refreshed: every query reads the tables themselves";
const NO_SQL_API: &str = "the SQL API does not exist here";
const NO_SOCKETS: &str = "there are no WebSockets on AWS Lambda";

/// Names as Cube spells them, in its order.
pub(crate) const OPTIONS: &[(&str, Treatment)] = &[
    ("queryRewrite", Hook),
    ("queryTransformer", Hook),
    ("checkAuth", Hook),
    ("contextToAppId", Hook),
    ("contextToOrchestratorId", Hook),
    ("contextToGroups", Hook),
    ("contextToRoles", Hook),
    ("contextToApiScopes", Hook),
    ("extendContext", Hook),
    ("schemaVersion", Hook),
    ("repositoryFactory", Hook),
    ("driverFactory", Hook),
    ("apiSecret", Setting),
    ("apiSecrets", Setting),
    ("basePath", Setting),
    ("schemaPath", Setting),
    ("jwt", Setting),
    ("http", Setting),
    ("compilerCacheSize", Ignored("models are shared by all who differ in nothing they read")),
    ("dbType", Setting),
    ("allowUngroupedWithoutPrimaryKey", Setting),
    ("checkAuthMiddleware", Refused("Cube removed it: use `checkAuth`")),
    ("dialectFactory", Refused("PostgreSQL is the only dialect")),
    ("externalDialectFactory", Ignored(NO_STORE)),
    ("externalDriverFactory", Ignored(NO_STORE)),
    ("externalDbType", Ignored(NO_STORE)),
    ("cacheAndQueueDriver", Ignored(NO_STORE)),
    ("contextToCubeStoreRouterId", Ignored(NO_STORE)),
    ("contextToDataSourceId", Ignored("results are told apart by what decides them")),
    ("preAggregationsSchema", Ignored(NO_STORE)),
    ("orchestratorOptions", Ignored(NO_STORE)),
    ("sqlCache", Ignored("planning takes microseconds")),
    ("allowJsDuplicatePropsInSchema", Ignored("a key that stands twice is always a mistake")),
    ("allowNodeRequire", Ignored("only files of the project and named modules can be required")),
    ("maxCompilerCacheKeepAlive", Ignored("a model is kept until others need its room")),
    ("updateCompilerCacheKeepAlive", Ignored("a model is kept until others need its room")),
    ("scheduledRefreshTimer", Ignored(NO_REFRESH)),
    ("scheduledRefreshTimeZones", Ignored(NO_REFRESH)),
    ("scheduledRefreshContexts", Ignored(NO_REFRESH)),
    ("scheduledRefreshConcurrency", Ignored(NO_REFRESH)),
    ("scheduledRefreshBatchSize", Ignored(NO_REFRESH)),
    ("canSwitchSqlUser", Ignored(NO_SQL_API)),
    ("checkSqlAuth", Ignored(NO_SQL_API)),
    ("sqlPort", Ignored(NO_SQL_API)),
    ("pgSqlPort", Ignored(NO_SQL_API)),
    ("gatewayPort", Ignored(NO_SQL_API)),
    ("sqlUser", Ignored(NO_SQL_API)),
    ("sqlPassword", Ignored(NO_SQL_API)),
    ("sqlSuperUser", Ignored(NO_SQL_API)),
    ("semanticLayerSync", Ignored("it is a feature of Cube Cloud")),
    ("webSockets", Ignored(NO_SOCKETS)),
    ("webSocketsBasePath", Ignored(NO_SOCKETS)),
    ("processSubscriptionsInterval", Ignored(NO_SOCKETS)),
    ("initApp", Ignored("Cube removed it")),
    ("logger", Ignored("the log is JSON on standard output")),
    ("telemetry", Ignored("nothing is sent anywhere")),
    ("devServer", Ignored("development mode is CUBEJS_DEV_MODE alone")),
    ("livePreview", Ignored("it is a feature of Cube Cloud")),
    ("fastReload", Ignored("a model is compiled in milliseconds")),
    ("serverless", Ignored("it always is")),
    ("dashboardAppPath", Ignored("there is no dashboard generator")),
    ("dashboardAppPort", Ignored("there is no dashboard generator")),
    ("gracefulShutdown", Ignored("running requests are always finished first")),
    ("serverHeadersTimeout", Ignored("requests have limits of their own")),
    ("serverKeepAliveTimeout", Ignored("requests have limits of their own")),
];

/// What becomes of an option, or the nearest name to one that does not exist.
pub(crate) fn treatment(name: &str) -> Result<Treatment, Option<&'static str>> {
    if let Some((_, treatment)) = OPTIONS.iter().find(|(known, _)| *known == name) {
        return Ok(*treatment);
    }
    Err(nearest(name, OPTIONS.iter().map(|(known, _)| *known)))
}

/// The name that was meant, perhaps.
pub(crate) fn nearest(
    name: &str,
    known: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    let distance =
        |known: &str| strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
    let nearest = known.map(|known| (distance(known), known)).min();
    nearest.filter(|(distance, known)| *distance <= known.len() / 3).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_option_has_a_nearest_name() {
        assert_eq!(treatment("queryRewrite"), Ok(Hook));
        assert_eq!(treatment("queryrewrite"), Err(Some("queryRewrite")));
        assert_eq!(treatment("checkAuht"), Err(Some("checkAuth")));
        assert_eq!(treatment("contextToAppID"), Err(Some("contextToAppId")));
        assert_eq!(treatment("frobnicate"), Err(None));
    }

    #[test]
    fn no_option_stands_twice() {
        for (index, (name, _)) in OPTIONS.iter().enumerate() {
            assert!(!OPTIONS.iter().skip(index + 1).any(|(other, _)| other == name), "{name}");
        }
    }
}
