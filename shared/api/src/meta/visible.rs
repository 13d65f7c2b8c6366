//! How the answer says that a thing is public.

use serde::Serialize;

/// What is left out is not visible; what is there says so twice, under Cube's old and new name.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Visible {
    is_visible: bool,
    public: bool,
}

impl Visible {
    pub(super) const YES: Self = Self { is_visible: true, public: true };
}
