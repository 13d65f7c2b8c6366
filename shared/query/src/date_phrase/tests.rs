use super::*;
use crate::calendar::local_text;

fn at(now: &str) -> Zoned {
    now.parse().unwrap()
}

fn range(text: &str, now: &Zoned) -> (String, String) {
    let range = parse(text, now).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    (local_text(range.from), local_text(range.to))
}

fn check(now: &str, text: &str, from: &str, to: &str) {
    assert_eq!(range(text, &at(now)), (from.to_owned(), to.to_owned()), "{text}");
}

/// What words mean at a quarter to two on a Thursday.
const WORDS: &[(&str, &str, &str)] = &[
    ("today", "2020-05-14T00:00:00.000", "2020-05-14T23:59:59.999"),
    ("Yesterday", "2020-05-13T00:00:00.000", "2020-05-13T23:59:59.999"),
    ("tomorrow", "2020-05-15T00:00:00.000", "2020-05-15T23:59:59.999"),
    ("now", "2020-05-14T00:00:00.000", "2020-05-14T23:59:59.999"),
    ("this second", "2020-05-14T13:45:30.000", "2020-05-14T13:45:30.999"),
    ("this minute", "2020-05-14T13:45:00.000", "2020-05-14T13:45:59.999"),
    ("This  Hour", "2020-05-14T13:00:00.000", "2020-05-14T13:59:59.999"),
    ("this day", "2020-05-14T00:00:00.000", "2020-05-14T23:59:59.999"),
    ("this week", "2020-05-11T00:00:00.000", "2020-05-17T23:59:59.999"),
    ("last week", "2020-05-04T00:00:00.000", "2020-05-10T23:59:59.999"),
    ("next week", "2020-05-18T00:00:00.000", "2020-05-24T23:59:59.999"),
    ("last month", "2020-04-01T00:00:00.000", "2020-04-30T23:59:59.999"),
    ("this quarter", "2020-04-01T00:00:00.000", "2020-06-30T23:59:59.999"),
    ("last quarter", "2020-01-01T00:00:00.000", "2020-03-31T23:59:59.999"),
    ("next year", "2021-01-01T00:00:00.000", "2021-12-31T23:59:59.999"),
    ("last days", "2020-05-13T00:00:00.000", "2020-05-13T23:59:59.999"),
    ("last 7 days", "2020-05-07T00:00:00.000", "2020-05-13T23:59:59.999"),
    ("last 1 day", "2020-05-13T00:00:00.000", "2020-05-13T23:59:59.999"),
    ("next 5 days", "2020-05-15T00:00:00.000", "2020-05-19T23:59:59.999"),
    ("last 6 hours", "2020-05-14T07:00:00.000", "2020-05-14T12:59:59.999"),
    ("last 30 minutes", "2020-05-14T13:15:00.000", "2020-05-14T13:44:59.999"),
    ("last 90 seconds", "2020-05-14T13:44:00.000", "2020-05-14T13:45:29.999"),
    ("last 2 weeks", "2020-04-27T00:00:00.000", "2020-05-10T23:59:59.999"),
    ("last 2 quarters", "2019-10-01T00:00:00.000", "2020-03-31T23:59:59.999"),
    ("last 3 years", "2017-01-01T00:00:00.000", "2019-12-31T23:59:59.999"),
    ("next 6 months", "2020-06-01T00:00:00.000", "2020-11-30T23:59:59.999"),
    ("2 days ago", "2020-05-12T00:00:00.000", "2020-05-12T23:59:59.999"),
    ("an hour ago", "2020-05-14T12:00:00.000", "2020-05-14T12:59:59.999"),
    ("2 weeks ago by hour", "2020-04-30T13:00:00.000", "2020-04-30T13:59:59.999"),
    ("3 weeks from now", "2020-06-04T00:00:00.000", "2020-06-04T23:59:59.999"),
    ("in 3 weeks", "2020-06-04T00:00:00.000", "2020-06-04T23:59:59.999"),
    ("10 minutes from now", "2020-05-14T13:55:00.000", "2020-05-14T13:55:59.999"),
    ("from 7 days ago to now", "2020-05-07T00:00:00.000", "2020-05-14T23:59:59.999"),
    ("from 23 hours ago to now", "2020-05-13T14:00:00.000", "2020-05-14T13:59:59.999"),
    ("from now to 2 weeks from now", "2020-05-14T00:00:00.000", "2020-05-28T23:59:59.999"),
    ("from 7 days ago to 7 days from now", "2020-05-07T00:00:00.000", "2020-05-21T23:59:59.999"),
    ("from 1 quarter ago to now", "2020-02-14T00:00:00.000", "2020-05-14T23:59:59.999"),
    ("from 2020-01-01 to 2020-03-31", "2020-01-01T00:00:00.000", "2020-03-31T23:59:59.999"),
    ("from January 1, 2020 to March 5, 2020", "2020-01-01T00:00:00.000", "2020-03-05T23:59:59.999"),
    ("from 5 october 2019 to 6 Oct. 2019", "2019-10-05T00:00:00.000", "2019-10-06T23:59:59.999"),
    ("2020-02-01", "2020-02-01T00:00:00.000", "2020-02-01T23:59:59.999"),
    ("2020-02-01T10:20:30.000Z", "2020-02-01T00:00:00.000", "2020-02-01T23:59:59.999"),
    ("Jan 5 2020", "2020-01-05T00:00:00.000", "2020-01-05T23:59:59.999"),
    ("5th of March 2020", "2020-03-05T00:00:00.000", "2020-03-05T23:59:59.999"),
    ("March 2020", "2020-03-01T00:00:00.000", "2020-03-01T23:59:59.999"),
    // The first form found wins, wherever it stands.
    ("from last month to today", "2020-04-01T00:00:00.000", "2020-04-30T23:59:59.999"),
    ("from 7 days ago to today", "2020-05-14T00:00:00.000", "2020-05-14T23:59:59.999"),
    ("last 3 days of this year", "2020-01-01T00:00:00.000", "2020-12-31T23:59:59.999"),
];

#[test]
fn words_are_ranges() {
    for (text, from, to) in WORDS {
        check("2020-05-14T13:45:30.123[UTC]", text, from, to);
    }
}

#[test]
fn months_of_different_lengths() {
    check(
        "2021-02-15T13:00[UTC]",
        "last 6 months",
        "2020-08-01T00:00:00.000",
        "2021-01-31T23:59:59.999",
    );
    check(
        "2021-03-31T13:00[UTC]",
        "last month",
        "2021-02-01T00:00:00.000",
        "2021-02-28T23:59:59.999",
    );
    check(
        "2021-01-31T13:00[UTC]",
        "next month",
        "2021-02-01T00:00:00.000",
        "2021-02-28T23:59:59.999",
    );
    check(
        "2020-12-31T13:00[UTC]",
        "next quarter",
        "2021-01-01T00:00:00.000",
        "2021-03-31T23:59:59.999",
    );
    check(
        "2020-01-01T00:00[UTC]",
        "last week",
        "2019-12-23T00:00:00.000",
        "2019-12-29T23:59:59.999",
    );
}

#[test]
fn the_day_is_the_one_of_the_zone() {
    let now: jiff::Timestamp = "2020-09-22T02:03:20.518Z".parse().unwrap();
    for (zone, day) in [("UTC", "22"), ("America/Los_Angeles", "21"), ("Pacific/Kiritimati", "22")]
    {
        let now = now.to_zoned(crate::time_zone::rules(zone).unwrap());
        assert_eq!(range("today", &now).0, format!("2020-09-{day}T00:00:00.000"));
    }
    check(
        "2020-09-22T06:03:20.518[America/Los_Angeles]",
        "from 1 hour ago to now",
        "2020-09-22T05:00:00.000",
        "2020-09-22T06:59:59.999",
    );
    // Clocks went from 2 to 3: an hour before 03:30 was 01:30.
    check(
        "2020-03-08T03:30[America/New_York]",
        "last hour",
        "2020-03-08T01:00:00.000",
        "2020-03-08T01:59:59.999",
    );
}

#[test]
fn text_that_means_nothing_is_refused() {
    let now = at("2020-05-14T13:45:30[UTC]");
    for text in [
        "",
        " ",
        "the day of the dolphin",
        "blah blah",
        "unexpected date",
        "2024-13-45",
        "2024-02-30",
        "0000-01-01",
        "infinity",
        "-infinity",
        "now()",
        "epoch",
        "2024-01-01'",
        "2024-01-01; DROP TABLE x",
        "300000-01-01",
        "2024-01-01T25:00:00",
        "2024-01-01T00:00:00+99:99",
        "last 99999999999 days",
        "last 99999999999999999999999999 days",
        "next 9000 years",
        "last -1 days",
        "every 1 day",
        "٢٠٢٤-01-01",
        "99999999999 days ago",
        "-1 days ago",
        " days ago",
        "february 30, 2020",
        "january 1, 20",
        "january 1, 0000",
        "smarch 5, 2020",
        "last 3",
        "last 3days",
        "lastweek",
        "2020-01",
        "20200101",
    ] {
        let refused = Err(Error::UnreadableDate { text: text.to_lowercase() });
        assert_eq!(parse(text, &now), refused, "{text:?}");
    }
    let long = "1".repeat(4_000);
    assert!(parse(&long, &now).is_err());
}

#[test]
fn the_end_that_is_no_date_is_named() {
    let now = at("2020-05-14T13:45:30[UTC]");
    for text in ["from invalid to 2020-02-02", "from 2020-02-02 to Invalid"] {
        let refused = Err(Error::UnreadableDate { text: "invalid".to_owned() });
        assert_eq!(parse(text, &now), refused);
    }
}
