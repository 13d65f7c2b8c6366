//! Bodies of `/v1/meta` by the policies that apply.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use lru::LruCache;

use super::Asked;

/// Bodies that are kept. Callers differ by their groups, of which there are few.
const KEPT: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// By which policies of the model apply, and by what is asked for.
type Key = (Vec<bool>, Asked);

/// What was written for callers of a model with access policies, the last used of it.
pub(crate) struct Written(Mutex<LruCache<Key, Bytes>>);

impl Default for Written {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Written {
    pub(super) fn get(&self, applicable: &[bool], asked: Asked) -> Option<Bytes> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&(applicable.to_vec(), asked)).cloned()
    }

    pub(super) fn keep(&self, applicable: Vec<bool>, asked: Asked, written: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put((applicable, asked), written);
    }
}
