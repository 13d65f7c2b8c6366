use super::*;
use crate::filter::{Filter, MemberFilter, filter_json};
use crate::normal_form::{CacheMode, DateRange, Order, ResponseFormat};
use crate::wire::parse;
use model::FilterOperator;

fn request(json: &str) -> Result<NormalizedRequest, Error> {
    let now = "2020-05-14T13:45:30.123Z".parse().unwrap();
    normalize_request(&parse(json.as_bytes())?, &Limits::default(), now)
}

fn one(json: &str) -> Normalized {
    let mut request = request(json).unwrap_or_else(|error| panic!("{json}: {error:?}"));
    assert_eq!(request.queries.len(), 1);
    request.queries.remove(0)
}

fn echo(json: &str) -> String {
    serde_json::to_string(&one(json).echo).unwrap()
}

fn refusal(json: &str) -> String {
    request(json).unwrap_err().sentence()
}

#[test]
fn defaults_are_filled_in() {
    let query = one(r#"{"measures":["Orders.count","Orders.total","Orders.count"]}"#).query;
    assert_eq!(query.measures.len(), 2);
    assert_eq!((query.limit, query.offset, query.time_zone), (10_000, None, "UTC"));
    assert_eq!((query.wants_total, query.is_ungrouped, query.order), (false, false, None));
    assert_eq!(query.response_format, ResponseFormat::Default);
    assert_eq!(query.cache_mode, CacheMode::StaleIfSlow);

    let limits =
        Limits { default_limit: 500, max_limit: 100, default_time_zone: "America/New_York" };
    let sent =
        WireQuery::from_value(crate::json::read(br#"{"measures":["a.b"]}"#).unwrap()).unwrap();
    let query = normalize(&sent, &limits, Timestamp::UNIX_EPOCH).unwrap().query;
    assert_eq!((query.limit, query.time_zone), (100, "America/New_York"));
}

#[test]
fn everything_asked_for_arrives() {
    let query = one(
        r#"{"dimensions":["a.b"],"segments":["a.s"],"limit":0,"offset":3,"timezone":"asia/tokyo",
            "order":[["a.b","desc"],["a.t.month","asc"]],"total":true,"ungrouped":true,
            "responseFormat":"columnar","joinHints":[["a","c"],["c"]],"cache":"no-cache"}"#,
    )
    .query;
    let path = |text: &str| crate::member::MemberPath::parse(text).unwrap();
    assert_eq!((query.limit, query.offset, query.time_zone), (0, Some(3), "Asia/Tokyo"));
    assert_eq!(query.segments, [path("a.s")]);
    let order = [
        Order { member: path("a.b"), granularity: None, is_descending: true },
        Order { member: path("a.t"), granularity: Some("month".to_owned()), is_descending: false },
    ];
    assert_eq!(query.order.as_deref(), Some(&order[..]));
    assert!(query.wants_total && query.is_ungrouped);
    assert_eq!(query.response_format, ResponseFormat::Columnar);
    assert_eq!(query.join_hints, [vec!["a".to_owned(), "c".to_owned()], vec!["c".to_owned()]]);
    assert_eq!(query.cache_mode, CacheMode::NoCache);
    assert_eq!(one(r#"{"measures":["a.b"],"order":{}}"#).query.order, Some(Vec::new()));
}

#[test]
fn a_dimension_with_a_granularity_is_a_time_dimension() {
    let json = r#"{"dimensions":["a.t.month","a.b"],"timeDimensions":[{"dimension":"a.t","granularity":"day"}]}"#;
    let query = one(json).query;
    assert_eq!(query.dimensions.len(), 1);
    let granularities: Vec<_> =
        query.time_dimensions.iter().map(|time| time.granularity.as_deref()).collect();
    assert_eq!(granularities, [Some("day"), Some("month")]);
    assert_eq!(
        echo(json),
        r#"{"dimensions":["a.b"],"timeDimensions":[{"dimension":"a.t","granularity":"day"},{"dimension":"a.t","granularity":"month"}],"cacheMode":"stale-if-slow","timezone":"UTC","limit":10000,"filters":[],"rowLimit":10000}"#
    );
}

#[test]
fn ranges_are_instants_in_the_zone_of_the_query() {
    let query = one(r#"{"timezone":"America/Los_Angeles","measures":["a.b"],
            "timeDimensions":[{"dimension":"a.t","dateRange":"last month","granularity":"day"}]}"#)
    .query;
    let range = DateRange {
        from_local: "2020-04-01T00:00:00.000".to_owned(),
        to_local: "2020-04-30T23:59:59.999".to_owned(),
        from: "2020-04-01T07:00:00.000Z".to_owned(),
        to: "2020-05-01T06:59:59.999Z".to_owned(),
    };
    assert_eq!(query.time_dimensions[0].date_range, Some(range));
    assert_eq!(query.time_dimensions[0].bucket_count(), Some(30));
}

fn only_filter(json_filter: &str) -> MemberFilter {
    let json = format!("{{\"measures\":[\"a.b\"],\"filters\":[{json_filter}]}}");
    match one(&json).query.filters.remove(0) {
        Filter::Member(filter) => filter,
        group @ (Filter::And(_) | Filter::Or(_)) => panic!("{group:?}"),
    }
}

#[test]
fn values_are_spelt_out() {
    let filter = only_filter(
        r#"{"member":"a.b","operator":"in","values":["x",40,1.5,1.0,true,false,null,1e15,-0.0,1e-7]}"#,
    );
    assert_eq!(filter.operator, FilterOperator::Equals);
    let expected = [
        Some("x"),
        Some("40"),
        Some("1.5"),
        Some("1"),
        Some("true"),
        Some("false"),
        None,
        Some("1000000000000000"),
        Some("0"),
        Some("0.0000001"),
    ];
    assert_eq!(filter.values, expected.map(|value| value.map(str::to_owned)));
    assert_eq!(filter.instants, [""; 0]);
    let filter = only_filter(r#"{"dimension":"a.b","operator":"notSet","values":["x"]}"#);
    assert_eq!((filter.member.to_string().as_str(), filter.values.len()), ("a.b", 0));
}

#[test]
fn dates_in_filters_are_resolved_at_any_depth_and_echoed() {
    let json = r#"{"measures":["a.b"],"filters":[{"and":[{"or":[{"member":"a.t","operator":"onTheDate","values":["yesterday"]},{"member":"a.t","operator":"afterDate","values":["2020-01-01"]}]}]},{"or":[]}]}"#;
    let query = one(json).query;
    let [Filter::And(filters)] = query.filters.as_slice() else { panic!("{query:?}") };
    let [Filter::Or(filters)] = filters.as_slice() else { panic!("{query:?}") };
    let [Filter::Member(on), Filter::Member(after)] = filters.as_slice() else {
        panic!("{query:?}")
    };
    assert_eq!(on.instants, ["2020-05-13T00:00:00.000Z", "2020-05-13T23:59:59.999Z"]);
    assert_eq!(after.instants, ["2020-01-01T00:00:00.000Z"]);
    assert!(echo(json).contains(
        r#""filters":[{"and":[{"or":[{"member":"a.t","operator":"onTheDate","values":["2020-05-13T00:00:00.000","2020-05-13T23:59:59.999"]},{"member":"a.t","operator":"afterDate","values":["2020-01-01"]}]}]},{"or":[]}]"#
    ));
}

#[test]
fn a_group_is_repeated_as_cube_repeats_it() {
    // Recorded case 134.
    let query = one(
        r#"{"measures":["Orders.count"],"dimensions":["Users.city"],"filters":[{"or":[{"member":"Orders.count","operator":"gt","values":["1260"]},{"member":"Users.city","operator":"equals","values":["Boston"]}]}]}"#,
    )
    .query;
    assert_eq!(
        filter_json(&query.filters[0]),
        r#"{"or":[{"member":"Orders.count","operator":"gt","values":["1260"]},{"member":"Users.city","operator":"equals","values":["Boston"]}]}"#
    );
}

#[test]
fn queries_that_cannot_be_are_refused() {
    let nothing = "Query should contain either measures, dimensions or timeDimensions with \
                   granularities in order to be valid";
    for (json, expected) in [
        ("{}", nothing),
        (r#"{"measures":[],"dimensions":[]}"#, nothing),
        (r#"{"segments":["a.s"]}"#, nothing),
        (r#"{"timeDimensions":[{"dimension":"a.t","dateRange":"today"}]}"#, nothing),
        (r#"{"measures":["a.b"],"limit":50001}"#, "The query limit has been exceeded."),
        (r#"{"measures":["a.b"],"limit":9007199254740991}"#, "The query limit has been exceeded."),
        (
            r#"{"measures":["a.b"],"filters":[{"or":[{"member":"a.b","operator":"equals"}]}]}"#,
            r#"Values required for filter: {"member":"a.b","operator":"equals"}"#,
        ),
        (
            r#"{"measures":["a.b"],"filters":[{"member":"a.b","operator":"beforeDate","values":["soon"]}]}"#,
            "Can't parse date: 'soon'",
        ),
        (
            r#"{"timeDimensions":[{"dimension":"a.t","granularity":"day'"}]}"#,
            r#"Granularity "day'" does not exist in dimension a.t"#,
        ),
        (
            r#"{"timeDimensions":[{"dimension":"a.t","granularity":"second","dateRange":["1024-01-01","2024-01-01"]}]}"#,
            "The date range of a.t has more than 1000000000 steps of its granularity",
        ),
    ] {
        assert_eq!(refusal(json), expected, "{json}");
    }
    // Two years by hour and a year by second are ordinary questions of a plain measure.
    for (granularity, steps) in [("hour", 17_544), ("second", 63_158_400), ("fortnight", 0)] {
        let json = format!(
            r#"{{"timeDimensions":[{{"dimension":"a.t","granularity":"{granularity}","dateRange":["2019-01-01","2020-12-31"]}}]}}"#
        );
        let count = one(&json).query.time_dimensions[0].bucket_count();
        assert_eq!(count.unwrap_or_default(), steps);
    }
}

#[test]
fn blended_queries_share_a_granularity() {
    let by = |granularity: &str| {
        format!(
            r#"{{"measures":["a.{granularity}"],"timeDimensions":[{{"dimension":"a.t","granularity":"{granularity}"}}]}}"#
        )
    };
    let (day, month) = (by("day"), by("month"));
    let mixed = request(&format!("[{day},{{\"measures\":[\"a.b\"]}}]")).unwrap();
    assert_eq!(mixed.query_type, QueryType::Blending);
    assert_eq!(mixed.dry_run_queries()[0], mixed.queries[0].echo);
    assert_eq!(
        serde_json::to_string(&mixed.pivot_query()).unwrap(),
        r#"{"measures":["a.day","a.b"],"timeDimensions":[{"dimension":"time","granularity":"day"}],"cacheMode":"stale-if-slow","timezone":"UTC","limit":10000,"filters":[],"dimensions":[],"rowLimit":10000,"queryType":"blendingQuery"}"#
    );
    assert_eq!(
        refusal(&format!("[{day},{month}]")),
        "Data blending query granularities must match"
    );
    for json in ["[]", r#"[{"measures":["a.b"]}]"#] {
        assert_eq!(refusal(json), "Data blending query without granularity is not supported");
    }
}

#[test]
fn cache_modes_of_old_and_new_clients() {
    for (entries, mode) in [
        (r#""renewQuery":true"#, "must-revalidate"),
        (r#""renewQuery":false"#, "stale-if-slow"),
        (r#""cache":"no-cache","renewQuery":true"#, "no-cache"),
        (r#""cacheMode":"stale-while-revalidate""#, "stale-while-revalidate"),
    ] {
        let text = echo(&format!("{{\"measures\":[\"a.b\"],{entries}}}"));
        assert!(text.contains(&format!("\"cacheMode\":\"{mode}\"")), "{text}");
        assert!(!text.contains("renewQuery") && !text.contains("\"cache\""), "{text}");
    }
    let sent = parse(br#"{"measures":["a.b"],"cache":"no-cache"}"#).unwrap().queries.remove(0);
    let sent = sent.with_cache_mode(CacheMode::MustRevalidate);
    let normal = normalize(&sent, &Limits::default(), Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(normal.query.cache_mode, CacheMode::MustRevalidate);
}
