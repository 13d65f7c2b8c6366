//! JavaScript model files to the nodes that YAML is read into.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use javascript::{
    Computation, ContextRead, Definition, DefinitionKind, FilterParam, Form, Host, LogLevel, Node,
    Reason, Reference, SourceFile, Surroundings, Value, record,
};
use model::Operator;

use crate::context::{CompileContext, Extent, Reads};
use crate::diagnostic::Notice;
use crate::report::{Place, Position, Report};
use crate::template::{self, Computed, Expression, FilterCall, Piece};
use crate::yaml::{self, Recorded};
use crate::{Error, ModelFile};

/// Whether a file is JavaScript or TypeScript, by its ending.
pub(crate) fn is_script(file: &ModelFile) -> bool {
    matches!(file.path.rsplit('.').next(), Some("js" | "mjs" | "cjs" | "ts" | "mts" | "cts"))
}

/// What the scripts of a model define, as a mapping of `cubes` and `views` for each of the files.
pub(crate) fn evaluate(
    files: &[ModelFile],
    names: BTreeMap<String, Vec<String>>,
    context: &CompileContext,
    reads: &Reads,
    report: &mut Report<'_>,
) -> HashMap<usize, yaml::Node> {
    let scripts: Vec<(usize, &ModelFile)> =
        files.iter().enumerate().filter(|(_, file)| is_script(file)).collect();
    let Some(&(first, _)) = scripts.first() else { return HashMap::new() };
    let index_of: HashMap<&str, usize> =
        scripts.iter().map(|(index, file)| (file.path.as_str(), *index)).collect();
    let sources = scripts
        .iter()
        .map(|(_, file)| SourceFile { path: file.path.clone(), text: file.text.clone() })
        .collect();
    let host = Host { environment: (*context.environment).clone(), ..Host::default() };
    let compile_context = serde_json::to_string(&context.values).unwrap_or_default();
    let (outcome, read) = record(sources, Surroundings { compile_context, names, host });
    for ContextRead { path, is_whole } in read {
        reads.add(&path, if is_whole { Extent::Value } else { Extent::Kind });
    }
    let mut reader = Reader { index_of, first, report, roots: HashMap::new() };
    match outcome {
        Ok(recorded) => {
            for line in recorded.log {
                reader.say(line.level, line.text);
            }
            for definition in recorded.definitions {
                reader.definition(definition);
            }
        }
        Err(errors) => {
            reader.report.set_incomplete();
            for error in errors {
                reader.mistake(error);
            }
        }
    }
    reader.roots
}

struct Reader<'r, 'f> {
    index_of: HashMap<&'r str, usize>,
    /// The file that is named when none is known.
    first: usize,
    report: &'r mut Report<'f>,
    roots: HashMap<usize, yaml::Node>,
}

impl Reader<'_, '_> {
    fn place(&self, place: &javascript::Place) -> Place {
        let file = self.index_of.get(place.file.as_str()).copied().unwrap_or(self.first);
        Place { file, at: position(place) }
    }

    fn say(&mut self, level: LogLevel, text: String) {
        if level != LogLevel::Debug {
            let place = Place { file: self.first, at: Position { line: 1, column: 1 } };
            self.report.notice(place, Notice::Console(text));
        }
    }

    fn mistake(&mut self, error: javascript::Error) {
        let nowhere = Place { file: self.first, at: Position { line: 1, column: 1 } };
        let place = error.place.as_ref().map_or(nowhere, |place| self.place(place));
        let error = if let Reason::DuplicateKey { key, first_line } = error.reason {
            let first_line = u32::try_from(first_line).unwrap_or(u32::MAX);
            Error::DuplicateKey { key, first_line }
        } else {
            Error::JavaScript(error.reason.to_string())
        };
        self.report.error(place, error);
    }

    fn definition(&mut self, definition: Definition) {
        let Definition { kind, name, place, node } = definition;
        let place = self.place(&place);
        let key = match kind {
            DefinitionKind::Cube => "cubes",
            DefinitionKind::View => "views",
            DefinitionKind::ViewGroup => "view_groups",
            DefinitionKind::Context => {
                let why = "Cube has not used contexts for years";
                let key = "context".to_owned();
                return self.report.notice(place, Notice::NoEffect { key, why });
            }
        };
        let named = yaml::Entry {
            key: "name".to_owned(),
            key_at: place.at,
            value: scalar(place.at, name, false, None),
        };
        let mut item = self.node(node);
        if let yaml::Value::Map(entries) = &mut item.value {
            entries.retain(|entry| entry.key != "name");
            entries.insert(0, named);
        }
        let root = self.roots.entry(place.file).or_insert_with(|| yaml::Node {
            at: Position { line: 1, column: 1 },
            value: yaml::Value::Map(Vec::new()),
        });
        let yaml::Value::Map(lists) = &mut root.value else { return };
        let list = lists.iter_mut().find(|entry| entry.key == key);
        if let Some(yaml::Entry {
            value: yaml::Node { value: yaml::Value::List(items), .. }, ..
        }) = list
        {
            items.push(item);
        } else {
            lists.push(yaml::Entry {
                key: key.to_owned(),
                key_at: place.at,
                value: yaml::Node { at: place.at, value: yaml::Value::List(vec![item]) },
            });
        }
    }

    fn node(&mut self, node: Node) -> yaml::Node {
        let at = position(&node.place);
        match node.value {
            Value::Null => scalar(at, String::new(), true, None),
            Value::Boolean(value) => scalar(at, value.to_string(), true, None),
            Value::Number(text) => scalar(at, text, true, None),
            Value::Text(text) => {
                if text.contains('\0') {
                    let file = self.index_of.get(node.place.file.as_str()).copied();
                    let place = Place { file: file.unwrap_or(self.first), at };
                    self.report.error(place, Error::Nul);
                }
                let pieces = vec![javascript::Piece::Text(text.clone())];
                scalar(at, text, false, Some(recorded(pieces)))
            }
            Value::Sql(pieces) => {
                let text = shown(&pieces);
                scalar(at, text, false, Some(recorded(pieces)))
            }
            Value::List(items) => {
                let items = items.into_iter().map(|item| self.node(item)).collect();
                yaml::Node { at, value: yaml::Value::List(items) }
            }
            Value::Map(entries) => {
                let entries = entries.into_iter().map(|entry| yaml::Entry {
                    key: entry.key,
                    key_at: position(&entry.key_place),
                    value: self.node(entry.value),
                });
                let entries = entries.collect();
                yaml::Node { at, value: yaml::Value::Map(entries) }
            }
        }
    }
}

fn position(place: &javascript::Place) -> Position {
    Position { line: place.line, column: place.column }
}

fn scalar(
    at: Position,
    text: String,
    is_plain: bool,
    recorded: Option<Arc<Recorded>>,
) -> yaml::Node {
    yaml::Node { at, value: yaml::Value::Scalar { text, is_plain, recorded } }
}

/// A bare reference as a name, anything else as its author might have written it.
fn shown(pieces: &[javascript::Piece]) -> String {
    if let [javascript::Piece::Reference { reference: Reference::Path(path), .. }] = pieces {
        return path.join(".");
    }
    let mut text = String::new();
    for piece in pieces {
        match piece {
            javascript::Piece::Text(literal) => text.push_str(literal),
            javascript::Piece::Reference { reference: Reference::Path(path), .. } => {
                text.push_str("${");
                text.push_str(&path.join("."));
                text.push('}');
            }
            javascript::Piece::Reference { .. } => text.push_str("${...}"),
        }
    }
    text
}

fn recorded(pieces: Vec<javascript::Piece>) -> Arc<Recorded> {
    let mut places = Vec::new();
    let mut pieces = convert(pieces, &mut places);
    template::trim(&mut pieces);
    Arc::new(Recorded { pieces, places })
}

/// The pieces of a template; a reference's offset is the number of its place.
fn convert(pieces: Vec<javascript::Piece>, places: &mut Vec<Position>) -> Vec<Piece> {
    let convert = |piece| match piece {
        javascript::Piece::Text(text) => Piece::Text(text),
        javascript::Piece::Reference { place, reference } => {
            let offset = places.len();
            places.push(position(&place));
            Piece::Reference { offset, expression: expression(reference, places) }
        }
    };
    pieces.into_iter().map(convert).collect()
}

fn expression(reference: Reference, places: &mut Vec<Position>) -> Expression {
    match reference {
        Reference::Path(path) => Expression::Path(path),
        Reference::CubeSql(name) => Expression::CubeSql(name),
        Reference::Claim(path) => Expression::Claim(path),
        Reference::ClaimFilter { path, form, is_required } => {
            Expression::ClaimFilter { path, form: self::form(form, places), is_required }
        }
        Reference::FilterParam(param) => Expression::FilterParam(filter_call(param, places)),
        Reference::FilterGroup(params) => Expression::FilterGroup(
            params.into_iter().map(|param| filter_call(param, places)).collect(),
        ),
        Reference::ConvertTimeZone(pieces) => Expression::ConvertTimeZone(convert(pieces, places)),
        Reference::UrlEncode(pieces) => Expression::UrlEncode(convert(pieces, places)),
        Reference::Argument(index) => Expression::Argument(index),
        Reference::Arguments { from, separator } => Expression::Arguments { from, separator },
        Reference::Computed(Computation::Claim(path)) => Expression::ClaimValue(path),
        Reference::Computed(computation) => Expression::Computed(computed(computation, places)),
    }
}

fn filter_call(param: FilterParam, places: &mut Vec<Position>) -> FilterCall {
    let FilterParam { cube, member, form, place: _ } = param;
    FilterCall { cube, member, form: self::form(form, places) }
}

fn form(form: Form, places: &mut Vec<Position>) -> template::Form {
    let mut trimmed = |pieces| {
        let mut pieces = convert(pieces, places);
        template::trim(&mut pieces);
        pieces
    };
    match form {
        Form::Column(pieces) => template::Form::Column(trimmed(pieces)),
        Form::Function(pieces) => template::Form::Function(trimmed(pieces)),
    }
}

fn computed(computation: Computation, places: &mut Vec<Position>) -> Computed {
    match computation {
        Computation::Undefined => Computed::Undefined,
        Computation::Null => Computed::Null,
        Computation::Boolean(value) => Computed::Boolean(value),
        Computation::Number(text) => Computed::Number(text),
        Computation::Text(text) => Computed::Text(text),
        Computation::Refusal(sentence) => Computed::Refusal(sentence),
        Computation::Sql(pieces) => match pieces.as_slice() {
            // What another computation has become a text of: the computation itself.
            [javascript::Piece::Reference { reference: Reference::Computed(inner), .. }] => {
                computed(inner.clone(), places)
            }
            _ => Computed::Sql(convert(pieces, places)),
        },
        Computation::List(items) => {
            Computed::List(items.into_iter().map(|item| computed(item, places)).collect())
        }
        Computation::Claim(path) => Computed::Claim(path),
        Computation::Element => Computed::Element,
        Computation::Member { of, name } => {
            Computed::Member { of: Box::new(computed(*of, places)), name }
        }
        Computation::Operation { name, of } => match operator(&name) {
            Some(operator) => Computed::Operation {
                operator,
                of: of.into_iter().map(|operand| computed(operand, places)).collect(),
            },
            None => Computed::Refusal(format!("`{name}` cannot be computed")),
        },
    }
}

fn operator(name: &str) -> Option<Operator> {
    Some(match name {
        "cond" => Operator::Conditional,
        "not" => Operator::Not,
        "typeof" => Operator::TypeOf,
        "isArray" => Operator::IsArray,
        "===" => Operator::StrictEqual,
        "!==" => Operator::StrictUnequal,
        "==" => Operator::Equal,
        "!=" => Operator::Unequal,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "concat" => Operator::Concat,
        "includes" => Operator::Includes,
        "indexOf" => Operator::IndexOf,
        "startsWith" => Operator::StartsWith,
        "endsWith" => Operator::EndsWith,
        "toLowerCase" => Operator::ToLowerCase,
        "toUpperCase" => Operator::ToUpperCase,
        "trim" => Operator::Trim,
        "split" => Operator::Split,
        "replace" => Operator::Replace,
        "replaceAll" => Operator::ReplaceAll,
        "toNumber" => Operator::ToNumber,
        "parseInt" => Operator::ParseInt,
        "some" => Operator::Some,
        "every" => Operator::Every,
        _ => return None,
    })
}
