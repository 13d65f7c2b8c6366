//! The `key` of a dimension.

use model::{CubeId, Member, MemberId};

use super::{Binder, Resolver};
use crate::Error;
use crate::declare::Header;
use crate::report::Sourced;
use crate::site::Site;
use crate::view::ViewError;

impl Resolver<'_, '_> {
    /// A dimension of the same cube that has no key itself.
    ///
    /// Cube 1.7.25, `CubeSymbols.ts`, `evaluateDimensionKeys`.
    pub(super) fn key(&mut self, text: &Sourced) -> Option<MemberId> {
        let id = self.binder(Site::Key).listed_member(text)?;
        let Member::Dimension(index) = id.member else { return None };
        let declared = self.declared;
        let is_own = id.cube == self.id;
        let target = declared.dimensions.get(index as usize).filter(|_| is_own);
        match target {
            None => self.report.error(text.place, Error::KeyOfAnotherCube(text.text.clone())),
            Some(target) if target.key.is_some() => {
                self.report.error(text.place, Error::NestedKey(text.text.clone()));
            }
            Some(_) => return Some(id),
        }
        None
    }

    /// The key of a cube's dimension as the view calls it, which must have it as well.
    ///
    /// Cube 1.7.25, `CubeSymbols.ts`, `processKeyReferenceForView`.
    pub(super) fn key_of_view(
        &mut self,
        cube: CubeId,
        text: &Sourced,
        header: &Header,
    ) -> Option<MemberId> {
        // A mistake in it is the cube's.
        self.report.set_inherited(true);
        let (names, report) = (self.names, &mut *self.report);
        let id = Binder { names, cube, site: Site::Key, report }.listed_member(text);
        self.report.set_inherited(false);
        let shown = self.names.shown_as(self.id, id?);
        if shown.is_none() {
            let (view, key) = (self.declared.header.name.clone(), self.names.path(id?));
            let error = ViewError::KeyNotIncluded { member: header.name.clone(), key, view };
            self.report.error_of(header, Error::View(error));
        }
        shown
    }
}
