//! What authors compute on claims, in two ways: as Tessera keeps and plans it, and run by a JavaScript engine with the
//! claims at hand, as Cube would. Where both give SQL it is the same; otherwise the caller is refused.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod cases;
mod compare;
mod draw;

use cases::{DECIDING, REFUSING, WRITING};
use compare::Functions;
use draw::function;
use serde_json::{Value, json};

/// Callers of every kind that the functions tell apart, each with all the claims that they read.
fn callers() -> Vec<Value> {
    let whole = |role: Value, tags: Value, level: Value| {
        json!({
            "role": role, "tags": tags, "level": level, "tenant": "acme-1", "id": 42,
            "user": { "name": "ann", "team": { "id": 7 } }, "is_admin": role == "admin", "csv": "a,b",
        })
    };
    let mut callers = Vec::new();
    for role in [json!("admin"), json!("editor"), json!("viewer"), json!("")] {
        for (tags, level) in
            [(json!([]), json!(0)), (json!(["a", "b"]), json!(5)), (json!(["c", 1]), json!("7"))]
        {
            callers.push(whole(role.clone(), tags, level));
        }
    }
    callers.push(whole(json!(1), json!("ab"), json!(-1.5)));
    callers.push(whole(json!(["admin"]), json!({ "a": 1 }), json!(true)));
    callers.push(whole(json!({ "role": "admin" }), json!(0), json!("x")));
    callers
}

#[test]
fn what_claims_decide_is_what_javascript_decides() {
    let functions = Functions::new(DECIDING);
    for caller in callers() {
        for (index, code) in DECIDING.iter().enumerate() {
            match (functions.javascript(index, &caller), functions.ours(index, &caller)) {
                (Ok(theirs), Ok(ours)) => assert_eq!(ours, theirs, "{code}\n{caller}"),
                // An error for this caller, or an operation on a claim of another kind.
                (Err(_), Err(_)) => {}
                (Ok(theirs), Err(why)) => {
                    assert!(why.contains("not usable"), "{code}\n{caller}: {theirs}, {why}");
                }
                (Err(why), Ok(ours)) => {
                    panic!("{code}\n{caller}: {ours}, but JavaScript fails: {why}")
                }
            }
        }
    }
    // Each gives SQL to most callers.
    for (index, code) in DECIDING.iter().enumerate() {
        let answered =
            callers().iter().filter(|caller| functions.ours(index, caller).is_ok()).count();
        assert!(answered * 2 > callers().len(), "{code}: {answered}");
    }
}

/// In JavaScript a claim `constructor` would be let in by `{ admin: true }[role]`.
#[test]
fn a_name_that_every_object_has_is_found_in_none() {
    let functions = Functions::new(&[
        "(c) => ({ admin: true })[c.role.unsafeValue()] ? 'in' : 'out'",
        "(c) => c.role.unsafeValue() in { admin: true } ? 'in' : 'out'",
        "(c) => ({ admin: true }).hasOwnProperty(c.role.unsafeValue()) ? 'in' : 'out'",
        "(c) => Object.hasOwn({ admin: true }, c.role.unsafeValue()) ? 'in' : 'out'",
    ]);
    for index in 0..4 {
        for (role, expected) in
            [("admin", "in"), ("constructor", "out"), ("__proto__", "out"), ("toString", "out")]
        {
            let caller = json!({ "role": role, "user": { "name": "ann" } });
            assert_eq!(functions.ours(index, &caller).as_deref(), Ok(expected), "{index} {role}");
        }
    }
}

#[test]
fn what_claims_write_is_what_javascript_writes_or_refused() {
    let functions = Functions::new(WRITING);
    for (index, code) in WRITING.iter().enumerate() {
        let mut answered = 0;
        for caller in callers() {
            if let Ok(ours) = functions.ours(index, &caller) {
                answered += 1;
                assert_eq!(Ok(ours), functions.javascript(index, &caller), "{code}\n{caller}");
            }
        }
        assert!(answered > 2, "{code}: {answered}");
        // Nothing of a claim that is more than a word comes out.
        for hostile in ["x' OR 1=1", "a--b", "a;b", "ä", "a b", "", &"x".repeat(65)] {
            let mut caller = callers()[0].clone();
            for name in ["role", "tenant", "csv"] {
                caller[name] = json!(hostile);
            }
            caller["id"] = json!([hostile]);
            caller["user"] = json!({ "name": hostile, "team": { "id": hostile } });
            assert!(functions.ours(index, &caller).is_err(), "{code}: {hostile}");
        }
    }
}

#[test]
fn a_claim_that_is_missing_is_refused_whatever_it_decides() {
    for list in [DECIDING, WRITING] {
        let functions = Functions::new(list);
        for (index, code) in list.iter().enumerate() {
            for nothing in [
                json!({}),
                json!({ "role": null, "tags": null, "level": null, "tenant": null, "id": null }),
            ] {
                assert!(functions.ours(index, &nothing).is_err(), "{code}");
            }
        }
    }
}

#[test]
fn an_error_that_the_author_throws_refuses_the_caller() {
    let functions = Functions::new(REFUSING);
    for (index, code) in REFUSING.iter().enumerate() {
        let mut refused = 0;
        for caller in callers() {
            match (functions.javascript(index, &caller), functions.ours(index, &caller)) {
                (Ok(theirs), Ok(ours)) => assert_eq!(ours, theirs, "{code}\n{caller}"),
                (Err(_), Err(why)) => {
                    refused += 1;
                    assert!(
                        why.contains("Error: no ") || why.contains("not usable"),
                        "{code}\n{caller}: {why}"
                    );
                    assert!(!why.contains("viewer"), "{code}: {why}");
                }
                (theirs, ours) => panic!("{code}\n{caller}: {ours:?}, JavaScript {theirs:?}"),
            }
        }
        assert!(refused > 0 && refused < callers().len(), "{code}: {refused}");
    }
}

/// How many functions are drawn; more with `DRAWS=2000`, a stretch of them with `DRAWS=17..18`.
const DRAWS: u64 = 60;

#[test]
fn drawn_functions_give_what_javascript_gives() {
    let (mut compiled, mut answered) = (0, 0);
    for seed in draw::seeds(DRAWS) {
        let code = function(seed);
        let functions = match Functions::try_new(std::slice::from_ref(&code)) {
            Ok(functions) => functions,
            Err(errors) if errors.contains("more than 64 ways") => continue,
            Err(errors) => panic!("seed {seed}: {errors}\n{code}"),
        };
        compiled += 1;
        // What is computed and not used is not looked at: where it would fail, nobody is told.
        for caller in callers().into_iter().filter(|caller| caller["tags"].is_array()) {
            match (functions.javascript(0, &caller), functions.ours(0, &caller)) {
                (Ok(theirs), Ok(ours)) => {
                    answered += 1;
                    assert_eq!(ours, theirs, "seed {seed}\n{code}\n{caller}");
                }
                (_, Err(why)) if why.contains("not usable") => {}
                (theirs, ours) => {
                    panic!("seed {seed}: {ours:?}, JavaScript {theirs:?}\n{code}\n{caller}")
                }
            }
        }
    }
    assert!(compiled > 0 && answered > compiled * 3, "{compiled} {answered}");
}
