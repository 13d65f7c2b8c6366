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

/// What a time is truncated to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granularity {
    /// Predefined.
    Day,
    /// Predefined, from Monday.
    Week,
    /// Predefined.
    Month,
    /// `interval: 10 days` from Monday 2020-01-06.
    TenDays,
    /// `interval: 1 month` with an offset of nine days.
    LateMonth,
    /// Every hour; never asked for.
    Hour,
    /// `interval: 36 hours` from 2020-01-01 06:00.
    DayAndAHalf,
}

impl Granularity {
    /// Its name in a query.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::TenDays => "ten_days",
            Self::LateMonth => "late_month",
            Self::DayAndAHalf => "day_and_a_half",
        }
    }

    /// The start of the bucket that a wall clock lies in.
    pub(crate) fn start(self, seconds: i64) -> i64 {
        let every = |width: i64, origin: i64| (seconds - origin).div_euclid(width) * width + origin;
        match self {
            Self::Hour => every(3600, 0),
            Self::Day => start_of_day(seconds),
            Self::Week => every(7 * DAY, MONDAY),
            Self::Month => start_of_month(seconds),
            Self::TenDays => every(10 * DAY, MONDAY),
            Self::LateMonth => start_of_month(seconds - 9 * DAY) + 9 * DAY,
            Self::DayAndAHalf => every(36 * 3600, NEW_YEAR + 6 * 3600),
        }
    }

    /// The end of a bucket by its start.
    pub(crate) fn end(self, start: i64) -> i64 {
        match self {
            Self::Hour => start + 3600,
            Self::Day => start + DAY,
            Self::Week => start + 7 * DAY,
            Self::TenDays => start + 10 * DAY,
            Self::DayAndAHalf => start + 36 * 3600,
            // No month has more than 31 days, and none fewer than 28.
            Self::Month | Self::LateMonth => self.start(start + 31 * DAY),
        }
    }
}

/// 2020-01-01
const NEW_YEAR: i64 = 18_262 * DAY;
/// 2020-01-06
const MONDAY: i64 = NEW_YEAR + 5 * DAY;

#[test]
fn buckets_start_and_end() {
    for (granularity, start, end) in [
        (Granularity::Week, "2020-02-24 00:00:00", "2020-03-02 00:00:00"),
        (Granularity::TenDays, "2020-02-25 00:00:00", "2020-03-06 00:00:00"),
        (Granularity::LateMonth, "2020-02-10 00:00:00", "2020-03-10 00:00:00"),
        (Granularity::DayAndAHalf, "2020-02-28 18:00:00", "2020-03-01 06:00:00"),
    ] {
        let found = granularity.start(1_582_934_400);
        assert_eq!(
            (timestamp(found), timestamp(granularity.end(found))),
            (start.into(), end.into())
        );
    }
}

#[test]
fn days_have_their_dates() {
    assert_eq!(timestamp(0), "1970-01-01 00:00:00");
    assert_eq!(timestamp(-1), "1969-12-31 23:59:59");
    assert_eq!(timestamp(1_582_934_400), "2020-02-29 00:00:00");
    assert_eq!(timestamp(start_of_month(1_582_934_401)), "2020-02-01 00:00:00");
}
