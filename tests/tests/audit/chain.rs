//! What can be done to a log, and what a log may cost.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use harness::command::Folder;
use harness::{http, token, wait_until};
use serde_json::json;

use crate::world::{World, audited, count, verify, with_outcome};

///
#[test]
fn whoever_got_an_answer_is_in_the_log_though_the_server_was_killed() {
    let mut answered = 0;
    for _ in 0..5 {
        let server = World::get().server(&[]);
        let (is_killed, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
        let url = server
            .url(&format!("/cubejs-api/v1/load?query={}", http::encode(&count().to_string())));
        let token = token::good(&json!({}));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !is_killed.load(Ordering::Relaxed) {
                        let headers = [("authorization", token.as_str())];
                        match http::try_send("GET", &url, &headers, "") {
                            Ok(answer) if answer.status == 200 => {
                                answers.fetch_add(1, Ordering::Relaxed);
                            }
                            Ok(answer) => panic!("{} {}", answer.status, answer.body),
                            Err(_) => break,
                        }
                    }
                });
            }
            wait_until("some answers", Duration::from_secs(20), || {
                answers.load(Ordering::Relaxed) > 20
            });
            let killed = Command::new("kill").args(["-KILL", &server.pid().to_string()]).status();
            assert!(killed.unwrap().success());
            is_killed.store(true, Ordering::Relaxed);
        });
        let answers = answers.into_inner();
        let log = server.log();
        let allowed = with_outcome(&log, "allowed").len();
        assert!(allowed >= answers, "{answers} answers, {allowed} lines");
        assert_eq!(verify(&log).code, 0, "what was written is whole");
        answered += answers;
    }
    assert!(answered > 100, "{answered}");
}

///
#[test]
fn what_was_done_to_a_log_is_found() {
    let (one, two) = (World::get().server(&[]), World::get().server(&[]));
    for server in [&one, &two] {
        for _ in 0..3 {
            assert_eq!(server.load(&count(), &json!({})).status, 200);
            assert_eq!(server.get("load", &count(), "x").status, 403);
        }
        let is_done = || audited(&server.log()).len() == 9;
        wait_until("nine lines", Duration::from_secs(10), is_done);
    }
    let whole = one.log();
    let said = verify(&whole);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(said.out.contains(": whole\n  lines: 9, numbers 1 to 9\n"), "{}", said.out);

    let both = verify(&format!("{whole}not of ours\n{}", two.log()));
    assert_eq!((both.code, both.out.matches(": whole\n").count()), (0, 2), "{}", both.out);

    let lines: Vec<&str> = whole.lines().filter(|line| line.contains("\"audit\"")).collect();
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        lines.join("\n")
    };
    let instead = |index: usize, line: &str| {
        let mut lines = lines.clone();
        lines[index] = line;
        lines.join("\n")
    };
    let (first, last) = (lines[0], lines[8]);
    let changed = lines[4].replace("\"route\":\"load\"", "\"route\":\"meta\"");
    for (log, sentence) in [
        (without(3), "line 4 is missing"),
        (without(0), "it does not start: line 1 is missing"),
        (instead(4, &changed), "line 5 was changed after it was written (log line 5)"),
        (instead(4, first), "line 1 is there again (log line 5)"),
        (lines.join("\n") + "\n" + last, "line 9 is there again (log line 10)"),
        (
            instead(4, &lines[4][..100]),
            "line 5 of the log was an audit line and cannot be read any more",
        ),
    ] {
        let said = verify(&log);
        assert_eq!(said.code, 1, "{sentence}: {}", said.out);
        assert!(said.out.contains(sentence), "{sentence}: {}", said.out);
        assert!(said.err.starts_with("tessera: the log is not whole: "), "{}", said.err);
    }
    // What cannot be found, and what can be compared instead.
    let said = verify(&without(8));
    assert!(said.code == 0 && said.out.contains("numbers 1 to 8\n"), "{}", said.out);
}

#[test]
fn a_log_without_audit_lines_vouches_for_nothing() {
    for log in ["", "{\"level\":\"INFO\"}\n"] {
        let said = verify(log);
        assert_eq!((said.code, said.out.as_str()), (1, ""));
        assert!(said.err.contains("there is no audit line"), "{}", said.err);
    }
    let folder = Folder::new();
    let tessera = |arguments: &[&str]| harness::command::tessera(folder.path(), arguments, &[]);
    let said = tessera(&["audit", "verify", "nowhere"]);
    assert!(said.code == 1 && said.err.contains("cannot read nowhere"), "{}", said.err);
    let said = tessera(&["audit", "verify", "."]);
    assert!(said.code == 1 && said.err.contains("cannot read the log"), "{}", said.err);
    for arguments in [&["audit"][..], &["audit", "verfy"], &["audit", "verify", "a", "b"]] {
        assert_eq!(tessera(arguments).code, 2, "{arguments:?}");
    }
}

///
#[test]
fn a_flood_of_bad_tokens_does_not_flood_the_log() {
    const SENT: u64 = 2_000;
    let server = World::get().server(&[]);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..SENT / 8 {
                    assert_eq!(server.get("meta", &count(), "x.y.z").status, 403);
                }
            });
        }
    });
    let counted = || {
        let log = server.log();
        let omitted = with_outcome(&log, "omitted");
        let omitted: u64 = omitted.iter().map(|line| line["lines"].as_u64().unwrap()).sum();
        omitted + with_outcome(&log, "refused").len() as u64
    };
    wait_until("every refusal to be counted", Duration::from_secs(10), || counted() == SENT);
    let log = server.log();
    let seconds = with_outcome(&log, "refused").into_iter().fold(
        BTreeMap::<String, u64>::new(),
        |mut seconds, line| {
            *seconds.entry(line["timestamp"].as_str().unwrap()[..19].to_owned()).or_default() += 1;
            seconds
        },
    );
    assert!(seconds.values().all(|&lines| lines <= 100), "{seconds:?}");
    assert!(!with_outcome(&log, "omitted").is_empty(), "nothing was left out: {seconds:?}");
    assert_eq!(verify(&log).code, 0);
}
