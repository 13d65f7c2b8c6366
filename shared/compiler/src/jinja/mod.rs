//! Jinja in YAML: templates rendered to the text that is then read.
//!
//! Which files are templates, what they see and how values are written is Cube's (Cube 1.7.43,
//! `DataSchemaCompiler.js` and `packages/cubejs-backend-native/src/template/entry.rs`): values are
//! written as JSON unless `safe`, an undefined value as `null`, a template is named by
//! its path in the model folder. Rendering has a budget of work and memory; templates see no file,
//! clock or variable but those they are given.

mod origin;
mod values;

use std::collections::HashMap;
use std::error::Error as _;
use std::path::Path;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, ErrorKind};

use crate::context::{CompileContext, Reads};
use crate::report::{Place, Position};
use crate::{Error, ModelFile};

pub(crate) use origin::Origin;
use origin::position_of;

/// What one template may cost: a step of work or 64 bytes of text each. A file of a thousand cubes
/// takes a tenth of it.
const FUEL: u64 = 2_000_000;
/// The longest text that a template may become, in bytes.
const MAX_RENDERED_BYTES: usize = 8 * 1024 * 1024;
/// Templates and macros in each other; the engine counts ten for each.
const MAX_RECURSION: usize = 250;

/// The files as they are read on, and where the text of those that were rendered came from.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// One for each file that was given; empty where rendering failed.
    pub(crate) files: Vec<ModelFile>,
    pub(crate) origins: Vec<Option<Origin>>,
    pub(crate) mistakes: Vec<(Place, Error)>,
}

/// Renders the files that are templates; the others stay as they are.
pub(crate) fn render(files: &[ModelFile], context: &CompileContext, reads: &Reads) -> Rendered {
    let is_template: Vec<bool> = files.iter().map(is_template).collect();
    let mut rendered = Rendered {
        files: Vec::with_capacity(files.len()),
        origins: Vec::with_capacity(files.len()),
        mistakes: Vec::new(),
    };
    if !is_template.contains(&true) {
        rendered.files = files.to_vec();
        rendered.origins.resize_with(files.len(), || None);
        return rendered;
    }
    let templates = Templates::new(files);
    let environment = templates.environment(context);
    let compile_context = values::Watched::root(context.values.clone(), reads.clone());
    let variables = minijinja::context! { COMPILE_CONTEXT => compile_context };
    for ((index, file), is_template) in files.iter().enumerate().zip(is_template) {
        let (text, origin) = if is_template {
            match templates.render(&environment, &file.path, variables.clone()) {
                Ok((text, origin)) => (text, Some(origin)),
                Err(error) => {
                    rendered.mistakes.push(templates.mistake(index, &error));
                    (String::new(), None)
                }
            }
        } else {
            (file.text.clone(), None)
        };
        rendered.files.push(ModelFile { path: file.path.clone(), text });
        rendered.origins.push(origin);
    }
    rendered
}

/// Cube renders every file that holds a mark of Jinja, and every `*.jinja`.
fn is_template(file: &ModelFile) -> bool {
    let extension = Path::new(&file.path).extension().unwrap_or_default().to_ascii_lowercase();
    let has_marks = || ["{%", "%}", "{{", "}}"].iter().any(|mark| file.text.contains(mark));
    extension == "jinja" || ((extension == "yml" || extension == "yaml") && has_marks())
}

/// The templates of a model by name.
struct Templates<'f> {
    files: &'f [ModelFile],
    by_name: HashMap<&'f str, usize>,
}

impl<'f> Templates<'f> {
    fn new(files: &'f [ModelFile]) -> Self {
        let mut by_name = HashMap::new();
        for (index, file) in files.iter().enumerate() {
            by_name.insert(name_of(&file.path), index);
        }
        Self { files, by_name }
    }

    fn file(&self, index: usize) -> &'f str {
        self.files.get(index).map_or("", |file| file.text.as_str())
    }

    fn environment(&self, context: &CompileContext) -> Environment<'f> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Json);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(MAX_RECURSION);
        let texts: HashMap<String, String> = self
            .by_name
            .iter()
            .filter_map(|(name, &index)| {
                Some(((*name).to_owned(), self.files.get(index)?.text.clone()))
            })
            .collect();
        environment.set_loader(move |name| {
            Ok(texts.get(name.strip_prefix("./").unwrap_or(name)).cloned())
        });
        let visible = Arc::clone(&context.environment);
        environment.add_function("env_var", move |name: String, default: Option<String>| {
            visible.get(&name).cloned().or(default).ok_or_else(|| {
                let reason = format!(
                    "`env_var` finds no `{name}`: set it, give a default (`env_var('{name}', '')`), \
                     and list it in TESSERA_JS_ENV unless it begins with CUBEJS_; secrets are \
                     never visible"
                );
                minijinja::Error::new(ErrorKind::InvalidOperation, reason)
            })
        });
        environment
    }

    fn render(
        &self,
        environment: &Environment<'_>,
        path: &str,
        variables: minijinja::Value,
    ) -> Result<(String, Origin), minijinja::Error> {
        let template = environment.get_template(name_of(path))?;
        let (text, spans) = template.render_with_spans(variables)?;
        if text.len() > MAX_RENDERED_BYTES {
            return Err(minijinja::Error::from(ErrorKind::OutOfFuel));
        }
        Ok((text, Origin::new(&spans, |name| self.by_name.get(name).copied())))
    }

    /// The innermost error that has a place, in the words of the template engine.
    fn mistake(&self, file: usize, error: &minijinja::Error) -> (Place, Error) {
        let mut innermost = error;
        let mut source = error.source();
        while let Some(next) = source {
            if let Some(error) = next.downcast_ref::<minijinja::Error>()
                && error.line().is_some()
            {
                innermost = error;
            }
            source = next.source();
        }
        let file =
            innermost.name().and_then(|name| self.by_name.get(name).copied()).unwrap_or(file);
        let at = match innermost.range() {
            Some(range) => position_of(self.file(file), range.start),
            None => Position {
                line: innermost.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(1),
                column: 1,
            },
        };
        (Place { file, at }, reason(innermost))
    }
}

fn reason(error: &minijinja::Error) -> Error {
    let kind = error.kind();
    if kind == ErrorKind::OutOfFuel {
        return Error::JinjaTooLarge;
    }
    let reason = match error.detail() {
        Some(detail) if kind == ErrorKind::InvalidOperation => detail.to_owned(),
        Some(detail) => format!("{kind}: {detail}"),
        None => kind.to_string(),
    };
    let hint = if matches!(kind, ErrorKind::UnknownFunction | ErrorKind::UnknownFilter) {
        "; functions and filters of Python files are not served"
    } else if kind == ErrorKind::TemplateNotFound {
        "; templates are named by their path in the model folder"
    } else {
        ""
    };
    Error::Jinja { reason, hint }
}

/// A file's path without the folder of the model.
fn name_of(path: &str) -> &str {
    path.split_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests;
