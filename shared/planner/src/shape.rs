//! What a statement's text depends on, as bytes: two queries of one shape have one text.

use auth::SecurityContext;
use model::{ClaimPath, DataModel};
use query::{Filter, MemberPath, Query};
use serde_json::Value;

use crate::template::scalar_text;

/// The shape of a query under a context: a key for keeping [`Prepared`](crate::Prepared) plans.
///
/// Everything is in it that planning looks at and nothing that is bound afterwards. A value that
/// stands in the text (`unsafeValue`) is part of the shape.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape(Vec<u8>);

impl Shape {
    /// Takes the shape of a query.
    pub fn of(model: &DataModel, context: &SecurityContext, query: &Query) -> Self {
        let mut shape = Self(Vec::with_capacity(256));
        shape.paths(b'm', &query.measures);
        shape.paths(b'd', &query.dimensions);
        shape.paths(b's', &query.segments);
        for time in &query.time_dimensions {
            shape.byte(b't');
            shape.path(&time.dimension);
            shape.text(time.granularity.as_deref().unwrap_or_default());
            shape.byte(u8::from(time.date_range.is_some()));
        }
        for filter in &query.filters {
            shape.filter(filter);
        }
        shape.order(query);
        let flags = [query.offset.is_some(), query.wants_total, query.is_ungrouped];
        flags.map(u8::from).into_iter().for_each(|flag| shape.byte(flag));
        for path in &model.claims().compared {
            shape.compared_claim(context, path);
        }
        for path in &model.claims().written {
            shape.byte(b'w');
            let text = context.claim(&path.0).and_then(scalar_text);
            shape.byte(u8::from(text.is_some()));
            shape.text(&text.unwrap_or_default());
        }
        shape
    }

    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Text with its length before it, so that no two texts run together.
    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn path(&mut self, path: &MemberPath) {
        self.text(&path.cube);
        self.text(&path.member);
    }

    fn paths(&mut self, tag: u8, paths: &[MemberPath]) {
        self.byte(tag);
        self.count(paths.len());
        for path in paths {
            self.path(path);
        }
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::Member(condition) => {
                self.byte(b'f');
                self.path(&condition.member);
                // The enum's own order is stable within one process, which is as long as a key lives.
                self.byte(condition.operator as u8);
                self.count(condition.values.len());
                for value in &condition.values {
                    self.byte(u8::from(value.is_some()));
                }
                self.count(condition.instants.len());
            }
            Filter::And(inner) => self.group(b'&', inner),
            Filter::Or(inner) => self.group(b'|', inner),
        }
    }

    fn group(&mut self, tag: u8, inner: &[Filter]) {
        self.byte(tag);
        self.count(inner.len());
        for filter in inner {
            self.filter(filter);
        }
    }

    fn order(&mut self, query: &Query) {
        self.byte(b'o');
        let Some(order) = &query.order else { return self.byte(0) };
        self.byte(1);
        self.count(order.len());
        for item in order {
            self.path(&item.member);
            self.byte(u8::from(item.is_descending));
        }
    }

    /// As far as the text depends on a claim: whether it can be compared, and how many values it has.
    fn compared_claim(&mut self, context: &SecurityContext, path: &ClaimPath) {
        let is_usable =
            |value: &Value| scalar_text(value).is_some_and(|text| !text.trim().is_empty());
        self.byte(b'c');
        match context.claim(&path.0) {
            None | Some(Value::Null) => self.byte(b'-'),
            Some(Value::Array(elements)) => {
                self.byte(b'l');
                self.count(elements.len());
                self.byte(u8::from(elements.iter().all(is_usable)));
            }
            Some(value) => {
                self.byte(b'v');
                self.byte(u8::from(is_usable(value)));
            }
        }
    }
}
