//! `jsonwebtoken` as `cube.js` finds it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::sync::Arc;

use project::{Given, HookError, Incoming, Project, SourceFile, TokenRules};
use serde_json::{Map, Value, json};

const NOW: u64 = 1_800_000_000;
const SECRET: &str = "a-secret-of-more-than-32-bytes-a-secret-of-more-than-64-bytes-a-secret";

/// `checkAuth` with this body; what it has is `jwt`, `token` and `SECRET`.
fn project(body: &str, rules: TokenRules) -> Project {
    let text = format!(
        "import jwt, {{ JsonWebTokenError }} from 'jsonwebtoken';
         const {{ verify, decode, sign }} = require('jsonwebtoken');
         const SECRET = '{SECRET}';
         module.exports = {{ checkAuth: async (req, token) => {{\n{body}\n}} }};"
    );
    let given = Given {
        clock: Some(Arc::new(|| 1_800_000_000_500.0)),
        token_rules: rules,
        ..Given::default()
    };
    let files = vec![SourceFile { path: "cube.js".to_owned(), text }];
    Project::load(files, "cube.js", given).map(|(project, _)| project).unwrap()
}

fn asked_of(project: &Project, token: &str) -> Result<Value, HookError> {
    project.check_auth(&Incoming::default(), Some(token)).map(|(context, _)| context)
}

/// What `return { securityContext: <expression> }` gives for a token.
fn ask(expression: &str, token: &str) -> Result<Value, HookError> {
    let body = format!("return {{ securityContext: {expression} }};");
    asked_of(&project(&body, TokenRules::default()), token)
}

/// The name and the words of what an expression throws for a token.
fn thrown(expression: &str, token: &str) -> String {
    let body = format!(
        "try {{ {expression}; return {{ securityContext: 'nothing' }}; }}
         catch (error) {{ return {{ securityContext: [error.name, error.message, error instanceof JsonWebTokenError] }}; }}"
    );
    let thrown = asked_of(&project(&body, TokenRules::default()), token).unwrap();
    let Value::Array(parts) = thrown else { return thrown.to_string() };
    assert_eq!(parts[2], json!(parts[0] != "TypeError"), "{parts:?}");
    format!("{}: {}", parts[0].as_str().unwrap(), parts[1].as_str().unwrap())
}

/// A token that is signed without the code under test's help.
fn token(claims: Value, secret: &str) -> String {
    let Value::Object(members) = claims else { panic!("{claims}") };
    let lifetime = |exp: u64| auth::Lifetime::Seconds(exp.saturating_sub(NOW - 3_600));
    let exp = members.get("exp").and_then(Value::as_u64);
    let key = auth::SigningKey::new(secret.as_bytes(), auth::Algorithm::Hs256, None);
    let life = exp.map_or(auth::Lifetime::Unlimited, lifetime);
    auth::mint(members, &key, NOW - 3_600, life).unwrap()
}

#[test]
fn a_good_token_is_its_claims() {
    let good = token(json!({"sub": "a", "tenant": "acme", "exp": NOW + 60}), SECRET);
    for expression in [
        "verify(token, SECRET)",
        "jwt.verify(token, SECRET, { algorithms: ['HS256'], maxAge: '2h', subject: 'a' })",
        "await new Promise((yes, no) => jwt.verify(token, SECRET, (error, claims) => error ? no(error) : yes(claims)))",
        "await new Promise((yes, no) => verify(token, ({ alg }, done) => done(null, alg === 'HS256' ? SECRET : ''), {}, (error, claims) => error ? no(error) : yes(claims)))",
        "verify(token, SECRET, { complete: true }).payload",
        "decode(token)",
        "decode(token, { complete: true }).payload",
    ] {
        let claims = ask(expression, &good).unwrap();
        assert_eq!(claims["tenant"], "acme", "{expression}");
        assert_eq!(claims["exp"], json!(NOW + 60), "{expression}");
    }
    assert_eq!(ask("decode('nonsense')", &good).unwrap(), Value::Null);
    assert_eq!(ask("decode(token, { complete: true }).header.alg", &good).unwrap(), "HS256");
}

#[test]
fn a_bad_token_has_the_names_and_words_of_the_npm_package() {
    let good =
        token(json!({"exp": NOW + 60, "iss": "acme", "aud": ["a", "b"], "sub": "s"}), SECRET);
    let verify = "verify(token, SECRET)";
    for (expression, token, said) in [
        (verify, token(json!({"exp": NOW - 10}), SECRET), "TokenExpiredError: jwt expired"),
        (verify, token(json!({"exp": NOW}), SECRET), "TokenExpiredError: jwt expired"),
        (
            verify,
            token(json!({"exp": NOW + 60, "nbf": NOW + 10}), SECRET),
            "NotBeforeError: jwt not active",
        ),
        (
            verify,
            token(json!({"exp": NOW + 60}), &SECRET.replace('a', "b")),
            "JsonWebTokenError: invalid signature",
        ),
        (verify, token(json!({"a": 1}), SECRET), "JsonWebTokenError: jwt has no expiration"),
        (verify, "nonsense".to_owned(), "JsonWebTokenError: jwt malformed"),
        (verify, String::new(), "JsonWebTokenError: jwt must be provided"),
        (verify, "eyJhbGciOiJub25lIn0.e30.".to_owned(), "JsonWebTokenError: invalid algorithm"),
        (
            "verify(token, SECRET, { algorithms: ['HS512'] })",
            good.clone(),
            "JsonWebTokenError: invalid algorithm",
        ),
        (
            "verify(token, SECRET, { issuer: ['x', 'y'] })",
            good.clone(),
            "JsonWebTokenError: jwt issuer invalid. expected: x or y",
        ),
        (
            "verify(token, SECRET, { issuer: 'acme', audience: 'c' })",
            good.clone(),
            "JsonWebTokenError: jwt audience invalid. expected: c",
        ),
        (
            "verify(token, SECRET, { audience: ['b'], subject: 't' })",
            good.clone(),
            "JsonWebTokenError: jwt subject invalid. expected: t",
        ),
        (
            "verify(token, SECRET, { jwtid: 'x' })",
            good.clone(),
            "JsonWebTokenError: jwt jwtid invalid. expected: x",
        ),
        (
            "verify(token, SECRET, { maxAge: '30m' })",
            good.clone(),
            "TokenExpiredError: maxAge exceeded",
        ),
    ] {
        assert_eq!(thrown(expression, &token), said, "{expression}");
    }
    let late = token(json!({"exp": NOW - 10}), SECRET);
    assert!(ask("verify(token, SECRET, { clockTolerance: 20 })", &late).is_ok());
    let at = ask(
        "(() => { try { verify(token, SECRET); } catch (e) { return e.expiredAt; } })()",
        &late,
    );
    assert_eq!(at.unwrap(), "2027-01-15T07:59:50.000Z");
}

#[test]
fn what_would_weaken_a_check_is_a_mistake_of_the_authors() {
    let good = token(json!({"exp": NOW + 60}), SECRET);
    for (expression, said) in [
        (
            "verify(token, SECRET, { algorithms: ['none'] })",
            "`none` would accept tokens that nobody signed",
        ),
        ("verify(token, SECRET, { algorithms: [] })", "the list of algorithms is empty"),
        (
            "verify(token, SECRET, { algorithms: 'HS256' })",
            "`verify` takes a token, a secret and options",
        ),
        (
            "verify(token, SECRET, { ignoreExpiration: true })",
            "option `ignoreExpiration` is not supported here",
        ),
        (
            "verify(token, SECRET, { clockTimestamp: 1 })",
            "option `clockTimestamp` is not supported here",
        ),
        (
            "verify(token, SECRET, { audience: /a/ })",
            "option `audience` must be a text or a list of texts",
        ),
        ("verify(token, process.env.NO_SUCH_SECRET)", "the secret or public key is missing"),
        ("verify(token, 'short')", "the secret has 5 bytes and needs at least 32"),
        ("verify(token, '-----BEGIN PUBLIC KEY-----')", "jsonwebtoken: "),
        ("sign({}, 'short')", "the secret has 5 bytes and needs at least 32"),
        (
            "sign({}, SECRET, { algorithm: 'none' })",
            "`none` would accept tokens that nobody signed",
        ),
        (
            "sign({}, SECRET, { expiresIn: 'soon' })",
            "`expiresIn` must be seconds or a time like \"2h\"",
        ),
        ("sign({}, SECRET, { expiresIn: -10 })", "ends after it begins"),
        ("sign('text', SECRET)", "the payload must be an object"),
    ] {
        let thrown = thrown(expression, &good);
        assert!(
            thrown.starts_with("TypeError: ") && thrown.contains(said),
            "{expression}: {thrown}"
        );
        assert!(!thrown.contains(SECRET), "{thrown}");
        let uncaught = ask(expression, &good);
        assert!(matches!(uncaught, Err(HookError::Broken { .. })), "{expression}: {uncaught:?}");
    }
}

#[test]
fn an_error_that_is_let_through_refuses_the_token() {
    let error = ask("verify(token, SECRET)", "nonsense").unwrap_err();
    let HookError::Token { hook, sentence } = error else { panic!("{error}") };
    assert_eq!((hook.name, &*sentence), ("checkAuth", "JsonWebTokenError: jwt malformed"));
    let own = project("throw new Error('Custom');", TokenRules::default());
    assert!(matches!(asked_of(&own, "x"), Err(HookError::Refused { .. })));
}

#[test]
fn the_rules_of_the_installation_hold() {
    let body = "return { securityContext: verify(token, 'short') };";
    let endless = token(json!({"a": 1}), "short");
    let lenient =
        TokenRules { require_exp: false, allows_short_secrets: true, ..TokenRules::default() };
    assert_eq!(asked_of(&project(body, lenient), &endless).unwrap()["a"], 1);
    let body = "return { securityContext: verify(token, SECRET) };";
    let long = token(json!({"exp": NOW + 100 * 24 * 3_600}), SECRET);
    assert!(asked_of(&project(body, TokenRules::default()), &long).is_err());
}

#[test]
fn what_is_signed_can_be_verified() {
    let signed = |expression: &str| {
        let expression = format!("verify({expression}, SECRET, {{ complete: true }})");
        ask(&expression, "").unwrap()
    };
    let plain = signed("sign({ tenant: 'acme' }, SECRET, { expiresIn: '2h' })");
    assert_eq!(plain["payload"]["exp"], json!(NOW + 7_200));
    assert_eq!((&plain["payload"]["iat"], &plain["header"]["alg"]), (&json!(NOW), &json!("HS256")));
    let full = signed(
        "jwt.sign({ exp: 1800000100, jti: 'j' }, SECRET, { algorithm: 'HS512', issuer: 'i', audience: 'a',
           subject: 's', keyid: 'k', notBefore: '-1h' })",
    );
    assert_eq!(full["header"], json!({"alg": "HS512", "typ": "JWT", "kid": "k"}));
    let claims: Map<String, Value> = serde_json::from_value(full["payload"].clone()).unwrap();
    let expected = json!({"exp": NOW + 100, "iat": NOW, "jti": "j", "iss": "i", "aud": "a", "sub": "s", "nbf": NOW - 3_600});
    assert_eq!(Value::Object(claims), expected);
}

#[test]
fn a_public_key_verifies_what_its_private_half_signed_and_no_secret() {
    // RFC 8037 appendix A, as a SubjectPublicKeyInfo.
    let pem = "-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\\n-----END PUBLIC KEY-----";
    let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
                  hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let verify = format!("verify(token, '{pem}')");
    // Its payload is a sentence: the signature is good, and what it signs is no token.
    assert_eq!(thrown(&verify, signed), "JsonWebTokenError: invalid token");
    let forged = signed.replace("hgyY0", "hgyY1");
    assert_eq!(thrown(&verify, &forged), "JsonWebTokenError: invalid signature");
    let confused = token(json!({"exp": NOW + 60}), &pem.replace("\\n", "\n"));
    assert_eq!(thrown(&verify, &confused), "JsonWebTokenError: invalid algorithm");
    let named = format!("verify(token, '{pem}', {{ algorithms: ['RS256', 'HS256'] }})");
    assert!(
        thrown(&named, &confused).starts_with("JsonWebTokenError: "),
        "a secret is never tried"
    );
}
