//! What code finds of its host: a clock, a console, variables, files, modules and functions.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Function, Object};

use super::{State, evaluate};
use crate::host::{LogLevel, LogLine};
use crate::resolve;

/// Lines of the console that are kept; those after it are counted in one.
const MAX_LOG_LINES: usize = 1_000;
/// A line of the console is cut here.
const MAX_LOG_BYTES: usize = 4_096;
/// The functions the prelude is given.
pub(super) fn offers<'js>(ctx: &Ctx<'js>, state: &Rc<State>) -> rquickjs::Result<Object<'js>> {
    let host = Object::new(ctx.clone())?;
    let of = Rc::clone(state);
    host.set("now", Function::new(ctx.clone(), move || of.host.clock.as_ref().map(|now| now()))?)?;
    let of = Rc::clone(state);
    let chance = move || of.host.chance.as_ref().map(|chance| chance());
    host.set("random", Function::new(ctx.clone(), chance)?)?;
    let of = Rc::clone(state);
    let say = move |level: String, text: String| of.say(&level, &text);
    host.set("log", Function::new(ctx.clone(), say)?)?;
    let of = Rc::clone(state);
    let environment =
        move || serde_json::to_string(&of.host.environment).unwrap_or_else(|_| "{}".to_owned());
    host.set("environment", Function::new(ctx.clone(), environment)?)?;
    let of = Rc::clone(state);
    let resolved = move |ctx: Ctx<'js>, from: String, wanted: String| {
        let found = resolve::resolve(&from, &wanted, |path| of.paths.contains_key(path))
            .or_else(|| of.host.modules.contains_key(&wanted).then(|| wanted.clone()));
        found.ok_or_else(|| Exception::throw_type(&ctx, &of.why_absent(&wanted)))
    };
    host.set("resolve", Function::new(ctx.clone(), resolved)?)?;
    let of = Rc::clone(state);
    let compile = move |ctx: Ctx<'js>, name: String| -> rquickjs::Result<Function<'js>> {
        if let Some(unit) = of.paths.get(&name).and_then(|index| of.units.get(*index)) {
            return evaluate(&ctx, &unit.edited.code, &name);
        }
        let text = of.host.modules.get(&name).map_or("", String::as_str);
        let head = "(function(exports,require,module,__filename,__dirname,$tessera,call){";
        evaluate(&ctx, &format!("{head}{text}\n}})"), &name)
    };
    host.set("compile", Function::new(ctx.clone(), compile)?)?;
    let of = Rc::clone(state);
    let call = move |ctx: Ctx<'js>, name: String, values: String| {
        let Some(function) = of.host.functions.get(&name) else {
            return Err(Exception::throw_type(&ctx, &format!("the host has no `{name}`")));
        };
        function(&values).map_err(|message| Exception::throw_type(&ctx, &message))
    };
    host.set("call", Function::new(ctx.clone(), call)?)?;
    Ok(host)
}

impl State {
    fn say(&self, level: &str, text: &str) {
        let mut log = self.log.borrow_mut();
        let level = match level {
            "debug" => LogLevel::Debug,
            "warn" => LogLevel::Warn,
            "error" => LogLevel::Error,
            _ => LogLevel::Info,
        };
        if log.len() < MAX_LOG_LINES {
            let mut text: String = text.chars().take(MAX_LOG_BYTES).collect();
            text.shrink_to_fit();
            log.push(LogLine { level, text });
        } else if log.len() == MAX_LOG_LINES {
            let text = format!("more than {MAX_LOG_LINES} lines: the rest is left out");
            log.push(LogLine { level: LogLevel::Warn, text });
        }
    }

    /// What to tell an author who imports what is not there.
    fn why_absent(&self, wanted: &str) -> String {
        if wanted.starts_with('.') {
            return format!("there is no file `{wanted}` beside this one");
        }
        let name = wanted.strip_prefix("node:").unwrap_or(wanted);
        if let Some(why) = self.host.absent.get(name) {
            return format!("module `{wanted}` is not available: {why}");
        }
        let names = self.host.modules.keys().map(|name| format!("`{name}`"));
        let there: Vec<String> =
            std::iter::once("files (`./name`)".to_owned()).chain(names).collect();
        format!("module `{wanted}` is not available: only {} are", there.join(", "))
    }
}
