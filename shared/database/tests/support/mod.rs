//! A PostgreSQL server for the tests of this crate, started once per test binary.

pub mod process;
pub mod proxy;
pub mod server;

use std::sync::OnceLock;

pub use server::Server;

/// The server, or `None` (said aloud) where no PostgreSQL is installed.
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let server = SERVER.get_or_init(Server::start).as_ref();
    if server.is_none() {
        println!("skipped: no Postgres");
    }
    server
}

/// A statement with parameters of the caller's.
pub fn statement(text: impl Into<String>, parameters: &[&str]) -> sql::Statement {
    sql::Statement {
        text: text.into(),
        parameters: parameters.iter().map(|value| (*value).to_owned()).collect(),
        has_context_parameters: false,
    }
}

/// Runs a statement and returns its rows as JSON: a list of lists.
pub async fn rows(
    database: &database::Database,
    statement: &sql::Statement,
) -> Result<Vec<Vec<serde_json::Value>>, database::Error> {
    let mut rows = database.query(statement, None).await?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().await? {
        let cells = (0..row.len()).map(|index| {
            let mut cell = Vec::new();
            row.write(index, &mut cell);
            serde_json::from_slice(&cell).expect("one JSON value per cell")
        });
        all.push(cells.collect());
    }
    Ok(all)
}

/// The first cell of the first row as text.
pub async fn text(database: &database::Database, statement: &sql::Statement) -> String {
    let rows = rows(database, statement).await.expect("a row");
    rows[0][0].as_str().expect("text").to_owned()
}
