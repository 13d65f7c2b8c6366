//! `extends`: what a cube takes from another.
//!
//! Cube 1.7.25, `packages/cubejs-schema-compiler/src/compiler/CubeSymbols.ts`, `createCube`: members
//! are merged by name, the child's in the place of the parent's; what a cube does not say at all is
//! the parent's, title and visibility included. `{CUBE}` in inherited SQL is the child.

use std::collections::HashMap;

use crate::Error;
use crate::declare::{
    Cube, Declared, DefaultFilter, Dimension, Header, Hierarchy, Include, Join, Measure, Policy,
    Segment,
};
use crate::report::{Place, Report};
use crate::spelling::nearest;
use crate::view::ViewError;

/// Fills in what every cube that extends another takes from it.
pub(crate) fn inherit(declared: &mut Declared, report: &mut Report<'_>) {
    let order = in_order(declared, report);
    for (child, parent) in order {
        let Some(parent) = declared.cubes.get(parent).cloned() else { continue };
        if let Some(child) = declared.cubes.get_mut(child) {
            merge(child, parent, report);
        }
    }
}

/// Children with their parents, a parent that extends another before its children.
fn in_order(declared: &Declared, report: &mut Report<'_>) -> Vec<(usize, usize)> {
    let parents = parents(declared, report);
    let mut order = Vec::new();
    let mut finished = vec![false; parents.len()];
    for start in 0..parents.len() {
        let mut chain: Vec<usize> = Vec::new();
        let mut next = Some(start);
        while let Some(index) = next.filter(|&index| finished.get(index) == Some(&false)) {
            if let Some(first) = chain.iter().position(|&seen| seen == index) {
                report_circle(declared, chain.get(first..).unwrap_or_default(), report);
                break;
            }
            chain.push(index);
            next = parents.get(index).copied().flatten();
        }
        for &child in chain.iter().rev() {
            if let Some(finished) = finished.get_mut(child) {
                *finished = true;
            }
            order.extend(parents.get(child).copied().flatten().map(|parent| (child, parent)));
        }
    }
    order
}

/// By position, the position of the cube that each extends.
fn parents(declared: &Declared, report: &mut Report<'_>) -> Vec<Option<usize>> {
    let positions: HashMap<&str, usize> =
        declared.cubes.iter().zip(0..).map(|(cube, at)| (cube.header.name.as_str(), at)).collect();
    let parent = |cube: &Cube| {
        let extends = cube.extends.as_ref()?;
        let found = positions.get(extends.text.as_str()).copied();
        if found.is_none() {
            let names = declared.cubes.iter().map(|cube| cube.header.name.as_str());
            let name = extends.text.clone();
            let nearest = nearest(&name, names);
            report.unknown(extends.place, Error::UnknownCube { name, nearest });
        }
        let parent = declared.cubes.get(found?)?;
        if parent.view.is_some() != cube.view.is_some() {
            let kind = |cube: &Cube| if cube.view.is_some() { "view" } else { "cube" };
            let (kind, other) = (kind(parent), kind(cube));
            let parent = parent.header.name.clone();
            let error = ViewError::ExtendsOtherKind { parent, kind, other };
            report.error(extends.place, error.into());
            return None;
        }
        found
    };
    declared.cubes.iter().map(parent).collect()
}

fn report_circle(declared: &Declared, circle: &[usize], report: &mut Report<'_>) {
    let cubes: Vec<&Cube> = circle.iter().filter_map(|&at| declared.cubes.get(at)).collect();
    let mut names: Vec<String> =
        cubes.iter().map(|cube| format!("`{}`", cube.header.name)).collect();
    names.extend(names.first().cloned());
    if let Some(extends) = cubes.first().and_then(|cube| cube.extends.as_ref()) {
        report.error(extends.place, Error::ExtendsCircle(names.join(" -> ")));
    }
}

fn merge(child: &mut Cube, parent: Cube, report: &mut Report<'_>) {
    merge_header(&mut child.header, parent.header);
    child.sql_alias = child.sql_alias.take().or(parent.sql_alias);
    child.data_source = child.data_source.take().or(parent.data_source);
    if child.source.is_none() {
        child.source = parent.source;
        child.is_source_inherited = true;
    }
    if let (Some(view), Some(parent)) = (&mut child.view, parent.view) {
        let includes = parent.includes.into_iter();
        let inherited = includes.map(|include| Include { is_inherited: true, ..include });
        view.includes.splice(0..0, inherited);
        view.folders.splice(0..0, parent.folders);
        if view.groups.is_empty() {
            view.groups = parent.groups;
        }
        // Cube 1.7.43: they are not merged, the child's replace the parent's.
        if view.default_filters.is_none() {
            let inherit = |filter| DefaultFilter { is_inherited: true, ..filter };
            view.default_filters =
                parent.default_filters.map(|filters| filters.into_iter().map(inherit).collect());
        }
    }
    merge_joins(&mut child.joins, parent.joins);
    merge_members(&mut child.measures, parent.measures);
    merge_members(&mut child.dimensions, parent.dimensions);
    merge_members(&mut child.segments, parent.segments);
    merge_members(&mut child.hierarchies, parent.hierarchies);
    // Cube 1.7.25, `CubeSymbols.ts`: the parent's policies hold for the child too.
    let inherited = parent.policies.into_iter();
    let inherited = inherited.map(|policy| Policy { is_inherited: true, ..policy });
    child.policies.splice(0..0, inherited);
    refuse_two_kinds(child, report);
}

fn merge_header(child: &mut Header, parent: Header) {
    child.title = child.title.take().or(parent.title);
    child.description = child.description.take().or(parent.description);
    child.meta = child.meta.take().or(parent.meta);
    child.is_public = child.is_public.or(parent.is_public);
}

/// The parent's joins come first, and a join of the child to the same cube replaces the parent's.
fn merge_joins(child: &mut Vec<Join>, parent: Vec<Join>) {
    let own = std::mem::take(child);
    for join in parent {
        if !own.iter().any(|own| own.target.text == join.target.text) {
            child.push(Join { is_inherited: true, ..join });
        }
    }
    child.extend(own);
}

/// A member of a cube, of any kind.
trait Named {
    fn header(&self) -> &Header;
    fn header_mut(&mut self) -> &mut Header;
}

macro_rules! named {
    ($($kind:ty),*) => {
        $(impl Named for $kind {
            fn header(&self) -> &Header {
                &self.header
            }
            fn header_mut(&mut self) -> &mut Header {
                &mut self.header
            }
        })*
    };
}

named!(Measure, Dimension, Segment, Hierarchy);

/// The parent's members in their order, those the child has as well replaced where they stand,
/// then what only the child has.
fn merge_members<M: Named>(child: &mut Vec<M>, parent: Vec<M>) {
    let own = std::mem::take(child);
    let mut own: Vec<Option<M>> = own.into_iter().map(Some).collect();
    let positions: HashMap<String, usize> = own
        .iter()
        .flatten()
        .zip(0..)
        .map(|(member, at)| (member.header().name.clone(), at))
        .collect();
    for mut member in parent {
        let replaced = positions.get(&member.header().name).and_then(|&at| own.get_mut(at)?.take());
        child.push(replaced.unwrap_or_else(|| {
            member.header_mut().is_inherited = true;
            member
        }));
    }
    child.extend(own.into_iter().flatten());
}

/// Cube 1.7.25, `CubeSymbols.ts`, `transform`: one name is one member, whatever its kind.
fn refuse_two_kinds(cube: &mut Cube, report: &mut Report<'_>) {
    let mut kinds: HashMap<String, (&'static str, Place, bool)> = HashMap::new();
    let name = cube.header.name.clone();
    let mut is_first = |header: &Header, kind: &'static str| {
        let here = (kind, header.place, header.is_inherited);
        let Some(&(other, place, is_inherited)) = kinds.get(&header.name) else {
            kinds.insert(header.name.clone(), here);
            return true;
        };
        let (own, (own_kind, inherited)) =
            if is_inherited { (header.place, (kind, other)) } else { (place, (other, kind)) };
        let path = format!("{name}.{}", header.name);
        report.error(own, Error::InheritedOtherwise { path, kind: own_kind, inherited });
        false
    };
    cube.measures.retain(|member| is_first(&member.header, "measure"));
    cube.dimensions.retain(|member| is_first(&member.header, "dimension"));
    cube.segments.retain(|member| is_first(&member.header, "segment"));
    cube.hierarchies.retain(|member| is_first(&member.header, "hierarchy"));
}
