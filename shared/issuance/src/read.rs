//! From the text of a policy to a policy.
//!
//! ```yaml
//! clients:
//!   - id: dashboard
//!     secret_sha256: 9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f
//!     claims: {tenant_id: 7}
//!     allowed: {user_id: [42, 43]}
//!     lifetime: 15m
//! issuers:
//!   - issuer: https://login.example.com/
//!     claims:
//!       sub: {from_token: sub}
//!       u: {tenant: {from_token: [https://example.com/claims, tenant]}}
//! ```
//!
//! The same in JSON is read too.

use std::collections::BTreeMap;

use auth::Fingerprint;
use serde_json::Value;

use crate::fields::{Fields, listed};
use crate::grant::{Grant, MAX_LIFETIME_S};
use crate::mistake::{Mistakes, Report};
use crate::policy::{Client, Policy, Provider, Right};
use crate::reserved::{is_reserved, is_written_when_signed};
use crate::template::{Claims, Template};
use crate::yaml::{self, Content, Node};

/// The fewest bytes of a client secret, which nobody types: 128 bits need 16 even as raw bytes.
const MIN_SECRET_BYTES: usize = 16;
/// What Secrets Manager stores is a quarter of it.
const MAX_TEXT_BYTES: usize = 256 * 1024;

const OF_POLICY: &[&str] = &["clients", "issuers"];
const OF_CLIENT: &[&str] = &[
    "id",
    "secret",
    "secret_sha256",
    "rights",
    "claims",
    "allowed",
    "audience",
    "lifetime",
    "max_lifetime",
];
const OF_PROVIDER: &[&str] =
    &["issuer", "rights", "claims", "allowed", "audience", "lifetime", "max_lifetime"];
const SOURCES: [&str; 3] = ["from_token", "from_attribute", "from_groups"];

impl Policy {
    /// Reads a policy: YAML or JSON, as the head of this file shows it.
    ///
    /// # Errors
    /// Every mistake with its place, and what to write; without secrets and the values of claims.
    pub fn read(text: &str) -> Result<Self, Mistakes> {
        let mut report = Report::default();
        if text.len() > MAX_TEXT_BYTES {
            report.mistake((1, 1), format!("more than {MAX_TEXT_BYTES} bytes"));
            return report.conclude(Self::default());
        }
        let policy = yaml::read(text, &mut report)
            .and_then(|root| policy(&root, &mut report))
            .unwrap_or_default();
        report.conclude(policy)
    }
}

fn policy(root: &Node, report: &mut Report) -> Option<Policy> {
    let fields = Fields::read(root, "a policy", OF_POLICY, report)?;
    if OF_POLICY.iter().all(|key| fields.get(key).is_none()) {
        report.mistake(fields.at, "a policy has `clients`, `issuers` or both");
    }
    let mut policy = Policy::default();
    for node in items(fields.get("clients"), "clients", report) {
        let Some(client) = client(node, report) else { continue };
        if policy.clients.iter().any(|known| known.id == client.id) {
            report.mistake(node.at, "two clients have the same `id`");
        }
        policy.clients.push(client);
    }
    for node in items(fields.get("issuers"), "issuers", report) {
        let Some(provider) = provider(node, report) else { continue };
        if policy.providers.iter().any(|known| known.issuer == provider.issuer) {
            report.mistake(node.at, "one `issuer` stands here twice");
        }
        policy.providers.push(provider);
    }
    Some(policy)
}

fn items<'n>(node: Option<&'n Node>, key: &str, report: &mut Report) -> &'n [Node] {
    match node.map(|node| (&node.content, node.at)) {
        None => &[],
        Some((Content::List(items), _)) => items,
        Some((Content::Map(_) | Content::Scalar(_), at)) => {
            report.mistake(at, format!("`{key}` is a list"));
            &[]
        }
    }
}

fn client(node: &Node, report: &mut Report) -> Option<Client> {
    let fields = Fields::read(node, "a client", OF_CLIENT, report)?;
    let id = fields.text("id", report);
    // A colon would end the name in `Authorization: Basic` (RFC 7617 §2).
    if id.is_none_or(|id| id.contains(':')) {
        report.mistake(fields.at, "a client has an `id`, a text without a colon");
    }
    let secret = secret(&fields, report);
    let rights = rights(&fields, Right::OF_CLIENTS, Right::Issue, report);
    let grant = grant(&fields, report);
    let has_no_token = "a client shows no token and is no user: give it values, or list what it \
                        chooses from under `allowed`";
    if let Some(claims) = fields.get("claims")
        && grant.claims.any(&|template| !matches!(template, Template::Fixed(_)))
    {
        report.mistake(claims.at, has_no_token);
    }
    Some(Client { id: id?.to_owned(), secret: secret?, rights, grant })
}

fn secret(fields: &Fields<'_>, report: &mut Report) -> Option<Fingerprint> {
    match (fields.get("secret"), fields.get("secret_sha256")) {
        (Some(node), None) => {
            let long = node.text().filter(|secret| secret.len() >= MIN_SECRET_BYTES);
            if long.is_none() {
                let reason = "a `secret` is a text of 16 characters or more: make one with \
                              `openssl rand -hex 32`";
                report.mistake(node.at, reason);
            }
            long.map(|secret| Fingerprint::of(secret.as_bytes()))
        }
        (None, Some(node)) => {
            let hash = node.text().and_then(Fingerprint::from_hex);
            if hash.is_none() {
                let reason = "a `secret_sha256` is the secret's SHA-256 in 64 hex digits: \
                              `printf %s SECRET | sha256sum`, in quotes if it is all digits";
                report.mistake(node.at, reason);
            }
            hash
        }
        _ => {
            report.mistake(fields.at, "a client has one of `secret` and `secret_sha256`");
            None
        }
    }
}

fn provider(node: &Node, report: &mut Report) -> Option<Provider> {
    let fields = Fields::read(node, "an issuer", OF_PROVIDER, report)?;
    let issuer = fields.text("issuer", report);
    if issuer.is_none() {
        let reason = "an issuer has an `issuer`: what its tokens say in `iss`, to the letter";
        report.mistake(fields.at, reason);
    }
    let rights = rights(&fields, Right::OF_PROVIDERS, Right::Exchange, report);
    let grant = grant(&fields, report);
    Some(Provider { issuer: issuer?.to_owned(), at: fields.at, rights, grant })
}

fn rights(
    fields: &Fields<'_>,
    known: &[(&str, Right)],
    usual: Right,
    report: &mut Report,
) -> Vec<Right> {
    let Some(node) = fields.get("rights") else { return vec![usual] };
    let named = fields.texts("rights", report).unwrap_or_default();
    let find = |name: &String| known.iter().find(|(known, _)| known == name);
    if !named.iter().all(|name| find(name).is_some()) {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        report.mistake(node.at, format!("a right is {}", listed(&names)));
    }
    named.iter().filter_map(find).map(|(_, right)| *right).collect()
}

fn grant(fields: &Fields<'_>, report: &mut Report) -> Grant {
    let claims = claims(fields.get("claims"), report);
    let allowed = allowed(fields.get("allowed"), &claims, report);
    let max_lifetime_s = fields.seconds("max_lifetime", MAX_LIFETIME_S, report);
    let max_lifetime_s = max_lifetime_s.unwrap_or(MAX_LIFETIME_S);
    let lifetime_s = fields.seconds("lifetime", max_lifetime_s, report);
    let audience = fields.texts("audience", report).unwrap_or_default();
    Grant { claims, allowed, lifetime_s, max_lifetime_s, audience }
}

fn claims(node: Option<&Node>, report: &mut Report) -> Claims {
    let Some(node) = node else { return Claims::default() };
    let Content::Map(entries) = &node.content else {
        report.mistake(node.at, "`claims` is a mapping of claims to values");
        return Claims::default();
    };
    for entry in entries.iter().filter(|entry| is_written_when_signed(&entry.key)) {
        let reason = format!(
            "`{}` is written when a token is signed: leave it out (`audience` and `lifetime` have \
             keys of their own)",
            entry.key
        );
        report.mistake(entry.at, reason);
    }
    members(node, report)
}

fn members(node: &Node, report: &mut Report) -> Claims {
    let Content::Map(entries) = &node.content else { return Claims::default() };
    let read = |entry: &yaml::Entry, report: &mut Report| {
        (entry.key.clone(), template(&entry.value, report))
    };
    Claims(entries.iter().map(|entry| read(entry, report)).collect())
}

/// A value; or `{from_token: name}`, `{from_token: [name, member]}`, `{from_attribute: name}`,
/// `{from_groups: true}`; or an object with such members.
fn template(node: &Node, report: &mut Report) -> Template {
    if has_source_in_list(node) {
        let reason = "what is copied is the value of a claim, or of a member of one: it cannot \
                      stand in a list";
        report.mistake(node.at, reason);
    }
    let Content::Map(entries) = &node.content else { return Template::Fixed(node.value()) };
    let source = entries.iter().find(|entry| SOURCES.contains(&entry.key.as_str()));
    let Some(source) = source else {
        let members = members(node, report);
        let is_fixed = !members.any(&|member| !matches!(member, Template::Fixed(_)));
        return if is_fixed { Template::Fixed(node.value()) } else { Template::Members(members) };
    };
    let value = &source.value;
    let text = value.text().filter(|text| !text.is_empty());
    let read = match source.key.as_str() {
        _ if entries.len() > 1 => None,
        "from_token" => path(value).map(Template::FromToken),
        "from_attribute" => text.map(|name| Template::FromAttribute(name.to_owned())),
        _ => (value.content == Content::Scalar(Value::Bool(true))).then_some(Template::FromGroups),
    };
    read.unwrap_or_else(|| {
        let reason = "what is copied is written `{from_token: name}`, `{from_token: [name, \
                      member]}`, `{from_attribute: name}` or `{from_groups: true}`, and nothing \
                      beside it";
        report.mistake(source.at, reason);
        Template::Fixed(Value::Null)
    })
}

/// The name of a claim, or its name and those of the members below.
fn path(node: &Node) -> Option<Vec<String>> {
    let steps: Vec<String> = match &node.content {
        Content::List(items) => {
            items.iter().map(|item| item.text().map(str::to_owned)).collect::<Option<_>>()?
        }
        Content::Scalar(_) | Content::Map(_) => vec![node.text()?.to_owned()],
    };
    (!steps.is_empty() && steps.iter().all(|step| !step.is_empty())).then_some(steps)
}

fn has_source_in_list(node: &Node) -> bool {
    fn has_source(node: &Node) -> bool {
        match &node.content {
            Content::Scalar(_) => false,
            Content::List(items) => items.iter().any(has_source),
            Content::Map(entries) => entries
                .iter()
                .any(|entry| SOURCES.contains(&entry.key.as_str()) || has_source(&entry.value)),
        }
    }
    matches!(&node.content, Content::List(items) if items.iter().any(has_source))
}

fn allowed(
    node: Option<&Node>,
    claims: &Claims,
    report: &mut Report,
) -> BTreeMap<String, Vec<Value>> {
    let Some(node) = node else { return BTreeMap::new() };
    let Content::Map(entries) = &node.content else {
        report.mistake(node.at, "`allowed` is a mapping of claims to lists of values");
        return BTreeMap::new();
    };
    let mut allowed = BTreeMap::new();
    for entry in entries {
        let Content::List(values) = &entry.value.content else {
            let reason = format!("`{}` is a list of the values to choose from", entry.key);
            report.mistake(entry.value.at, reason);
            continue;
        };
        if is_reserved(&entry.key, None) {
            report.mistake(entry.at, format!("nobody chooses `{}`: it is reserved", entry.key));
        }
        if claims.has(&entry.key) {
            let reason = format!("`{}` stands under `claims` too: it cannot be chosen", entry.key);
            report.mistake(entry.at, reason);
        }
        allowed.insert(entry.key.clone(), values.iter().map(Node::value).collect());
    }
    allowed
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
