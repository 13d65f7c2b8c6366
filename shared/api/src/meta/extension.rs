//! What `?extended` adds to a cube: how it is joined. Never the author's SQL, files or rules.
//!
//! Cube 1.7.25, `packages/cubejs-api-gateway/src/helpers/transformMetaExtended.ts`.

use model::{Cube, DataModel, Join, Relationship};
use serde::Serialize;

/// Joins of a cube to others that a client may see.
#[derive(Serialize)]
pub(super) struct CubeExtension<'a> {
    joins: Vec<JoinMeta<'a>>,
}

#[derive(Serialize)]
struct JoinMeta<'a> {
    name: &'a str,
    relationship: &'static str,
}

impl<'a> CubeExtension<'a> {
    pub(super) fn new(model: &'a DataModel, cube: &'a Cube) -> Self {
        let joins = cube.joins.iter().filter_map(|join| {
            let target = model.cube(join.target);
            target.is_public.then(|| JoinMeta { name: &target.name, relationship: spelt(join) })
        });
        Self { joins: joins.collect() }
    }
}

/// Cube's own word, whatever the author wrote.
fn spelt(join: &Join) -> &'static str {
    match join.relationship {
        Relationship::OneToOne => "hasOne",
        Relationship::OneToMany => "hasMany",
        Relationship::ManyToOne => "belongsTo",
    }
}
