//! Who is trusted to issue tokens: Cube's variables for one, ours for several.
//!
//! | variables | issuer |
//! |---|---|
//! | `CUBEJS_JWK_URL` | the one whose key server that is; in the place of API secrets, as in Cube |
//! | `CUBEJS_API_SECRET` and its like | whoever has the secret, or the private half of `CUBEJS_JWT_KEY` |
//! | `TESSERA_ISSUERS` | more of them, each with its own keys, audience and algorithms |
//! | `TESSERA_COGNITO_*` | a user pool of Amazon Cognito |
//! | `CUBEJS_PLAYGROUND_AUTH_SECRET` | Cube's Playground, for tokens of the scope `dev-token` |

use std::sync::Arc;

use auth::{Algorithms, Cognito, HmacKey, KeyKind, KeySet, Policy, PublicKey, Stage, TokenUse};
use keys::{Clock, Issuer, Issuers, KeyServer, KeySetLocation, KeySource, Web, WebAddress};
use serde_json::{Map, Value};

use crate::{
    Environment, Error,
    auth::{Authentication, or_report},
    intervals::KeySetTimes,
    keys::{has_api_secret, read_keys},
    pem::pem,
    value::{list, text},
};

const JWK_URL: &str = "CUBEJS_JWK_URL";
const JWT_KEY: &str = "CUBEJS_JWT_KEY";
const ISSUERS: &str = "TESSERA_ISSUERS";
const POOL: &str = "TESSERA_COGNITO_USER_POOL_ID";
const CLIENT_IDS: &str = "TESSERA_COGNITO_CLIENT_IDS";
const TOKEN_USE: &str = "TESSERA_COGNITO_TOKEN_USE";
const REGION: &str = "TESSERA_COGNITO_REGION";
const POOL_KEYS: &str = "TESSERA_COGNITO_JWKS_URL";
const KEY_SERVER_CA: &str = "TESSERA_KEY_SERVER_CA";
const PLAYGROUND: &str = "CUBEJS_PLAYGROUND_AUTH_SECRET";

const HTTPS: &str = "an https URL (http is allowed for localhost, 127.0.0.1 and [::1])";
const LIST_FORM: &str = "a JSON list of {\"issuer\", \"audience\"} with, perhaps, \"jwks_url\", \
     \"algorithms\", \"subject\" and \"claims_namespace\"";

/// Everything that an issuer with a key server is made from.
struct KeyServers<'a> {
    base: &'a Policy,
    web: Web,
    times: KeySetTimes,
    clock: Clock,
}

impl KeyServers<'_> {
    fn issuer(&self, policy: Policy, location: KeySetLocation) -> Issuer {
        let (web, clock) = (self.web.clone(), Arc::clone(&self.clock));
        let (every, freshness) = (self.times.every, self.times.freshness);
        let server = KeyServer::new(location, web, every, freshness, clock);
        Issuer { policy, keys: KeySource::KeyServer(server) }
    }
}

/// All who are trusted; `None` when the configuration names nobody who may be.
pub(crate) fn read_issuers(
    environment: &dyn Environment,
    authentication: &Authentication,
    clock: &Clock,
    errors: &mut Vec<Error>,
) -> Option<Issuers> {
    let before = errors.len();
    let servers = key_servers(environment, authentication, clock, errors)?;
    let mut issuers = Vec::new();
    issuers.extend(cubes_key_server(environment, &servers, errors));
    let more = listed(environment, &servers, errors);
    let pool = cognito(environment, &servers, errors);
    let is_set = |variable: &str| text(environment, variable).is_some();
    let is_needed = ![ISSUERS, POOL].into_iter().any(is_set);
    if !is_set(JWK_URL) && (is_needed || has_api_secret(environment)) {
        issuers.extend(cubes_key(environment, authentication, clock, errors));
    }
    issuers.extend(more);
    issuers.extend(pool);
    issuers.extend(playground(environment, authentication, errors));
    (errors.len() == before && !issuers.is_empty()).then(|| Issuers::new(issuers))
}

fn key_servers<'a>(
    environment: &dyn Environment,
    authentication: &'a Authentication,
    clock: &Clock,
    errors: &mut Vec<Error>,
) -> Option<KeyServers<'a>> {
    let times = KeySetTimes::read(environment, errors);
    let roots = or_report(pem(environment, KEY_SERVER_CA), errors)?;
    let web = Web::new(roots.as_deref(), times.timeout).map_err(|_| Error::Invalid {
        variable: KEY_SERVER_CA,
        expected: "PEM text with a certificate, or the path of such a file",
    });
    let web = or_report(web, errors)?;
    Some(KeyServers { base: &authentication.policy, web, times, clock: Arc::clone(clock) })
}

/// `CUBEJS_JWK_URL`: `CUBEJS_JWT_ISSUER` and `CUBEJS_JWT_AUDIENCE` say whose tokens and for whom.
fn cubes_key_server(
    environment: &dyn Environment,
    servers: &KeyServers<'_>,
    errors: &mut Vec<Error>,
) -> Option<Issuer> {
    let url = text(environment, JWK_URL)?;
    let address = or_report(address(&url, JWK_URL), errors)?;
    if text(environment, "TESSERA_API_SECRET_ARN").is_some() {
        errors.push(Error::Conflict {
            first: JWK_URL,
            second: "TESSERA_API_SECRET_ARN",
            reason: "put the key server into TESSERA_ISSUERS, so that both verify",
        });
        return None;
    }
    let algorithms = match list(environment, "CUBEJS_JWT_ALGS") {
        None => Algorithms::of_public_keys(),
        Some(_) => or_report(public_algorithms(&servers.base.algorithms), errors)?,
    };
    let policy = Policy { algorithms, ..servers.base.clone() };
    Some(servers.issuer(policy, KeySetLocation::At(address)))
}

fn address(url: &str, variable: &'static str) -> Result<WebAddress, Error> {
    WebAddress::parse(url).map_err(|_| Error::Invalid { variable, expected: HTTPS })
}

/// Those of public keys among `CUBEJS_JWT_ALGS`: a key set never verifies with the others.
fn public_algorithms(listed: &Algorithms) -> Result<Algorithms, Error> {
    let public = listed.iter().filter(|algorithm| algorithm.key_kind() != KeyKind::Secret);
    Algorithms::from_names(public.map(auth::Algorithm::name)).map_err(|_| Error::Unsafe {
        variable: "CUBEJS_JWT_ALGS",
        reason: "it lists no algorithm of public keys: list RS256, ES256, EdDSA or the like",
    })
}

/// Shared secrets, or the public key in `CUBEJS_JWT_KEY`.
fn cubes_key(
    environment: &dyn Environment,
    authentication: &Authentication,
    clock: &Clock,
    errors: &mut Vec<Error>,
) -> Option<Issuer> {
    let pem = environment.get(JWT_KEY).filter(|key| key.trim_start().starts_with("-----BEGIN"));
    let base = &authentication.policy;
    let Some(pem) = pem else {
        let keys = read_keys(environment, authentication, Arc::clone(clock), errors)?;
        return Some(Issuer { policy: base.clone(), keys });
    };
    if list(environment, "CUBEJS_JWT_ALGS").is_none() || base.algorithms.need_secret() {
        errors.push(Error::Unsafe {
            variable: JWT_KEY,
            reason: "it holds a PEM key: list its algorithms in CUBEJS_JWT_ALGS, and no other ones",
        });
        return None;
    }
    let key = PublicKey::from_pem(&pem).map_err(|_| Error::Invalid {
        variable: JWT_KEY,
        expected: "a secret, or one PEM public key (RSA of 2048 bits or more, P-256, P-384, Ed25519)",
    });
    let keys = KeySet::of_public_keys(vec![or_report(key, errors)?]);
    Some(Issuer { policy: base.clone(), keys: KeySource::Environment(Arc::new(keys)) })
}

/// `TESSERA_ISSUERS`
fn listed(
    environment: &dyn Environment,
    servers: &KeyServers<'_>,
    errors: &mut Vec<Error>,
) -> Vec<Issuer> {
    let Some(json) = text(environment, ISSUERS) else { return Vec::new() };
    let items = serde_json::from_str::<Vec<Map<String, Value>>>(&json);
    let items = or_report(items.map_err(|_| invalid_list()), errors).unwrap_or_default();
    let read = items.iter().map(|item| one_of_list(item, servers));
    let issuers: Vec<Issuer> = read.filter_map(|issuer| or_report(issuer, errors)).collect();
    let names = || issuers.iter().flat_map(|issuer| &issuer.policy.issuers);
    let is_twice = names().enumerate().any(|(at, name)| names().take(at).any(|it| it == name));
    if is_twice {
        let reason = "one issuer stands in it twice";
        errors.push(Error::Unsafe { variable: ISSUERS, reason });
    }
    issuers
}

fn invalid_list() -> Error {
    Error::Invalid { variable: ISSUERS, expected: LIST_FORM }
}

const ISSUER_MEMBERS: [&str; 6] =
    ["issuer", "jwks_url", "audience", "algorithms", "subject", "claims_namespace"];

fn one_of_list(item: &Map<String, Value>, servers: &KeyServers<'_>) -> Result<Issuer, Error> {
    if item.keys().any(|name| !ISSUER_MEMBERS.contains(&name.as_str())) {
        return Err(invalid_list());
    }
    let optional = |name: &str| match item.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(invalid_list()),
    };
    let issuer = optional("issuer")?.ok_or_else(invalid_list)?;
    let location = match optional("jwks_url")? {
        Some(url) => KeySetLocation::At(address(&url, ISSUERS)?),
        None => KeySetLocation::discovered(&issuer)
            .map_err(|_| Error::Invalid { variable: ISSUERS, expected: HTTPS })?,
    };
    let algorithms = match texts(item.get("algorithms"))? {
        None => Algorithms::of_public_keys(),
        Some(names) => Algorithms::from_names(names.iter().map(String::as_str))
            .ok()
            .filter(|algorithms| !algorithms.need_secret())
            .ok_or(Error::Unsafe {
                variable: ISSUERS,
                reason: "`algorithms` lists one that is not of public keys: list RS256, ES256 or \
                         the like",
            })?,
    };
    let audiences = texts(item.get("audience"))?.filter(|audiences| !audiences.is_empty());
    let policy = Policy {
        algorithms,
        issuers: vec![issuer],
        audiences: audiences.ok_or(Error::Unsafe {
            variable: ISSUERS,
            reason: "an issuer has no `audience`: tokens that it made for others would be accepted",
        })?,
        subject: optional("subject")?,
        claims_namespace: match optional("claims_namespace")? {
            None => servers.base.claims_namespace.clone(),
            own => own,
        },
        ..servers.base.clone()
    };
    Ok(servers.issuer(policy, location))
}

/// A text or a list of texts.
fn texts(value: Option<&Value>) -> Result<Option<Vec<String>>, Error> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(invalid_list);
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items.iter().map(text).collect::<Result<_, _>>().map(Some),
        Some(one) => Ok(Some(vec![text(one)?])),
    }
}

/// `TESSERA_COGNITO_*`: issuer and address of the key set follow from the pool.
fn cognito(
    environment: &dyn Environment,
    servers: &KeyServers<'_>,
    errors: &mut Vec<Error>,
) -> Option<Issuer> {
    let pool = text(environment, POOL)?;
    let issuer = or_report(pool_issuer(environment, &pool), errors);
    let token_use = or_report(token_use(environment), errors);
    let client_ids = client_ids(environment).ok_or(Error::Missing {
        variable: CLIENT_IDS,
        reason: "tokens that the user pool made for other applications would be accepted",
    });
    let client_ids = or_report(client_ids, errors);
    let (issuer, token_use, client_ids) = (issuer?, token_use?, client_ids?);
    let keys = match text(environment, POOL_KEYS) {
        Some(url) => address(&url, POOL_KEYS),
        None => address(&format!("{issuer}/.well-known/jwks.json"), POOL),
    };
    let keys = or_report(keys, errors)?;
    let policy = Policy {
        // Cognito signs with nothing else.
        algorithms: or_report(
            Algorithms::from_names(["RS256"])
                .map_err(|_| Error::Invalid { variable: POOL, expected: "a user pool" }),
            errors,
        )?,
        issuers: vec![issuer],
        audiences: Vec::new(),
        subject: None,
        cognito: Some(Cognito { token_use, client_ids }),
        ..servers.base.clone()
    };
    Some(servers.issuer(policy, KeySetLocation::At(keys)))
}

/// `TESSERA_COGNITO_TOKEN_USE`
pub(crate) fn token_use(environment: &dyn Environment) -> Result<TokenUse, Error> {
    match text(environment, TOKEN_USE).as_deref() {
        None | Some("access") => Ok(TokenUse::Access),
        Some("id") => Ok(TokenUse::Id),
        Some(_) => Err(Error::Invalid { variable: TOKEN_USE, expected: "access or id" }),
    }
}

/// `TESSERA_COGNITO_CLIENT_IDS`, when there are any.
pub(crate) fn client_ids(environment: &dyn Environment) -> Option<Vec<String>> {
    list(environment, CLIENT_IDS).filter(|ids| !ids.is_empty())
}

/// `https://cognito-idp.<region>.amazonaws.com/<pool>`; the region stands before the `_` of the id.
fn pool_issuer(environment: &dyn Environment, pool: &str) -> Result<String, Error> {
    let expected = "the id of a user pool, such as eu-central-1_AbCdEfGhI";
    let invalid = Error::Invalid { variable: POOL, expected };
    let is_name = |text: &str, also: u8| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == also)
    };
    let Some((region, id)) = pool.split_once('_') else { return Err(invalid) };
    if !is_name(region, b'-') || !is_name(id, b'_') {
        return Err(invalid);
    }
    match text(environment, REGION) {
        Some(named) if named != region => Err(Error::Invalid {
            variable: REGION,
            expected: "the region that the id of the user pool begins with",
        }),
        _ => Ok(format!("https://cognito-idp.{region}.amazonaws.com/{pool}")),
    }
}

/// Cube 1.7.25, `packages/cubejs-api-gateway/src/gateway.ts`, `createCheckAuthSystemFn`: a token of
/// the Playground is tried when the others refuse it, and must hold the scope `dev-token`.
fn playground(
    environment: &dyn Environment,
    authentication: &Authentication,
    errors: &mut Vec<Error>,
) -> Option<Issuer> {
    let secret = environment.get(PLAYGROUND).filter(|secret| !secret.is_empty())?;
    let algorithms = Algorithms::from_names(["HS256"]);
    let algorithms = algorithms.map_err(|_| Error::Invalid { variable: PLAYGROUND, expected: "" });
    let algorithms = or_report(algorithms, errors)?;
    let key = HmacKey::new(secret.as_bytes(), Stage::Current);
    let keys = KeySet::new(vec![key], &algorithms).map_err(|_| Error::Unsafe {
        variable: PLAYGROUND,
        reason: "it has less than 32 bytes, or is a public key: it can be guessed from a token",
    });
    let keys = KeySource::Environment(Arc::new(or_report(keys, errors)?));
    let policy = Policy {
        algorithms,
        issuers: Vec::new(),
        audiences: Vec::new(),
        subject: None,
        scope: Some("dev-token"),
        ..authentication.policy.clone()
    };
    Some(Issuer { policy, keys })
}

#[cfg(test)]
#[path = "issuers_tests.rs"]
mod tests;
