//! The classes of answers.

use harness::http::Answer;
use serde_json::{Value, json};

use crate::case::Case;

/// All orders, as the count of them comes.
pub(crate) const ALL_ORDERS: &str = "10000";
/// A line of the log: a text of a caller is cut at 1 KiB, and may grow by being escaped.
const MAX_LINE_BYTES: usize = 16 * 1024;

/// Whether an answer is of the class of its case; `lines` were logged meanwhile.
pub(crate) fn holds(case: &Case, answer: &Answer, lines: &str) -> bool {
    let refused = |status: u16, text: &str| {
        answer.status == status
            && answer.json() == json!({ "error": text })
            && answer.header("cache-control") == Some("no-store")
    };
    let allowed = answer.header("access-control-allow-origin");
    match case.expect.as_str() {
        "OK" => answer.status == 200 && answer.body.contains("\"data\""),
        "OK_UNCHANGED" => {
            let hostile = case.value.as_object().unwrap().values().next().unwrap();
            let hostile = hostile.as_str().unwrap();
            counts(answer, ALL_ORDERS)
                && answer.headers.iter().all(|(_, value)| !value.contains(hostile))
                && answer.header("set-cookie").is_none()
        }
        "U400" => is_user_error(answer),
        "U400_OR_IGNORED" => is_user_error(answer) || counts(answer, ALL_ORDERS),
        "A403" => refused(403, "Invalid token"),
        "A403M" => refused(403, "Authorization header isn't set"),
        "CTX403" => refused(403, "Invalid security context"),
        "CTX403_OR_ZERO_ROWS" => refused(403, "Invalid security context") || counts(answer, "0"),
        "L413" => answer.status == 413,
        "L431" => answer.status == 431,
        "T400" => answer.status == 400,
        "T400_OR_403" => matches!(answer.status, 400 | 403),
        "T400_OR_413" => matches!(answer.status, 400 | 413),
        "NO_ACAO" => answer.status == 200 && allowed.is_none(),
        "ACAO_ECHO_VARY" => {
            answer.status == 200
                && allowed == case.value.as_str()
                && answer.header("vary").is_some_and(|vary| vary.contains("Origin"))
        }
        "ONE_LOG_LINE" => is_logged_once(lines, answer),
        other => panic!("nobody knows the class {other}"),
    }
}

/// 400 with a sentence of bounded length that the database had no part in.
fn is_user_error(answer: &Answer) -> bool {
    answer.status == 400
        && (1..1000).contains(&answer.error().len())
        && answer.error() != "Invalid value in the query"
}

/// One row with one count, and it is this.
pub(crate) fn counts(answer: &Answer, count: &str) -> bool {
    answer.status == 200 && answer.body.contains(&format!(".count\":\"{count}\"}}]"))
}

/// Every new line is one JSON object, short and printable; one of them at most tells of a request, and one does if it
/// was answered with rows.
fn is_logged_once(lines: &str, answer: &Answer) -> bool {
    let events: Option<Vec<Value>> =
        lines.lines().map(|line| serde_json::from_str(line).ok()).collect();
    let Some(events) = events else { return false };
    let decides = |event: &&Value| matches!(event["outcome"].as_str(), Some("allowed" | "refused"));
    let audited = events.iter().filter(decides).count();
    let is_printable = |character: char| {
        matches!(character, ' '..='~' | '…' | '\n') || character.is_alphanumeric()
    };
    lines.chars().all(is_printable)
        && lines.lines().all(|line| line.len() <= MAX_LINE_BYTES)
        && audited == usize::from(answer.status == 200 || audited > 0)
}
