use super::*;

fn pieces(text: &str) -> Vec<Piece> {
    let parsed = parse(text);
    assert_eq!(parsed.errors, [], "{text}");
    parsed.pieces
}

fn error(text: &str) -> Error {
    let mut errors = parse(text).errors;
    assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    errors.remove(0).1
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn path(offset: usize, parts: &[&str]) -> Piece {
    let parts = parts.iter().map(|part| (*part).to_owned()).collect();
    Piece::Reference { offset, expression: Expression::Path(parts) }
}

#[test]
fn text_and_references_alternate() {
    assert_eq!(
        pieces("{CUBE}.a = { users.id }"),
        [path(0, &["CUBE"]), text(".a = "), path(11, &["users", "id"])]
    );
    assert_eq!(pieces("{a.b.c}"), [path(0, &["a", "b", "c"])]);
    assert_eq!(pieces(" status \n"), [text("status")]);
}

#[test]
fn an_escaped_brace_is_text() {
    assert_eq!(pieces(r#"'\{"a": 1\}'::json"#), [text(r#"'{"a": 1}'::json"#)]);
}

#[test]
fn a_backslash_means_what_it_means_in_cube() {
    assert_eq!(pieces(r"x ~ '^\\d+$'"), [text(r"x ~ '^\d+$'")]);
    assert_eq!(error(r"regexp_replace(x, '(a)', '\1')"), Error::BadEscape('1'));
    let parsed = parse(r"x ~ '\d'");
    assert_eq!(parsed.pieces, [text("x ~ 'd'")]);
    assert_eq!(parsed.notices, [Notice::DroppedBackslash('d')]);
}

#[test]
fn a_comment_at_the_end_keeps_its_line_end() {
    assert_eq!(pieces("a -- why\n\n"), [text("a -- why\n")]);
    assert_eq!(pieces("a -- why"), [text("a -- why\n")]);
}

#[test]
fn claims_are_filtered_or_pasted() {
    for spelling in ["SECURITY_CONTEXT", "USER_CONTEXT", "securityContext"] {
        let Piece::Reference { expression, .. } =
            pieces(&format!("{{{spelling}.tenant.id.filter('t.id')}}")).remove(0)
        else {
            panic!("not a reference")
        };
        assert_eq!(
            expression,
            Expression::ClaimFilter {
                path: vec!["tenant".to_owned(), "id".to_owned()],
                form: Form::Column(vec![text("t.id")]),
                is_required: false,
            }
        );
    }
    for (call, is_required) in
        [("requiredFilter", true), ("required_filter", true), ("filter", false)]
    {
        let all = pieces(&format!("{{SECURITY_CONTEXT.id.{call}(f\"{{CUBE}}.user_id\")}}"));
        let [Piece::Reference { expression, .. }] = all.as_slice() else { panic!("{all:?}") };
        let form = Form::Column(vec![path(0, &["CUBE"]), text(".user_id")]);
        let path = vec!["id".to_owned()];
        assert_eq!(expression, &Expression::ClaimFilter { path, form, is_required });
    }
    for call in ["unsafeValue", "unsafe_value"] {
        let all = pieces(&format!("{{SECURITY_CONTEXT.role.{call}()}}"));
        let expression = Expression::ClaimValue(vec!["role".to_owned()]);
        assert_eq!(all, [Piece::Reference { offset: 0, expression }]);
    }
}

#[test]
fn filter_params_stand_alone_or_in_a_group() {
    let filter = |member: &str, column: &str| FilterCall {
        cube: "orders".to_owned(),
        member: member.to_owned(),
        form: Form::Column(vec![text(column)]),
    };
    assert_eq!(
        pieces("{FILTER_PARAMS.orders.day.filter('created_at')}"),
        [Piece::Reference {
            offset: 0,
            expression: Expression::FilterParam(filter("day", "created_at"))
        }]
    );
    assert_eq!(
        pieces(
            "{FILTER_GROUP(FILTER_PARAMS.orders.a.filter('x'), FILTER_PARAMS.orders.b.filter(\"y\"))}"
        ),
        [Piece::Reference {
            offset: 0,
            expression: Expression::FilterGroup(vec![filter("a", "x"), filter("b", "y")]),
        }]
    );
}

#[test]
fn other_calls() {
    let expression = Expression::CubeSql("orders".to_owned());
    assert_eq!(
        pieces("SELECT * FROM {orders.sql()} o"),
        [text("SELECT * FROM "), Piece::Reference { offset: 14, expression }, text(" o")]
    );
    let expression = Expression::Claim(vec!["tenant".to_owned(), "id".to_owned()]);
    for spelling in ["SECURITY_CONTEXT", "securityContext", "security_context"] {
        let all = pieces(&format!("{{{spelling}.tenant.id}}"));
        assert_eq!(all, [Piece::Reference { offset: 0, expression: expression.clone() }]);
    }
    let expression = Expression::UrlEncode(vec![path(0, &["CUBE"]), text(".url")]);
    for call in ["urlEncode", "url_encode"] {
        let all = pieces(&format!("{{SQL_UTILS.{call}(f'{{CUBE}}.url')}}"));
        assert_eq!(all, [Piece::Reference { offset: 0, expression: expression.clone() }]);
    }
    for call in ["convertTz", "convert_tz"] {
        let all = pieces(&format!("{{SQL_UTILS.{call}('t.at')}}"));
        let expression = Expression::ConvertTimeZone(vec![text("t.at")]);
        assert_eq!(all, [Piece::Reference { offset: 0, expression }]);
    }
}

/// The body of the function in a template that is one `FILTER_PARAMS.a.b.filter(lambda ...)`.
fn function(template: &str) -> Vec<Piece> {
    let mut all = pieces(template);
    assert_eq!(all.len(), 1, "{template}");
    let Piece::Reference {
        expression:
            Expression::FilterParam(FilterCall { form: Form::Function(body), .. })
            | Expression::ClaimFilter { form: Form::Function(body), .. },
        ..
    } = all.remove(0)
    else {
        panic!("{template}: no function")
    };
    body
}

fn value(place: u32) -> Piece {
    Piece::Reference { offset: 0, expression: Expression::Argument(place) }
}

fn values(from: u32, separator: &str) -> Piece {
    let expression = Expression::Arguments { from, separator: separator.to_owned() };
    Piece::Reference { offset: 0, expression }
}

#[test]
fn a_function_is_what_it_returns() {
    let between = [text("c >= "), value(0), text(" AND c <= "), value(1)];
    for spelling in [
        r#"{FILTER_PARAMS.a.b.filter(lambda x, y: f"c >= {x} AND c <= {y}")}"#,
        "{ FILTER_PARAMS.a.b.filter( lambda x , y : f'c >= {x} AND c <= { y }' ) }",
        r#"{FILTER_PARAMS.a.b.filter(lambda from, to: f"c >= {from} " f'AND c <= {to}')}"#,
        "{FILTER_PARAMS.a.b.filter(lambda x, y,: f'c >= {x} AND c <= {y}',)}",
    ] {
        assert_eq!(function(spelling), between, "{spelling}");
    }
    assert_eq!(
        function(r#"{FILTER_PARAMS.a.b.filter(lambda x: f"{CUBE}.c = {x}")}"#),
        [path(0, &["CUBE"]), text(".c = "), value(0)]
    );
    assert_eq!(function("{FILTER_PARAMS.a.b.filter(lambda x: x)}"), [value(0)]);
    assert_eq!(function("{FILTER_PARAMS.a.b.filter(lambda: '1 = 2')}"), [text("1 = 2")]);
    let expression = Expression::ConvertTimeZone(vec![value(0)]);
    assert_eq!(
        function("{FILTER_PARAMS.a.b.filter(lambda x: SQL_UTILS.convertTz(x))}"),
        [Piece::Reference { offset: 0, expression }]
    );
}

#[test]
fn a_function_may_take_every_value() {
    let all = [text("c IN ("), values(0, ","), text(")")];
    assert_eq!(function("{FILTER_PARAMS.a.b.filter(lambda *v: f'c IN ({v})')}"), all);
    assert_eq!(
        function(r#"{FILTER_PARAMS.a.b.filter(lambda x, *v: f"{x} {v.join(' OR ')}")}"#),
        [value(0), text(" "), values(1, " OR ")]
    );
    assert_eq!(
        function("{SECURITY_CONTEXT.ids.filter(lambda ids: f'c = ANY(ARRAY[{ids}]::int[])')}"),
        [text("c = ANY(ARRAY["), value(0), text("]::int[])")]
    );
    assert_eq!(
        function(r#"{SECURITY_CONTEXT.ids.filter(lambda ids: f"c IN ({ids.join(', ')})")}"#),
        [text("c IN ("), values(0, ", "), text(")")]
    );
}

#[test]
fn formatted_texts_nest_with_the_same_quotes() {
    let all = pieces(
        r#"{FILTER_PARAMS.a.b.filter(lambda x: f"{SQL_UTILS.convertTz(f"{CUBE}.at")} >= {x}")}"#,
    );
    assert_eq!(all.len(), 1);
    let nested = "{SQL_UTILS.convertTz(f\"".repeat(200);
    assert!(!parse(&nested).errors.is_empty());
}

#[test]
fn a_parameter_is_known_in_its_function_only() {
    let all = pieces("{FILTER_PARAMS.a.b.filter(lambda x: f'{x}')} {x}");
    assert_eq!(all.last(), Some(&path(45, &["x"])));
    let inner = "{FILTER_PARAMS.a.b.filter(lambda x: f'{FILTER_PARAMS.a.c.filter(\"x\")} {x}')}";
    let body = function(inner);
    let Some(Piece::Reference { expression: Expression::FilterParam(call), .. }) = body.first()
    else {
        panic!("{body:?}")
    };
    assert_eq!(call.form, Form::Column(vec![text("x")]));
    assert!(matches!(
        error("{FILTER_PARAMS.a.b.filter(lambda x: f'{x.join(1)}')}"),
        Error::BadReference { .. }
    ));
}

#[test]
fn what_is_no_reference_is_a_mistake() {
    for bad in [
        "{}",
        "{a b}",
        "{1,2}",
        "'{a,b}'",
        "{\"a\": 1}",
        "{a.}",
        "{.a}",
        "{a + b}",
        "{a()}",
        "{a.b('x')}",
        "{a.sql(1)}",
        "{it's}",
        "{FILTER_PARAMS.a.b}",
        "{FILTER_PARAMS.a.filter('x')}",
        "{SQL_UTILS.other('x')}",
        "{SECURITY_CONTEXT.a.filter('x') == 'y'}",
    ] {
        assert!(matches!(error(bad), Error::BadReference { .. }), "{bad}: {:?}", error(bad));
    }
    assert_eq!(error("a {b"), Error::OpenBrace);
    assert_eq!(error("${CUBE}.id"), Error::DollarBrace);
    for bad in
        ["{SECURITY_CONTEXT}", "{SECURITY_CONTEXT.filter('x')}", "{SECURITY_CONTEXT.id.other('x')}"]
    {
        assert!(matches!(error(bad), Error::BareClaim { .. }), "{bad}");
    }
    for bad in [
        "{SECURITY_CONTEXT.id.filter()}",
        "{SECURITY_CONTEXT.id.filter('a', 'b')}",
        "{SECURITY_CONTEXT.id.filter(a)}",
        "{SECURITY_CONTEXT.id.filter('')}",
        "{SECURITY_CONTEXT.id.unsafeValue('x')}",
        "{FILTER_GROUP()}",
        "{FILTER_GROUP('x')}",
        "{FILTER_PARAMS.a.b.filter(lambda x: lambda y: 'z')}",
        "{SECURITY_CONTEXT.id.filter(lambda x, y: 'z')}",
        "{SECURITY_CONTEXT.id.filter(lambda x: '')}",
        "{SQL_UTILS.convertTz()}",
    ] {
        assert!(matches!(error(bad), Error::BadArguments { .. }), "{bad}: {:?}", error(bad));
    }
    for bad in [
        "{FILTER_PARAMS.a.b.time_shifts.c.filter('x')}",
        "{COMPILE_CONTEXT.x}",
        "{userAttributes.x}",
    ] {
        let error = parse(bad).errors.remove(0).1;
        assert!(
            matches!(error, Error::Unsupported(_) | Error::BadArguments { .. }),
            "{bad}: {error:?}"
        );
    }
}

#[test]
fn nesting_ends() {
    let mut nested = "x".to_owned();
    for level in 0..8 {
        let escapes = "\\".repeat((1 << level) - 1);
        nested = format!("{{SQL_UTILS.convertTz({escapes}\"{nested}{escapes}\")}}");
    }
    assert!(!parse(&nested).errors.is_empty());
}
