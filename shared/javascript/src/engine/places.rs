//! What went wrong in an engine, and the places that it and its numbers stand for.

use rquickjs::{CaughtError, Exception, Object, Value};

use super::{Room, failed};
use crate::error::{Error, Place, Reason};
use crate::translate::{FILE_STRIDE, Literal, Unit};

impl Room {
    pub(super) fn error<'js>(&self, caught: CaughtError<'js>, bootstrap: &Object<'js>) -> Error {
        match caught {
            CaughtError::Exception(exception) => self.exception(&exception, bootstrap),
            // The engine throws it when there is no room for an error.
            CaughtError::Value(value) if value.is_null() => {
                Error { place: self.place_of_loop(bootstrap), reason: self.out_of_memory() }
            }
            CaughtError::Value(value) => {
                let thrown = bootstrap
                    .get::<_, Object<'js>>("tools")
                    .and_then(|tools| tools.get::<_, Object<'js>>("thrown"))
                    .and_then(|thrown| thrown.get::<_, f64>("at"));
                let place = thrown.ok().and_then(|at| self.place_of_number(at));
                let reason = Reason::Thrown { name: "Error".to_owned(), message: shown(&value) };
                Error { place, reason }
            }
            CaughtError::Error(error) => failed(&error),
        }
    }

    fn exception<'js>(&self, exception: &Exception<'js>, bootstrap: &Object<'js>) -> Error {
        let message = exception.message().unwrap_or_default();
        let stack = exception.stack().unwrap_or_default();
        let place = self.place(&stack);
        if let Some(limit) = self.late() {
            // The stack of an interrupt does not say which line ran, loops do.
            let place = self.place_of_loop(bootstrap).or(place);
            return Error { place, reason: Reason::TooLong(limit.as_millis()) };
        }
        let name = exception.as_object().get::<_, String>("name").unwrap_or_default();
        Error { place, reason: self.reason(name, message) }
    }

    /// The loop that ran last.
    fn place_of_loop<'js>(&self, bootstrap: &Object<'js>) -> Option<Place> {
        let tools = bootstrap.get::<_, Object<'js>>("tools").ok()?;
        self.place_of_number(tools.get::<_, f64>("at").ok()?)
    }

    fn out_of_memory(&self) -> Reason {
        Reason::OutOfMemory(self.state.host.limits.memory_bytes / (1024 * 1024))
    }

    /// What an error of this name and message says.
    pub(crate) fn reason(&self, name: String, message: String) -> Reason {
        match (name.as_str(), message.as_str()) {
            ("InternalError", "out of memory") => self.out_of_memory(),
            ("RangeError" | "InternalError", "Maximum call stack size exceeded") => {
                Reason::TooManyCalls
            }
            ("SyntaxError", _) => Reason::Syntax(message),
            _ => Reason::Thrown { name, message },
        }
    }

    /// The first line of a stack that stands in one of the files.
    pub(crate) fn place(&self, stack: &str) -> Option<Place> {
        stack.lines().find_map(|line| {
            let frame = line.trim().strip_prefix("at ")?;
            let position = match frame.rsplit_once(" (") {
                Some((_, position)) => position.strip_suffix(')')?,
                None => frame,
            };
            let (rest, column) = position.rsplit_once(':')?;
            let (path, line) = rest.rsplit_once(':')?;
            let unit = self.state.units.get(*self.state.paths.get(path)?)?;
            Some(unit.place_of_code(line.parse().ok()?, column.parse().ok()?))
        })
    }

    /// The place a number of [`FILE_STRIDE`] stands for.
    pub(crate) fn place_of_number(&self, number: f64) -> Option<Place> {
        let (unit, offset) = self.split(number)?;
        Some(unit.place(offset))
    }

    /// Where a value stands that is evaluated late.
    pub(crate) fn place_of_late(&self, number: f64) -> Option<Place> {
        let (unit, index) = self.split(number)?;
        unit.marks.late.get(index).map(|offset| unit.place(*offset))
    }

    /// Where a name stands inside such a value.
    pub(crate) fn place_of_reference(&self, number: f64) -> Option<Place> {
        let (unit, index) = self.split(number)?;
        unit.marks.references.get(index).map(|offset| unit.place(*offset))
    }

    /// An object or list literal.
    pub(crate) fn literal(&self, number: f64) -> Option<(&Unit, &Literal)> {
        let (unit, index) = self.split(number)?;
        Some((unit, unit.marks.literals.get(index)?))
    }

    fn split(&self, number: f64) -> Option<(&Unit, usize)> {
        let (file, rest) = self.index(number)?;
        Some((self.state.units.get(file)?, rest))
    }

    /// The position of a number's file, and its rest.
    #[expect(clippy::unused_self, reason = "numbers are this room's own")]
    pub(crate) fn index(&self, number: f64) -> Option<(usize, usize)> {
        if !(0.0..1e15).contains(&number) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a whole number between 0 and 1e15"
        )]
        let number = number as usize;
        Some((number / FILE_STRIDE, number % FILE_STRIDE))
    }
}

fn shown(value: &Value<'_>) -> String {
    if let Some(text) = value.as_string() {
        return text.to_string().unwrap_or_default();
    }
    let json = value.ctx().json_stringify(value.clone()).ok().flatten();
    json.and_then(|json| json.to_string().ok()).unwrap_or_else(|| value.type_of().to_string())
}
