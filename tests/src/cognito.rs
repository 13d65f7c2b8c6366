//! A Cognito user pool as moto emulates it, with one application and its users.

use serde_json::{Value, json};

use crate::http::Answer;
use crate::moto::{Moto, REGION};

/// A user pool. Its tokens name the real issuer, whose keys moto publishes at an address of its own.
#[derive(Debug)]
pub struct UserPool<'a> {
    /// Its id, which starts with the region.
    pub id: String,
    /// The id of its application.
    pub client: String,
    /// The secret of its application, if it has one.
    pub client_secret: Option<String>,
    moto: &'a Moto,
}

/// What a user who signed in got.
#[derive(Debug)]
pub struct Tokens {
    /// `token_use` is `id`, `aud` the application; the user's attributes are in it.
    pub id: String,
    /// `token_use` is `access`, `client_id` the application; no attributes.
    pub access: String,
}

impl<'a> UserPool<'a> {
    /// A new pool with an application that signs users in by password; users have an attribute `custom:tenant`.
    pub fn create(moto: &'a Moto) -> Self {
        Self::with_client(moto, &json!({ "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"] }))
    }

    /// The same with an application that has a secret, so that it signs in as administrator does.
    pub fn create_with_secret(moto: &'a Moto) -> Self {
        let flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        Self::with_client(moto, &json!({ "ExplicitAuthFlows": flows, "GenerateSecret": true }))
    }

    fn with_client(moto: &'a Moto, more: &Value) -> Self {
        let schema = json!([{ "Name": "tenant", "AttributeDataType": "String", "Mutable": true }]);
        let pool = call(moto, "CreateUserPool", &json!({ "PoolName": "shop", "Schema": schema }));
        let id = text(&pool["UserPool"]["Id"]);
        let mut client = json!({ "UserPoolId": id, "ClientName": "dashboard" });
        for (name, value) in more.as_object().unwrap() {
            client[name] = value.clone();
        }
        let client = &call(moto, "CreateUserPoolClient", &client)["UserPoolClient"];
        Self {
            client: text(&client["ClientId"]),
            client_secret: client["ClientSecret"].as_str().map(str::to_owned),
            id,
            moto,
        }
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> String {
        format!("https://cognito-idp.{REGION}.amazonaws.com/{}", self.id)
    }

    /// Where moto publishes its keys.
    pub fn keys_url(&self) -> String {
        self.moto.url(&format!("/{}/.well-known/jwks.json", self.id))
    }

    /// Adds a user of a tenant.
    pub fn add_user(&self, name: &str, password: &str, tenant: &str) {
        self.invite_user(name, "Temporary-horse-7", tenant);
        call(
            self.moto,
            "AdminSetUserPassword",
            &json!({
                "UserPoolId": self.id,
                "Username": name,
                "Password": password,
                "Permanent": true,
            }),
        );
    }

    /// Adds a user of a tenant who has to choose another password at the first sign-in.
    pub fn invite_user(&self, name: &str, temporary_password: &str, tenant: &str) {
        call(
            self.moto,
            "AdminCreateUser",
            &json!({
                "UserPoolId": self.id,
                "Username": name,
                "TemporaryPassword": temporary_password,
                "UserAttributes": [{ "Name": "custom:tenant", "Value": tenant }],
            }),
        );
    }

    /// Puts a user into a group, which is made.
    pub fn add_to_group(&self, name: &str, group: &str) {
        let mut body = json!({ "UserPoolId": self.id, "GroupName": group });
        call(self.moto, "CreateGroup", &body);
        body["Username"] = json!(name);
        call(self.moto, "AdminAddUserToGroup", &body);
    }

    /// Signs a user in by password.
    pub fn sign_in(&self, name: &str, password: &str) -> Tokens {
        let answer = self.try_sign_in(name, password);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let result = &answer.json()["AuthenticationResult"];
        Tokens { id: text(&result["IdToken"]), access: text(&result["AccessToken"]) }
    }

    /// Like [`UserPool::sign_in`], for one who is refused.
    pub fn try_sign_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({
            "AuthFlow": "USER_PASSWORD_AUTH",
            "ClientId": self.client,
            "AuthParameters": { "USERNAME": name, "PASSWORD": password },
        });
        send(self.moto, "InitiateAuth", &body)
    }
}

fn call(moto: &Moto, action: &str, body: &Value) -> Value {
    let answer = send(moto, action, body);
    assert_eq!(answer.status, 200, "{action}: {}", answer.body);
    answer.json()
}

fn send(moto: &Moto, action: &str, body: &Value) -> Answer {
    moto.call("cognito-idp", &format!("AWSCognitoIdentityProviderService.{action}"), body)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http;
    use crate::token::payload;

    #[test]
    fn a_user_signs_in_by_password_and_the_keys_are_published() {
        let moto = Moto::start();
        let pool = UserPool::create(&moto);
        pool.add_user("ada", "Correct-horse-7", "7");
        assert_eq!(pool.try_sign_in("ada", "Wrong-horse-7").status, 400);
        let tokens = pool.sign_in("ada", "Correct-horse-7");
        let (id, access) = (payload(&tokens.id), payload(&tokens.access));
        for claims in [&id, &access] {
            assert_eq!(claims["iss"], json!(pool.issuer()));
        }
        assert_eq!(id["token_use"], "id");
        assert_eq!(id["aud"], json!(pool.client));
        assert_eq!(id["custom:tenant"], "7");
        assert_eq!(access["token_use"], "access");
        assert_eq!(access["client_id"], json!(pool.client));
        assert!(access.get("custom:tenant").is_none() && access.get("aud").is_none());
        let keys = http::send("GET", &pool.keys_url(), &[], "").json();
        assert_eq!(keys["keys"][0]["kid"], "dummy");
        assert_eq!(keys["keys"][0]["alg"], "RS256");
    }
}
