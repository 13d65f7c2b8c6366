//! A plan in words, for people: golden files and debugging.

use std::cell::RefCell;
use std::fmt::Write as _;

use auth::SecurityContext;
use model::{DataModel, MemberId, Relationship};
use query::Query;

use crate::Error;
use crate::access::{Masks, Rules};
use crate::facts::facts_of;
use crate::join::{self, JoinTree};
use crate::prepare::{aggregation_of, columns_of};
use crate::resolve::{Propagated, resolve};
use crate::rows::JoinedRows;
use crate::split::{self, Frame, Part};
use crate::template::{Env, MissingClaims};

/// Says how a query is going to be answered: the join tree, then the parts that are aggregated
/// apart, one per line, in the order in which they come in the statement.
///
/// # Errors
/// Those of [`plan`](crate::plan), as far as they show before SQL is written.
pub fn explain(
    model: &DataModel,
    context: &SecurityContext,
    query: &Query,
) -> Result<String, Error> {
    let resolved = resolve(model, query)?;
    let propagated = Propagated::of(model, &resolved);
    let env = Env {
        model,
        context,
        row_filters: &resolved.row_filters,
        time_dimensions: &resolved.time_dimensions,
        join_hints: &resolved.join_hints,
        depth: 0,
        missing_claims: MissingClaims::Refuse,
        propagated: &propagated,
        rules: &Rules::default(),
        masks: Masks::Off,
        read: &RefCell::default(),
    };
    let columns = columns_of(model, &resolved);
    let aggregation = aggregation_of(&resolved, &columns);
    let touched = aggregation.touched(&env);
    let mut text = String::new();
    match join::join(model, &touched, env.join_hints) {
        Err(error @ Error::NoJoinPath { .. }) => {
            for fact in facts_of(&env, &aggregation).ok_or(error)? {
                let touched = aggregation.touched_by(&env, &fact.leaves);
                let rows = JoinedRows::new(fact.tree, touched.sub_queries);
                text.push_str(&rows_in_words(model, &rows));
                text.push_str(&parts_in_words(model, &rows.tree, fact.leaves)?);
            }
        }
        tree => {
            let rows = JoinedRows::new(tree?, touched.sub_queries);
            text.push_str(&rows_in_words(model, &rows));
            if resolved.is_ungrouped {
                text.push_str("rows as they are\n");
            } else {
                text.push_str(&parts_in_words(model, &rows.tree, aggregation.measures())?);
            }
        }
    }
    Ok(text)
}

fn rows_in_words(model: &DataModel, rows: &JoinedRows<'_>) -> String {
    let mut text = format!("from {}\n", model.cube(rows.tree.root).name);
    for edge in &rows.tree.edges {
        let relationship = match edge.join.relationship {
            Relationship::OneToOne => "one to one",
            Relationship::OneToMany => "one to many",
            Relationship::ManyToOne => "many to one",
        };
        let (from, to) = (&model.cube(edge.from).name, &model.cube(edge.to).name);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "left join {to} from {from}, {relationship}");
    }
    for &id in &rows.sub_queries {
        let _ = writeln!(text, "left join sub-query of {}", model.path(id));
    }
    text
}

fn parts_in_words(
    model: &DataModel,
    tree: &JoinTree<'_>,
    measures: Vec<MemberId>,
) -> Result<String, Error> {
    let mut text = String::new();
    for part in split::split(model, tree, measures)? {
        let leaves: Vec<&str> = part.leaves.iter().map(|&leaf| model.path(leaf)).collect();
        let _ = writeln!(text, "{}: {}", part_name(model, &part), leaves.join(", "));
    }
    Ok(text)
}

fn part_name(model: &DataModel, part: &Part<'_>) -> String {
    let rows = match part.keys_of {
        Some(cube) => format!("distinct keys of {}", model.cube(cube).name),
        None => "joined rows".to_owned(),
    };
    match part.window.map(|window| window.frame) {
        None => rows,
        Some(Frame::FromRangeStart) => format!("window from the range's start over {rows}"),
        Some(Frame::Rolling(_)) => format!("rolling window over {rows}"),
    }
}
