//! Statements about roles, which take no parameters: names and passwords are quoted.

use crate::quote::{quote_identifier, quote_text};

/// Says with one row that there is such a role, with none that there is not.
pub fn find_role(role: &str) -> String {
    let mut text = "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = ".to_owned();
    quote_text(role, &mut text);
    text
}

/// Gives a role another password. `verifier` is what the server keeps of it (PostgreSQL manual,
/// section 53.8), so that the password itself is in no statement and no log.
pub fn set_password(role: &str, verifier: &str) -> String {
    let mut text = "ALTER ROLE ".to_owned();
    quote_identifier(role, &mut text);
    text.push_str(" PASSWORD ");
    quote_text(verifier, &mut text);
    text
}

/// Makes a role that may log in and do what another may. Both statements are one transaction.
pub fn create_member(role: &str, of: &str, verifier: &str) -> String {
    let mut text = "CREATE ROLE ".to_owned();
    quote_identifier(role, &mut text);
    text.push_str(" LOGIN PASSWORD ");
    quote_text(verifier, &mut text);
    text.push_str("; GRANT ");
    quote_identifier(of, &mut text);
    text.push_str(" TO ");
    quote_identifier(role, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_cannot_break_out_of_their_quotes() {
        assert_eq!(
            set_password(r#"a"; DROP ROLE b; --"#, "SCRAM-SHA-256$'; --"),
            r#"ALTER ROLE "a""; DROP ROLE b; --" PASSWORD 'SCRAM-SHA-256$''; --'"#
        );
        assert_eq!(
            create_member("b\"", "a\"", "x\\'"),
            r#"CREATE ROLE "b""" LOGIN PASSWORD  E'x\\'''; GRANT "a""" TO "b""""#
        );
        assert_eq!(
            find_role("o'neil"),
            "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'o''neil'"
        );
    }
}
