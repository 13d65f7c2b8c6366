//! Days and seconds since 1970, without any library for time.

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// Year, month and day of a day since 1970-01-01.
fn civil(day: i64) -> (i64, i64, i64) {
    let (mut year, mut rest) = (1970, day);
    while rest < 0 {
        year -= 1;
        rest += days_of_year(year);
    }
    while rest >= days_of_year(year) {
        rest -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while rest >= days_of_month(year, month) {
        rest -= days_of_month(year, month);
        month += 1;
    }
    (year, month, rest + 1)
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_of_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `2020-01-31`
pub(crate) fn date(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2020-01-31 23:59:59`, as `PostgreSQL` writes it.
pub(crate) fn timestamp(seconds: i64) -> String {
    let rest = seconds.rem_euclid(DAY);
    let date = date(seconds.div_euclid(DAY));
    format!("{date} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The first second of the day.
pub(crate) fn start_of_day(seconds: i64) -> i64 {
    seconds.div_euclid(DAY) * DAY
}

/// The first second of the month.
pub(crate) fn start_of_month(seconds: i64) -> i64 {
    let day = seconds.div_euclid(DAY);
    let (_, _, day_of_month) = civil(day);
    (day - day_of_month + 1) * DAY
}

#[test]
fn days_have_their_dates() {
    assert_eq!(timestamp(0), "1970-01-01 00:00:00");
    assert_eq!(timestamp(-1), "1969-12-31 23:59:59");
    assert_eq!(timestamp(1_582_934_400), "2020-02-29 00:00:00");
    assert_eq!(timestamp(start_of_month(1_582_934_401)), "2020-02-01 00:00:00");
}
