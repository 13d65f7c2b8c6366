//! From settings to the parts of the token function.

use api::{SignIn, TokenParts};
use identity::{ClientSecret, UserPool};
use issuance::{Policy, Verified};
use keys::{Clock, Issuers};
use settings::{Environment, Errors, Issuing, Sink};

/// The parts as the environment describes them.
///
/// # Errors
/// Everything that is unsafe, incomplete or unreadable; what is wrong with the policy, with lines.
pub(crate) fn parts(environment: &dyn Environment, clock: Clock) -> Result<TokenParts, Errors> {
    let audit = settings::audit_log(&clock, Sink::Stdout)?;
    let metrics = settings::metrics(environment, "token", &clock, Sink::Stdout)?;
    let issuing = Issuing::read(environment, &clock)?;
    let verified = verified(&issuing.issuers, issuing.user_pool.as_ref());
    let grants = issuing.grants.document("token policy", &clock, move |text| {
        let policy = Policy::read(text);
        policy
            .and_then(|policy| policy.check(&verified).map(|()| policy))
            .map_err(|mistakes| mistakes.to_string())
    })?;
    let sign_in = issuing.user_pool.map(|pool| sign_in(pool, &clock)).transpose()?;
    Ok(TokenParts {
        grants,
        signer: issuing.signer,
        policy: issuing.policy,
        issuers: issuing.issuers,
        deny_list: issuing.deny_list,
        ledger: issuing.ledger,
        sign_in,
        session_cookie: issuing.session_cookie,
        login_url: issuing.login_url,
        clock,
        audit,
        metrics,
        origins: issuing.cors_origins.into(),
    })
}

fn sign_in(pool: settings::UserPool, clock: &Clock) -> Result<SignIn, Errors> {
    let settings::UserPool { id, client_id, client_secret, has_id_tokens } = pool;
    let read = |text: &str| Ok(ClientSecret::new(text.into()));
    let client_secret = client_secret
        .map(|source| source.document("client secret of the user pool", clock, read))
        .transpose()?;
    Ok(SignIn { pool: UserPool::new(id, client_id), has_id_tokens, client_secret })
}

/// Whose tokens can be exchanged.
fn verified(issuers: &Issuers, pool: Option<&settings::UserPool>) -> Verified {
    let providers = issuers.iter().filter(|issuer| issuer.is_provider());
    let names: Vec<String> =
        providers.flat_map(|provider| provider.policy.issuers.iter().cloned()).collect();
    let of_pool = |pool: &settings::UserPool| {
        let end = format!("/{}", pool.id);
        let issuer = names.iter().find(|name| name.ends_with(&end))?.clone();
        Some(issuance::UserPool { issuer, has_id_tokens: pool.has_id_tokens })
    };
    let user_pool = pool.and_then(of_pool);
    Verified { issuers: names, user_pool }
}

#[cfg(test)]
mod tests {
    use settings::{Map, clock};

    use super::*;

    /// What is said of a policy beside a provider and a user pool.
    fn said(policy: &str) -> Result<(), String> {
        let environment = Map::from([
            ("CUBEJS_API_SECRET", "a-secret-of-more-than-32-bytes-a-secret"),
            ("TESSERA_CLIENTS", policy),
            ("TESSERA_ISSUERS", r#"[{"issuer":"https://login.example.com/","audience":"api"}]"#),
            ("TESSERA_COGNITO_USER_POOL_ID", "eu-central-1_abc"),
            ("TESSERA_COGNITO_CLIENT_IDS", "app"),
            ("TESSERA_COGNITO_CLIENT_SECRET", "hunter2"),
        ]);
        parts(&environment, clock()).map(|_| ()).map_err(|errors| errors.to_string())
    }

    #[test]
    fn a_policy_is_held_against_whose_tokens_are_verified() {
        let pool = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc";
        let good = format!(
            "issuers:\n- issuer: https://login.example.com/\n- issuer: {pool}\n  \
             rights: [exchange, password]\n  claims: {{a: {{from_groups: true}}}}\n"
        );
        assert_eq!(said(&good), Ok(()));
        let mistake = said("clients:\n- id: shop").unwrap_err();
        assert!(mistake.starts_with("TESSERA_CLIENTS: 2:3: a client has one of"), "{mistake}");
        let mistake = said("issuers:\n- issuer: https://login.example.com").unwrap_err();
        assert!(mistake.starts_with("TESSERA_CLIENTS: 2:3: nobody verifies"), "{mistake}");
        let mistake = said(&good.replace("  rights", "  lifetime: 1h\n  rights").replacen(
            "login.example.com/\n",
            "login.example.com/\n  rights: [refresh]\n",
            1,
        ));
        assert!(mistake.unwrap_err().contains("2:3: this issuer is not the user pool"));
    }
}
