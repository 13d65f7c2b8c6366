use super::*;
use crate::json;

fn query(json: &str) -> WireQuery {
    WireQuery::from_value(json::read(json.as_bytes()).unwrap()).unwrap()
}

fn refusal(json: &str) -> String {
    let query = query(json);
    match Form::read(&query, &Limits::default()) {
        Err(error) => error.sentence().replacen("Invalid query format: ", "", 1),
        Ok(form) => panic!("{json}: {form:?}"),
    }
}

const PATTERN: &str = r"fails to match the required pattern: /^[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+$/";

#[test]
fn members_are_lists_of_paths() {
    for key in ["measures", "segments"] {
        for (value, rule) in [
            (r#""a.b""#, format!("\"{key}\" must be an array")),
            ("null", format!("\"{key}\" must be an array")),
            ("{}", format!("\"{key}\" must be an array")),
            ("[null]", format!("\"{key}[0]\" must be one of [string, object]")),
            ("[[]]", format!("\"{key}[0]\" must be one of [string, object]")),
            ("[{}]", format!("\"{key}[0]\" does not match any of the allowed types")),
            (r#"["a.b",1]"#, format!("\"{key}[1]\" must be one of [string, object]")),
            (r#"[""]"#, format!("\"{key}[0]\" is not allowed to be empty")),
            (r#"["a"]"#, format!("\"{key}[0]\" with value \"a\" {PATTERN}")),
            (r#"["a.b.c"]"#, format!("\"{key}[0]\" with value \"a.b.c\" {PATTERN}")),
            (r#"["a.b "]"#, format!("\"{key}[0]\" with value \"a.b \" {PATTERN}")),
        ] {
            assert_eq!(refusal(&format!("{{\"{key}\":{value}}}")), rule);
        }
        let many = format!("{{\"{key}\":[{}\"a.b\"]}}", "\"a.b\",".repeat(100));
        assert_eq!(
            refusal(&many),
            format!("\"{key}\" must contain less than or equal to 100 items")
        );
    }
    assert_eq!(
        refusal(r#"{"dimensions":["a.b.c.d"]}"#),
        r#""dimensions[0]" with value "a.b.c.d" fails to match the required pattern: /^[a-zA-Z0-9_]+\.[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)?$/"#
    );
}

#[test]
fn single_values_have_their_type() {
    for (entry, rule) in [
        (r#""limit":"10""#, r#""limit" must be a number"#),
        (r#""limit":null"#, r#""limit" must be a number"#),
        (r#""limit":true"#, r#""limit" must be a number"#),
        (r#""limit":1.5"#, r#""limit" must be an integer"#),
        (r#""limit":-1"#, r#""limit" must be greater than or equal to 0"#),
        (r#""limit":1e18"#, r#""limit" must be a safe number"#),
        (r#""limit":9007199254740993"#, r#""limit" must be a safe number"#),
        (r#""offset":9223372036854775808"#, r#""offset" must be a safe number"#),
        (r#""offset":4294967296"#, r#""offset" must be less than or equal to 4294967295"#),
        (r#""offset":[]"#, r#""offset" must be a number"#),
        (r#""total":"true""#, r#""total" must be a boolean"#),
        (r#""ungrouped":1"#, r#""ungrouped" must be a boolean"#),
        (r#""renewQuery":"yes""#, r#""renewQuery" must be a boolean"#),
        (
            r#""cache":"sometimes""#,
            r#""cacheMode" must be one of [stale-if-slow, stale-while-revalidate, must-revalidate, no-cache]"#,
        ),
        (
            r#""responseFormat":"arrow""#,
            r#""responseFormat" must be one of [default, compact, columnar]"#,
        ),
        (
            r#""responseFormat":1"#,
            r#""responseFormat" must be one of [default, compact, columnar]"#,
        ),
        (r#""timezone":"""#, r#""timezone" is not allowed to be empty"#),
        (r#""timezone":null"#, r#""timezone" must be a string"#),
        (r#""timezone":"+05:30""#, r#""timezone" must be a valid IANA time zone, got "+05:30""#),
        (r#""joinHints":["a"]"#, r#""joinHints[0]" must be an array"#),
        (r#""joinHints":[["a",1]]"#, r#""joinHints[0][1]" must be a string"#),
        (r#""rowLimit":2"#, r#""rowLimit" is not allowed"#),
        (r#""__proto__":{}"#, r#""__proto__" is not allowed"#),
        (r#""sql":1,"limit":-1"#, r#""limit" must be greater than or equal to 0"#),
    ] {
        assert_eq!(refusal(&format!("{{\"measures\":[\"a.b\"],{entry}}}")), rule);
    }
}

#[test]
fn time_dimensions_have_their_form() {
    for (value, rule) in [
        (r#""a.b""#, r#""timeDimensions" must be an array"#),
        (r#"["a.b"]"#, r#""timeDimensions[0]" must be of type object"#),
        ("[{}]", r#""timeDimensions[0].dimension" is required"#),
        (r#"[{"dimension":1}]"#, r#""timeDimensions[0].dimension" must be a string"#),
        (
            r#"[{"dimension":"a.b"},{"dimension":"a.b","granularity":""}]"#,
            r#""timeDimensions[1].granularity" is not allowed to be empty"#,
        ),
        (
            r#"[{"dimension":"a.b","granularity":1}]"#,
            r#""timeDimensions[0].granularity" must be a string"#,
        ),
        (
            r#"[{"dimension":"a.b","dateRange":5}]"#,
            r#""timeDimensions[0].dateRange" must be one of [array, string]"#,
        ),
        (
            r#"[{"dimension":"a.b","dateRange":[]}]"#,
            r#""timeDimensions[0].dateRange" must contain at least 1 items"#,
        ),
        (
            r#"[{"dimension":"a.b","dateRange":["a",null]}]"#,
            r#""timeDimensions[0].dateRange[1]" must be a string"#,
        ),
        (
            r#"[{"dimension":"a.b","dateRange":""}]"#,
            r#""timeDimensions[0].dateRange" is not allowed to be empty"#,
        ),
        (
            r#"[{"dimension":"a.b","compareDateRange":"last week"}]"#,
            r#""timeDimensions[0].compareDateRange" must be an array"#,
        ),
        (r#"[{"dimension":"a.b","foo":1}]"#, r#""timeDimensions[0].foo" is not allowed"#),
    ] {
        assert_eq!(refusal(&format!("{{\"timeDimensions\":{value}}}")), rule);
    }
    let long = format!(
        r#"{{"timeDimensions":[{{"dimension":"a.b","granularity":"{}"}}]}}"#,
        "x".repeat(129)
    );
    assert!(refusal(&long).ends_with("must be less than or equal to 128 characters long"));
    let many = [r#""a.b.day""#; 11].join(",");
    assert!(refusal(&format!("{{\"dimensions\":[{many}]}}")).contains("equal to 10 items"));
}

#[test]
fn sort_keys_have_their_form() {
    for (value, rule) in [
        (r#""asc""#, r#""order" must be one of [object, array]"#),
        ("null", r#""order" must be one of [object, array]"#),
        (r#"{"a.b":"asc; DROP"}"#, r#""order.a.b" must be one of [asc, desc]"#),
        (r#"{"a.b":null}"#, r#""order.a.b" must be one of [asc, desc]"#),
        (r#"{"a":"asc"}"#, r#""order.a" is not allowed"#),
        (r#"["a.b"]"#, r#""order[0]" must be an array"#),
        ("[[]]", r#""order[0]" must contain at least 2 items"#),
        (r#"[["a.b"]]"#, r#""order[0]" must contain at least 2 items"#),
        (r#"[["a.b","asc","x"]]"#, r#""order[0]" must contain at most 2 items"#),
        (r#"[["a.b","ASC"]]"#, r#""order[0][1]" must be one of [asc, desc]"#),
        (r#"[["a","asc"]]"#, r#""order[0][0]" is not allowed"#),
        (r#"[[1,"asc"]]"#, r#""order[0][0]" must be a string"#),
    ] {
        assert_eq!(refusal(&format!("{{\"order\":{value}}}")), rule);
    }
    let many = vec![r#"["a.b","asc"]"#; 1_000].join(",");
    assert!(refusal(&format!("{{\"order\":[{many}]}}")).contains("equal to 210 items"));
}

#[test]
fn filters_have_their_form() {
    let leaf = r#"{"member":"a.b","operator":"set"}"#;
    for filter in [
        "1",
        "[]",
        "{}",
        r#"{"member":"a.b"}"#,
        r#"{"operator":"set"}"#,
        r#"{"member":"a.b","dimension":"a.b","operator":"set"}"#,
        r#"{"member":"a","operator":"set"}"#,
        r#"{"member":"a.b","operator":"like","values":["x"]}"#,
        r#"{"member":"a.b","operator":1,"values":["x"]}"#,
        r#"{"member":"a.b","operator":"equals","values":"x"}"#,
        r#"{"member":"a.b","operator":"equals","values":[{"a":1}]}"#,
        r#"{"member":"a.b","operator":"equals","values":[["a"]]}"#,
        r#"{"member":"a.b","operator":"set","sql":"1 = 1"}"#,
        r#"{"and":[],"or":[]}"#,
        r#"{"or":{}}"#,
        r#"{"or":[1]}"#,
        r#"{"or":[{"and":[{"member":"a"}]}]}"#,
        r#"{"or":[],"member":"a.b","operator":"set"}"#,
    ] {
        assert_eq!(
            refusal(&format!("{{\"filters\":[{leaf},{filter}]}}")),
            "\"filters[1]\" does not match any of the allowed types",
            "{filter}"
        );
    }
    assert_eq!(refusal(r#"{"filters":{"member":"a.b"}}"#), "\"filters\" must be an array");
    let many = vec![leaf; 201].join(",");
    assert_eq!(
        refusal(&format!("{{\"filters\":[{many}]}}")),
        "\"filters\" must contain less than or equal to 200 items"
    );
    assert!(refusal(&format!("{{\"filters\":[{{\"or\":[{many}]}}]}}")).contains("200 items"));
    let values = vec!["1"; 10_001].join(",");
    assert_eq!(
        refusal(&format!(
            "{{\"filters\":[{{\"member\":\"a.b\",\"operator\":\"equals\",\"values\":[{values}]}}]}}"
        )),
        "Filters must have at most 10000 values altogether"
    );
}
