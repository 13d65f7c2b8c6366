//! Whatever is sent, there is an answer: a query in normal form or a sentence.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use jiff::Timestamp;
use proptest::prelude::*;
use query::{Error, Limits, NormalizedRequest, TimeDimension, normalize_request, parse};

fn normalized(json: &str, now: Timestamp) -> Result<NormalizedRequest, Error> {
    normalize_request(&parse(json.as_bytes())?, &Limits::default(), now)
}

fn text(value: &str) -> String {
    serde_json::to_string(value).unwrap()
}

/// An instant from about the year 700 to 8900: words reach centuries from it and stay in the calendar.
fn instant() -> impl Strategy<Value = Timestamp> {
    (-40_000_000_000_i64..220_000_000_000).prop_map(|second| Timestamp::new(second, 0).unwrap())
}

fn zone() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "America/New_York",
        "America/Sao_Paulo",
        "Asia/Kathmandu",
        "Asia/Tokyo",
        "Australia/Lord_Howe",
        "Europe/London",
        "Pacific/Apia",
        "Pacific/Kiritimati",
    ])
}

fn unit() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "second", "minute", "hour", "day", "week", "month", "quarter", "year",
    ])
}

fn ranged(range: &str, zone: &str, now: Timestamp) -> Result<TimeDimension, Error> {
    let json = format!(
        r#"{{"measures":["a.b"],"timezone":"{zone}","timeDimensions":[{{"dimension":"a.t","dateRange":{range}}}]}}"#
    );
    Ok(normalized(&json, now)?.queries[0].query.time_dimensions[0].clone())
}

fn assert_forward(time: &TimeDimension) {
    let range = time.date_range.as_ref().unwrap();
    assert!(range.from_local <= range.to_local, "{range:?}");
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(instant(&range.from) <= instant(&range.to), "{range:?}");
}

/// Tokens of which queries are made, in any order.
fn scraps() -> impl Strategy<Value = String> {
    let scraps = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"measures\"",
        "\"filters\"",
        "\"timeDimensions\"",
        "\"a.b\"",
        "\"or\"",
        "\"member\"",
        "\"operator\"",
        "\"values\"",
        "\"dateRange\"",
        "\"last 5 days\"",
        "\"order\"",
        "\"limit\"",
        "1",
        "-1",
        "1e999",
        "null",
        "true",
        "\"\\ud800\"",
        "\"\\u0000\"",
        " ",
    ]);
    prop::collection::vec(scraps, 0..40).prop_map(|scraps| scraps.concat())
}

proptest! {
    #[test]
    fn bytes_have_an_answer(json in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(request) = parse(&json) {
            let _ = normalize_request(&request, &Limits::default(), Timestamp::UNIX_EPOCH);
        }
    }

    #[test]
    fn scraps_have_an_answer(json in scraps()) {
        if let Err(error) = normalized(&json, Timestamp::UNIX_EPOCH) {
            prop_assert!(error.sentence().chars().count() < 700);
        }
    }

    #[test]
    fn any_text_as_a_date_has_an_answer(
        date in r"(from |last |this |next )?[0-9a-z :.T+-]{0,30}( to |Z| ago| from now)?.{0,5}",
        zone in zone(),
        now in instant(),
    ) {
        let _ = ranged(&text(&date), zone, now);
        let _ = ranged(&format!("[{}]", text(&date)), zone, now);
        let filter = format!(
            r#"{{"measures":["a.b"],"timezone":"{zone}","filters":[{{"member":"a.t","operator":"afterDate","values":[{}]}}]}}"#,
            text(&date)
        );
        let _ = normalized(&filter, now);
    }

    #[test]
    fn any_day_is_a_range(
        year in 1_i32..=9999, month in 1..=12, day in 1..=28, zone in zone(), now in instant(),
    ) {
        let date = format!("\"{year:04}-{month:02}-{day:02}\"");
        for range in [date.clone(), format!("[{date}]"), format!("[{date},{date}]")] {
            match ranged(&range, zone, now) {
                Ok(time) => {
                    let range = time.date_range.unwrap();
                    prop_assert_eq!(&range.from_local[..10], &date[1..11]);
                    prop_assert_eq!(&range.to_local[10..], "T23:59:59.999");
                }
                // Its first moment lies before the year 1 in UTC.
                Err(error) => prop_assert!(year == 1, "{error:?}"),
            }
        }
    }

    #[test]
    fn words_run_forward(
        word in prop::sample::select(vec!["this", "last", "next"]),
        count in 1_u32..400, unit in unit(), zone in zone(), now in instant(),
    ) {
        assert_forward(&ranged(&format!("\"{word} {unit}\""), zone, now).unwrap());
        if word != "this" {
            assert_forward(&ranged(&format!("\"{word} {count} {unit}s\""), zone, now).unwrap());
        }
        assert_forward(&ranged(&format!("\"from {count} {unit}s ago to now\""), zone, now).unwrap());
        let ahead = format!("\"from now to {count} {unit}s from now\"");
        assert_forward(&ranged(&ahead, zone, now).unwrap());
    }

    #[test]
    fn an_echo_is_its_own_normal_form(
        limit in 0_u32..=50_000, zone in zone(), now in instant(), descends in any::<bool>(),
        date in "20[0-9]{2}-0[1-9]-[01][1-8]( [01][0-9]:30)?",
    ) {
        let direction = if descends { "desc" } else { "asc" };
        let json = format!(
            r#"{{"measures":["a.b"],"dimensions":["a.c"],"order":{{"a.c":"{direction}"}},"limit":{limit},
               "timezone":"{zone}","filters":[{{"member":"a.t","operator":"inDateRange","values":["{date}"]}}],
               "timeDimensions":[{{"dimension":"a.t","granularity":"day","dateRange":["{date}","{date}"]}}]}}"#
        );
        let first = normalized(&json, now).unwrap().queries.remove(0);
        // What the echo says in its own form is said in the wire's form again.
        let again = serde_json::to_string(&first.echo).unwrap()
            .replace(&format!(r#","rowLimit":{limit}"#), "")
            .replace(&format!(r#"[{{"id":"a.c","desc":{descends}}}]"#), &format!(r#"[["a.c","{direction}"]]"#));
        let second = normalized(&again, now).unwrap().queries.remove(0);
        prop_assert_eq!(first.query, second.query);
    }
}
