//! A real `OpenID` provider (npm `oidc-provider`), in the part of Auth0 and the like: `tests/peers/oidc/provider.js`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::http::{self, Answer, encode};
use crate::process::{Child, Program, free_port};
use crate::tools::Tools;

/// What the client proves itself with when it redeems a code (RFC 7636).
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters";

/// A running provider. It starts with the key pairs named `a`.
#[derive(Debug)]
pub struct OidcProvider {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    _process: Child,
}

/// What somebody who signed in got.
#[derive(Debug)]
pub struct Tokens {
    /// Who it is, for the client: `aud` is [`OidcProvider::client`].
    pub id: String,
    /// A JWT for the resource: `aud` is its name.
    pub access: String,
}

impl OidcProvider {
    /// Starts it with these accounts: an object of names, each with an object of claims.
    pub fn start(accounts: &Value) -> Self {
        Self::start_for(accounts, None)
    }

    /// The same with a page at this origin, whose users its clients send here as well.
    pub fn start_for(accounts: &Value, page: Option<&str>) -> Self {
        let tools = Tools::get();
        let folder = tools.oidc.as_ref().unwrap_or_else(|| tools.absent("oidc"));
        let port = free_port();
        let mut process = Child::start(Program {
            name: "oidc",
            command: ["node", "provider.js", &port.to_string(), &accounts.to_string()]
                .into_iter()
                .chain(page)
                .map(str::to_owned)
                .collect(),
            environment: Vec::new(),
            folder,
            signal: "TERM",
            user: None,
            scratch: None,
        });
        let url = format!("http://127.0.0.1:{port}/.well-known/openid-configuration");
        process.wait_until(|| http::try_send("GET", &url, &[], "").is_ok());
        Self { port, _process: process }
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The id of the client whose tokens are signed with this algorithm.
    pub fn client(algorithm: &str) -> String {
        format!("dashboard-{algorithm}")
    }

    /// Publishes the key pairs of these names, makes the new ones, and signs with the first from now on.
    pub fn use_keys(&self, names: &[&str]) {
        let url = format!("{}/keys", self.issuer());
        let answer = http::send("POST", &url, &[], &json!(names).to_string());
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Signs an account in to the client of an algorithm, by authorization code with PKCE, for this resource.
    pub fn sign_in(&self, account: &str, algorithm: &str, resource: &str) -> Tokens {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let callback = format!("{}/signed-in", self.issuer());
        let client = Self::client(algorithm);
        let form = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, value)| format!("{name}={}", encode(value)));
            fields.collect::<Vec<_>>().join("&")
        };
        let asked = form(&[
            ("client_id", &client),
            ("response_type", "code"),
            ("scope", "openid data"),
            ("resource", resource),
            ("redirect_uri", &callback),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("login_hint", account),
        ]);
        let end = self.browse(&format!("/auth?{asked}"), &callback);
        let code = end.split(['?', '&']).find_map(|part| part.strip_prefix("code="));
        let redeemed = form(&[
            ("grant_type", "authorization_code"),
            ("client_id", &client),
            ("resource", resource),
            ("code", code.unwrap_or_else(|| panic!("no code in {end}"))),
            ("redirect_uri", &callback),
            ("code_verifier", VERIFIER),
        ]);
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = http::send("POST", &format!("{}/token", self.issuer()), &headers, &redeemed);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let token = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        Tokens { id: token("id_token"), access: token("access_token") }
    }

    /// Follows redirects as a browser does, cookies and all, until one leads to `end`; that address.
    fn browse(&self, start: &str, end: &str) -> String {
        let mut cookies = BTreeMap::new();
        let mut at = start.to_owned();
        while !at.starts_with(end) {
            let url = if at.starts_with('/') { format!("{}{at}", self.issuer()) } else { at };
            let sent = cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("; ");
            let answer = http::send("GET", &url, &[("cookie", &sent)], "");
            keep_cookies(&answer, &mut cookies);
            let next = answer.header("location").map(str::to_owned);
            at = next.unwrap_or_else(|| panic!("{url} leads nowhere: {}", answer.body));
        }
        at
    }
}

/// Takes the cookies of an answer. Their paths are not looked at: each has a name of its own.
fn keep_cookies(answer: &Answer, cookies: &mut BTreeMap<String, String>) {
    for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        cookies.insert(name.to_owned(), value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::payload;

    fn published(provider: &OidcProvider) -> Vec<String> {
        let url = format!("{}/jwks", provider.issuer());
        let set = http::send("GET", &url, &[], "").json();
        let kids = set["keys"].as_array().unwrap().iter();
        kids.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    fn kid(token: &str) -> String {
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        header["kid"].as_str().unwrap().to_owned()
    }

    #[test]
    fn accounts_sign_in_and_keys_rotate_while_it_runs() {
        let provider = OidcProvider::start(&json!({ "ada": { "tenant_id": 7 } }));
        for algorithm in ["RS256", "ES256"] {
            let tokens = provider.sign_in("ada", algorithm, "https://api.example");
            let (id, access) = (payload(&tokens.id), payload(&tokens.access));
            for claims in [&id, &access] {
                assert_eq!(claims["iss"], json!(provider.issuer()));
                assert_eq!(claims["sub"], "ada");
                assert_eq!(claims["tenant_id"], 7);
            }
            assert_eq!(id["aud"], json!(OidcProvider::client(algorithm)));
            assert_eq!(access["aud"], "https://api.example");
            assert_eq!(kid(&tokens.id), format!("a-{algorithm}"));
            assert_eq!(kid(&tokens.access), format!("a-{algorithm}"));
        }
        provider.use_keys(&["a", "b"]);
        assert_eq!(published(&provider), ["a-RS256", "a-ES256", "b-RS256", "b-ES256"]);
        assert_eq!(kid(&provider.sign_in("ada", "RS256", "https://api.example").id), "a-RS256");
        provider.use_keys(&["b", "a"]);
        assert_eq!(kid(&provider.sign_in("ada", "RS256", "https://api.example").id), "b-RS256");
        provider.use_keys(&["b"]);
        assert_eq!(published(&provider), ["b-RS256", "b-ES256"]);
    }
}
