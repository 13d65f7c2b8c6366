use std::{
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    time::Duration,
};

use super::*;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn code_that_panics_leaves_a_line() {
    let log = Log::default();
    let lines = ::audit::Log::new("i1".to_owned(), || Duration::ZERO, log.clone());
    let auditor = Auditor::new(lines, &[], None, None);
    for is_allowed in [false, true] {
        let panics = || {
            let mut record = Record::of("load", &auditor, &Request::default());
            if is_allowed {
                record.allow().unwrap();
            }
            unreachable!("on purpose")
        };
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (line, outcome) in lines.iter().zip([
        "\"outcome\":\"refused\",\"reason\":\"panicked\"",
        "\"outcome\":\"allowed\"",
        "\"outcome\":\"aborted\",\"reason\":\"panicked\"",
    ]) {
        assert!(line.contains(outcome), "{line}");
    }
    assert_eq!(lines.len(), 3);
}
