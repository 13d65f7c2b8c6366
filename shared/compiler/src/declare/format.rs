//! How a member asks to be shown: `format` and `currency`.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeValidator.ts` and
//! `named-numeric-formats.ts`.

use model::{DimensionType, Format, MeasureType};

use crate::Error;
use crate::fields::Fields;
use crate::keys::FORMAT;
use crate::report::Report;
use crate::yaml::Value;

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Measure,
    Number,
    Time,
    /// A dimension that is neither a number nor a time.
    Other,
}

impl From<Option<DimensionType>> for Shown {
    fn from(kind: Option<DimensionType>) -> Self {
        match kind {
            Some(DimensionType::Number) => Self::Number,
            Some(DimensionType::Time) => Self::Time,
            Some(DimensionType::String | DimensionType::Boolean | DimensionType::Geo) | None => {
                Self::Other
            }
        }
    }
}

/// The `format` of a member.
pub(super) fn format(fields: &Fields<'_>, shown: Shown, report: &mut Report<'_>) -> Option<Format> {
    let entry = fields.entry("format")?;
    if shown != Shown::Measure && matches!(entry.value.value, Value::Map(_)) {
        let owner = format!("the format of {}", fields.owner);
        let link = Fields::read(&entry.value, fields.place.file, owner, FORMAT, report)?;
        if !link.has("label") {
            link.missing("label", "write the text of the link", report);
        }
        if let Some(format) = link.text("type", report).filter(|kind| kind != "link") {
            let help = "a format with a label has `type: link`";
            report.error(link.place("type"), Error::BadFormat { format, help });
        }
        return fields.json("format").map(Format::Json);
    }
    let text = fields.text("format", report)?;
    let format = named(&text, shown);
    if format.is_none() {
        let help = match shown {
            Shown::Measure | Shown::Number => {
                "write `number`, `percent`, `currency`, `abbr`, `accounting`, one of them with \
                 its decimals such as `percent_1`, or a d3-format such as `$,.2f`"
            }
            Shown::Time => "write a strftime format such as `%Y-%m-%d`",
            Shown::Other => {
                "write `imageUrl`, `link`, `id`, `number`, `percent` or `currency`, or \
                 `{type: link, label: ...}`"
            }
        };
        report.error(fields.place("format"), Error::BadFormat { format: text, help });
    }
    format
}

fn named(text: &str, shown: Shown) -> Option<Format> {
    let is_standard = match shown {
        Shown::Measure => matches!(text, "percent" | "currency" | "number"),
        Shown::Number | Shown::Time | Shown::Other => {
            matches!(text, "imageUrl" | "link" | "currency" | "percent" | "number")
        }
    };
    if is_standard {
        return Some(Format::Name(text.to_owned()));
    }
    let has_numbers = matches!(shown, Shown::Measure | Shown::Number);
    if let Some(specifier) = specifier(text)
        && (has_numbers || text == "id")
    {
        return Some(Format::Numeric { specifier, alias: Some(text.to_owned()) });
    }
    match shown {
        Shown::Measure | Shown::Number if is_d3_format(text) => {
            Some(Format::Numeric { specifier: text.to_owned(), alias: None })
        }
        Shown::Time if is_time_format(text) => Some(Format::Time(text.to_owned())),
        Shown::Measure | Shown::Number | Shown::Time | Shown::Other => None,
    }
}

/// What a named format is to d3: `percent_1` is `.1~%`.
fn specifier(name: &str) -> Option<String> {
    if name == "id" {
        return Some(".0f".to_owned());
    }
    let (base, decimals) = match name.split_once('_') {
        Some((base, decimals)) => (base, decimals),
        None if matches!(name, "decimal" | "abbr" | "accounting") => (name, "2"),
        None => return None,
    };
    let (before, after) = match base {
        "number" | "decimal" => (",.", "f"),
        "percent" => (".", "%"),
        "currency" => ("$,.", "f"),
        "accounting" => ("(,.", "f"),
        "abbr" => (".", "s"),
        _ => return None,
    };
    let trims = if decimals == "0" && base != "abbr" { "" } else { "~" };
    matches!(decimals, "0" | "1" | "2" | "3" | "4" | "5" | "6")
        .then(|| format!("{before}{decimals}{trims}{after}"))
}

/// Whether d3-format understands `text`:
/// `[[fill]align][sign][symbol][0][width][,][.precision][~][type]`, not all of it left out.
fn is_d3_format(text: &str) -> bool {
    let is_align = |character: char| matches!(character, '<' | '>' | '=' | '^');
    let mut characters = text.chars();
    let rest = match (characters.next(), characters.next()) {
        (Some(_), Some(align)) if is_align(align) => characters.as_str(),
        (Some(align), _) if is_align(align) => text.get(1..).unwrap_or_default(),
        _ => text,
    };
    let start = rest;
    let rest = skip(rest, |sign| matches!(sign, '+' | '-' | '(' | ' '));
    let rest = skip(rest, |symbol| matches!(symbol, '$' | '#'));
    let rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let mut rest = skip(rest, |comma| comma == ',');
    if let Some(precision) = rest.strip_prefix('.') {
        rest = precision.trim_start_matches(|digit: char| digit.is_ascii_digit());
        if rest.len() == precision.len() {
            return false;
        }
    }
    let rest = skip(rest, |tilde| tilde == '~');
    let rest = skip(rest, |kind| "efgrs%pbodxXcn".contains(kind.to_ascii_lowercase()));
    rest.is_empty() && !start.is_empty()
}

/// What follows a character that may be there.
fn skip(text: &str, wanted: impl Fn(char) -> bool) -> &str {
    text.strip_prefix(wanted).unwrap_or(text)
}

/// Whether `text` is a strftime format, as d3-time-format knows it, that shows anything of a time.
fn is_time_format(text: &str) -> bool {
    let mut shows = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            continue;
        }
        match characters.next() {
            Some('%') => {}
            Some(specifier) if "aAbBcdHIjmMnpStUwWxXyYZefgGLqQsuV".contains(specifier) => {
                shows = true;
            }
            Some(_) | None => return false,
        }
    }
    shows
}

/// `currency` of a number, in upper case.
pub(super) fn currency(
    fields: &Fields<'_>,
    is_number: bool,
    report: &mut Report<'_>,
) -> Option<String> {
    let text = fields.text("currency", report)?;
    if text.len() != 3 || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        report.error(fields.place("currency"), Error::BadCurrency(text));
        return None;
    }
    if !is_number {
        let owner = fields.owner.clone();
        let help = "only a number is an amount of money";
        report.error(fields.place("currency"), Error::Misplaced { key: "currency", owner, help });
    }
    Some(text.to_ascii_uppercase())
}

/// Whether the values of a measure are numbers.
pub(super) fn is_number(kind: Option<MeasureType>) -> bool {
    !matches!(kind, Some(MeasureType::String | MeasureType::Time | MeasureType::Boolean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_formats_have_their_specifier() {
        for (name, expected) in [
            ("number_0", ",.0f"),
            ("number_3", ",.3~f"),
            ("decimal", ",.2~f"),
            ("percent_0", ".0%"),
            ("percent_6", ".6~%"),
            ("currency_1", "$,.1~f"),
            ("abbr", ".2~s"),
            ("abbr_0", ".0~s"),
            ("accounting", "(,.2~f"),
            ("accounting_0", "(,.0f"),
            ("id", ".0f"),
        ] {
            assert_eq!(specifier(name).as_deref(), Some(expected), "{name}");
        }
        for name in ["number", "percent_7", "percent_", "percent_01", "id_1", "other_1", ""] {
            assert_eq!(specifier(name), None, "{name}");
        }
    }

    #[test]
    fn a_d3_format_is_told_from_a_word() {
        for text in [
            ".2f",
            ",.0f",
            "$,.2f",
            ".0%",
            ".2s",
            "0",
            "+",
            "$",
            "~",
            "d",
            "08d",
            "*>10",
            "<+$012,.3~f",
            "(.1f",
            "^20",
            "x=10X",
        ] {
            assert!(is_d3_format(text), "{text}");
        }
        for text in
            ["", ">", "*>", "percent", "..2f", ".f", "2.f", "%Y", "é", "fé", ".2ff", "q", "f."]
        {
            assert!(!is_d3_format(text), "{text}");
        }
    }

    #[test]
    fn a_time_format_shows_something() {
        for text in ["%Y", "%Y-%m-%d", "Q%q %%", "%n%S"] {
            assert!(is_time_format(text), "{text}");
        }
        for text in ["", "%%", "yyyy", "%", "%Y%", "%i", "100%"] {
            assert!(!is_time_format(text), "{text}");
        }
    }
}
