use super::*;

const NOW: &str = "2020-05-14T13:45:30.123[UTC]";
const LOS_ANGELES: &str = "2020-05-14T13:45:30.123[America/Los_Angeles]";

fn at(now: &str) -> Zoned {
    now.parse().unwrap()
}

#[test]
fn lists_of_dates_become_instants() {
    for (now, from, to, from_local, to_local, from_utc, to_utc) in [
        (
            LOS_ANGELES,
            "2020-01-01",
            "2020-03-31",
            "2020-01-01T00:00:00.000",
            "2020-03-31T23:59:59.999",
            "2020-01-01T08:00:00.000Z",
            "2020-04-01T06:59:59.999Z",
        ),
        (
            NOW,
            "2020-01-01T00:00:00",
            "2020-01-01T00:00:05",
            "2020-01-01T00:00:00.000",
            "2020-01-01T00:00:05.000",
            "2020-01-01T00:00:00.000Z",
            "2020-01-01T00:00:05.000Z",
        ),
        // An offset is turned to UTC and the result read as local.
        (
            LOS_ANGELES,
            "2020-01-01T00:00:00.000Z",
            "2020-01-02T01:00:00+02:00",
            "2020-01-01T00:00:00.000",
            "2020-01-01T23:00:00.000",
            "2020-01-01T08:00:00.000Z",
            "2020-01-02T07:00:00.000Z",
        ),
        // Reversed: as given.
        (
            NOW,
            "2020-02-01",
            "2020-01-01",
            "2020-02-01T00:00:00.000",
            "2020-01-01T23:59:59.999",
            "2020-02-01T00:00:00.000Z",
            "2020-01-01T23:59:59.999Z",
        ),
    ] {
        let range = date_range(RangeForm::Dates { from, to }, &at(now)).unwrap();
        let expected = DateRange {
            from_local: from_local.to_owned(),
            to_local: to_local.to_owned(),
            from: from_utc.to_owned(),
            to: to_utc.to_owned(),
        };
        assert_eq!(range, expected, "{from} {to}");
    }
    for text in ["foo", "today", "", "2024-02-30", "0001-01-01T00:00:00+14:00"] {
        let form = RangeForm::Dates { from: text, to: "2024-01-31" };
        assert_eq!(date_range(form, &at(NOW)), Err(unreadable(text)));
    }
}

fn dates(operator: FilterOperator, values: &[&str], now: &str) -> Result<FilterDates, Error> {
    let values: Vec<_> = values.iter().map(|value| Some((*value).to_owned())).collect();
    filter_dates(operator, &values, &at(now)).map(|dates| dates.expect("a date operator"))
}

#[test]
fn dates_of_filters_stand_as_they_are() {
    // A bare date is its first millisecond for all four (recorded cases 095 to 106).
    for operator in [
        FilterOperator::BeforeDate,
        FilterOperator::BeforeOrOnDate,
        FilterOperator::AfterDate,
        FilterOperator::AfterOrOnDate,
    ] {
        for (now, value, instant) in [
            (NOW, "2020-01-05", "2020-01-05T00:00:00.000Z"),
            (LOS_ANGELES, "2020-01-05", "2020-01-05T08:00:00.000Z"),
            (NOW, "2020-01-05T12:34:56", "2020-01-05T12:34:56.000Z"),
            (LOS_ANGELES, "2020-01-05T12:34:56Z", "2020-01-05T12:34:56.000Z"),
            (LOS_ANGELES, "2020-01-05 12:34:56+02:00", "2020-01-05T10:34:56.000Z"),
        ] {
            let found = dates(operator, &[value], now).unwrap();
            assert_eq!(found, FilterDates { values: None, instants: vec![instant.to_owned()] });
        }
    }
}

#[test]
fn words_in_filters_are_the_start_or_the_end() {
    let (start, end) = ("2020-05-13T00:00:00.000", "2020-05-13T23:59:59.999");
    for (operator, local) in [
        (FilterOperator::BeforeDate, start),
        (FilterOperator::AfterOrOnDate, start),
        (FilterOperator::BeforeOrOnDate, end),
        (FilterOperator::AfterDate, end),
    ] {
        let found = dates(operator, &["yesterday"], NOW).unwrap();
        assert_eq!(found.values, Some(vec![Some(local.to_owned())]));
        assert_eq!(found.instants, [format!("{local}Z")]);
    }
}

#[test]
fn range_operators_have_two_instants() {
    for operator in
        [FilterOperator::InDateRange, FilterOperator::NotInDateRange, FilterOperator::OnTheDate]
    {
        let found = dates(operator, &["2020-01-01", "2020-01-31"], LOS_ANGELES).unwrap();
        assert_eq!(found.values, None);
        assert_eq!(found.instants, ["2020-01-01T08:00:00.000Z", "2020-02-01T07:59:59.999Z"]);
        let found = dates(operator, &["2020-01-01T10:00:00", "2020-01-01T20:30:00"], NOW).unwrap();
        assert_eq!(found.instants, ["2020-01-01T10:00:00.000Z", "2020-01-01T20:30:00.000Z"]);
        // One value is the whole day, and may be in words.
        let found = dates(operator, &["2020-01-01"], NOW).unwrap();
        assert_eq!(found.instants, ["2020-01-01T00:00:00.000Z", "2020-01-01T23:59:59.999Z"]);
        assert_eq!(found.values.unwrap().len(), 2);
        let found = dates(operator, &["last 2 weeks"], NOW).unwrap();
        assert_eq!(found.instants, ["2020-04-27T00:00:00.000Z", "2020-05-10T23:59:59.999Z"]);
        for values in [["last week", "this week"], ["2024-01-01", "today"], ["a", "b"]] {
            let error = dates(operator, &values, NOW).unwrap_err();
            assert!(error.sentence().starts_with("Relative-date strings are only supported"));
            assert!(error.sentence().ends_with(&format!("[\"{}\",\"{}\"]", values[0], values[1])));
        }
    }
}

#[test]
fn what_is_no_date_is_refused_and_other_operators_are_left_alone() {
    for value in ["foo", "2024-13-45", "now()", "1577836800000", ""] {
        for operator in [FilterOperator::BeforeDate, FilterOperator::InDateRange] {
            assert_eq!(dates(operator, &[value], NOW), Err(unreadable(value)));
        }
        assert!(dates(FilterOperator::AfterDate, &[value, "2020-01-01"], NOW).is_err());
    }
    for values in [&[][..], &[None], &[None, None]] {
        assert!(filter_dates(FilterOperator::InDateRange, values, &at(NOW)).is_err());
        assert!(filter_dates(FilterOperator::AfterDate, values, &at(NOW)).is_err());
        assert_eq!(filter_dates(FilterOperator::Equals, values, &at(NOW)), Ok(None));
    }
}
