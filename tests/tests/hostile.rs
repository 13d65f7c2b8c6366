//! Every hostile input of `vectors/input-edge.json` over HTTP: each gets the class of answer it must get, none tells
//! anything internal, none is a 500, and the servers live.
//!
//! `vectors/exceptions.txt` lists the cases that are answered differently on purpose, each with its reason. A case
//! that fails and is not listed fails the test; so does one that is listed and holds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "hostile/case.rs"]
mod case;
#[path = "hostile/class.rs"]
mod class;
#[path = "hostile/send.rs"]
mod send;
#[path = "hostile/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use harness::exceptions::Exceptions;
use harness::root;

use world::World;

#[test]
fn every_hostile_input_gets_its_class_of_answer() {
    let folder = root().join("tests/vectors");
    let cases = case::all(&std::fs::read_to_string(folder.join("input-edge.json")).unwrap());
    let mut exceptions = Exceptions::read(&folder.join("exceptions.txt"));
    let world = World::start();
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for case in &cases {
        let wrong = world.wrong(case);
        let title = format!("{}/{} ({})", case.area, case.name, case.expect);
        let count = counts.entry(&case.area).or_default();
        if exceptions.judge(&case.id.to_string(), &title, wrong) {
            count.0 += 1;
        } else {
            count.1 += 1;
        }
    }
    let mut report = String::new();
    for (area, (held, excepted)) in counts {
        writeln!(report, "hostile input: {area}: {held} hold, {excepted} excepted").unwrap();
    }
    std::io::stderr().write_all(report.as_bytes()).unwrap();
    world.finish();
    exceptions.finish();
}
