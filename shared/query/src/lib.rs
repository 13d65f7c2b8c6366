//! What is asked: a query from wire JSON to its normal form.

mod types;

pub use types::{
    DateRange, Filter, FilterOperator, FilterValue, MemberFilter, MemberPath, Order, Query,
    ResponseFormat, TimeDimension,
};
