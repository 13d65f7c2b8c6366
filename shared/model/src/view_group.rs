//! How a client groups the views.

use serde::{Deserialize, Serialize};

use crate::CubeId;

/// A named group of views.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ViewGroup {
    /// Unique among all groups, those inside others included.
    pub name: String,
    /// As it is shown, when the author says.
    pub title: Option<String>,
    /// What the author says about it.
    pub description: Option<String>,
    /// In the author's order.
    pub items: Vec<ViewGroupItem>,
}

/// What a group holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ViewGroupItem {
    /// A view.
    View(CubeId),
    /// A group inside it.
    Group(ViewGroup),
}

impl ViewGroup {
    /// The views that stand in the group itself, not in a group inside it.
    pub fn views(&self) -> impl Iterator<Item = CubeId> {
        self.items.iter().filter_map(|item| match item {
            ViewGroupItem::View(view) => Some(*view),
            ViewGroupItem::Group(_) => None,
        })
    }

    /// The groups inside it.
    pub fn groups(&self) -> impl Iterator<Item = &ViewGroup> {
        self.items.iter().filter_map(|item| match item {
            ViewGroupItem::View(_) => None,
            ViewGroupItem::Group(group) => Some(group),
        })
    }
}
