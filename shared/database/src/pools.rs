//! Databases by how they are reached, where that is known only when a request comes.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::database::Database;
use crate::error::Error;
use crate::identity::Identity;
use crate::options::Options;

/// The databases that were used last, each with a pool of its own.
///
/// Whoever describes a database in the same words shares its pool. One that is put aside for others
/// goes on for those who hold it, and its connections end with the last of them.
pub struct Pools(Mutex<LruCache<Identity, Arc<Database>>>);

impl Pools {
    /// Room for `capacity` databases.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(capacity)))
    }

    /// The database of this identity, when it is here.
    pub fn find(&self, identity: Identity) -> Option<Arc<Database>> {
        self.kept().get(&identity).cloned()
    }

    /// The database that `options` describe, made now unless it is here. No connection is opened.
    ///
    /// # Errors
    /// [`Error::Options`] for certificates, keys or names that cannot work.
    pub fn open(&self, options: &Options) -> Result<Arc<Database>, Error> {
        let mut kept = self.kept();
        let identity = Identity::of(options);
        if let Some(database) = kept.get(&identity) {
            return Ok(Arc::clone(database));
        }
        let database = Arc::new(Database::new(options)?);
        // Nobody may come back to the others: what they have left open is closed here.
        kept.iter().for_each(|(_, other)| other.close_idle());
        kept.put(identity, Arc::clone(&database));
        Ok(database)
    }

    /// How many databases are here.
    pub fn count(&self) -> usize {
        self.kept().len()
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<Identity, Arc<Database>>> {
        // Nothing in the sections under this lock leaves it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Ssl, VerifyFull};

    fn options(name: &str) -> Options {
        Options { name: name.to_owned(), user: "me".to_owned(), ..Options::default() }
    }

    fn pools(capacity: usize) -> Pools {
        Pools::new(NonZeroUsize::new(capacity).unwrap())
    }

    #[test]
    fn the_same_words_share_a_pool_and_others_do_not() {
        let pools = pools(10);
        let shop = pools.open(&options("shop")).unwrap();
        assert!(Arc::ptr_eq(&shop, &pools.open(&options("shop")).unwrap()));
        assert!(Arc::ptr_eq(&shop, &pools.find(Identity::of(&options("shop"))).unwrap()));
        let other = pools.open(&options("other")).unwrap();
        assert!(!Arc::ptr_eq(&shop, &other) && shop.identity() != other.identity());
        assert!(pools.find(Identity::of(&options("nobody"))).is_none());
    }

    #[test]
    fn those_used_last_stay() {
        let pools = pools(2);
        for name in ["a", "b", "a", "c"] {
            pools.open(&options(name)).unwrap();
        }
        assert_eq!(pools.count(), 2);
        let is_here = |name: &str| pools.find(Identity::of(&options(name))).is_some();
        assert_eq!((is_here("a"), is_here("b"), is_here("c")), (true, false, true));
    }

    #[test]
    fn what_cannot_work_is_not_kept() {
        let pools = pools(2);
        let verify =
            VerifyFull { ca_pem: Some("no pem".to_owned().into()), ..VerifyFull::default() };
        let broken = Options { ssl: Ssl::VerifyFull(verify), ..options("a") };
        assert!(matches!(pools.open(&broken), Err(Error::Options { .. })));
        assert_eq!(pools.count(), 0);
    }
}
