//! Variables: who is given a token, and how keys and passwords are rotated.

use super::{DURATION, Variable, used};

pub(super) const TOKENS: &[Variable] = &[
    used(
        "TESSERA_TOKEN_POLICY",
        "",
        "",
        "the file that says who may have a token with which claims",
    ),
    used(
        "TESSERA_TOKEN_POLICY_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that holds that text",
    ),
    used("TESSERA_CLIENTS", "", "", "the policy itself, as YAML or JSON"),
    used("TESSERA_CLIENTS_ARN", "", "", "an older name of TESSERA_TOKEN_POLICY_ARN"),
    used(
        "TESSERA_TOKEN_ISSUER",
        "the first of CUBEJS_JWT_ISSUER",
        "",
        "the https URL at which the token function is reached: the iss of its tokens",
    ),
    used(
        "TESSERA_SESSION_COOKIE",
        "",
        "",
        "the cookie in which pages of the same origin show a provider's token",
    ),
    used(
        "TESSERA_LOGIN_URL",
        "",
        "",
        "where a browser is sent that asks for a token and shows nothing",
    ),
    used(
        "TESSERA_COGNITO_CLIENT_SECRET",
        "",
        "",
        "the secret of the pool's client that signs users in, if it has one",
    ),
    used(
        "TESSERA_COGNITO_CLIENT_SECRET_ARN",
        "",
        "",
        "the secret of AWS Secrets Manager that holds it",
    ),
];

pub(super) const ROTATION: &[Variable] = &[
    used("TESSERA_ROTATE", "", "", "what rotate-secret rotates: keys, signing-key or database"),
    used(
        "TESSERA_TEST_URL",
        "",
        "",
        "where load answers: a new key takes over once load has verified with it",
    ),
    used(
        "TESSERA_ROTATE_REST",
        "TESSERA_SECRET_COOLDOWN; for signing-key TESSERA_SECRET_REFRESH, TESSERA_JWKS_COOLDOWN and 5m",
        DURATION,
        "a new key rests for so long before it takes over, so that every verifier finds it",
    ),
    used(
        "TESSERA_TEST_CLAIMS",
        "{}",
        "",
        "JSON object of claims that the model needs for /v1/meta",
    ),
    used(
        "TESSERA_ROTATE_USERS",
        "single",
        "",
        "single: the password of a role changes; alternating: two roles take turns",
    ),
    used(
        "TESSERA_SUPERUSER_SECRET_ARN",
        "",
        "",
        "the secret of the role that makes the second of two alternating ones",
    ),
];
