//! The epochs' keys: made when a week begins, remembered, and destroyed for good.
//!
//! A destroyed epoch leaves an empty `epoch-….destroyed` beside the keys. It tells "destroyed, as
//! promised" from "not copied to this node"; it keeps a node with a wrong clock from making that
//! week's key anew; and a serving node that still remembers the key looks for it each time.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use super::cipher::{Cipher, Mark, mark};
use super::directory::{self, KeyBytes};
use super::{Epoch, SealError};
use crate::ids::random;

/// An epoch's key.
pub(super) struct EpochKey {
    pub(super) cipher: Cipher,
    pub(super) mark: Mark,
}

/// The epochs' keys of a node; without a directory they are never written down.
#[derive(Default)]
pub(super) struct Weeks {
    pub(super) dir: Option<PathBuf>,
    known: RwLock<HashMap<Epoch, Arc<EpochKey>>>,
}

impl Weeks {
    pub(super) fn of(dir: PathBuf) -> Self {
        Self {
            dir: Some(dir),
            known: RwLock::default(),
        }
    }

    fn known(&self, epoch: &Epoch) -> Option<Arc<EpochKey>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(epoch)
            .cloned()
    }

    /// Remembers a key, unless another thread has come first: then that one stands.
    fn remember(&self, epoch: &Epoch, key: &KeyBytes) -> Arc<EpochKey> {
        let made = Arc::new(EpochKey {
            cipher: Cipher::new(key),
            mark: mark(key),
        });
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(epoch.clone()).or_insert(made))
    }

    pub(super) fn forget(&self, epoch: &Epoch) {
        self.known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(epoch);
    }

    fn refuse_destroyed(&self, epoch: &Epoch) -> Result<(), SealError> {
        if self
            .dir
            .as_deref()
            .is_some_and(|dir| directory::is_marked(dir, &file(epoch)))
        {
            self.forget(epoch);
            return Err(SealError::EpochDestroyed(epoch.as_str().to_owned()));
        }
        Ok(())
    }

    pub(super) fn find(&self, epoch: &Epoch) -> Result<Arc<EpochKey>, SealError> {
        self.refuse_destroyed(epoch)?;
        if let Some(known) = self.known(epoch) {
            return Ok(known);
        }
        let missing = || SealError::NoKey(file(epoch));
        let dir = self.dir.as_deref().ok_or_else(missing)?;
        let key = directory::read(dir, &file(epoch))?.ok_or_else(missing)?;
        Ok(self.remember(epoch, &key))
    }

    pub(super) fn find_or_make(&self, epoch: &Epoch) -> Result<Arc<EpochKey>, SealError> {
        match self.find(epoch) {
            Err(SealError::NoKey(_)) => {}
            found => return found,
        }
        let Some(dir) = self.dir.as_deref() else {
            return Ok(self.remember(epoch, &KeyBytes::new(random())));
        };
        match directory::create(dir, &file(epoch)) {
            Ok(key) => Ok(self.remember(epoch, &key)),
            // Another node has made it in the meantime.
            Err(SealError::Exists(_)) => self.find(epoch),
            Err(e) => Err(e),
        }
    }

    pub(super) fn living(&self) -> Result<Vec<Epoch>, SealError> {
        let mut epochs: Vec<Epoch> = match self.dir.as_deref() {
            Some(dir) => directory::names(dir)?
                .iter()
                .filter(|name| !directory::is_marked(dir, name))
                .filter_map(|name| name.strip_prefix("epoch-").and_then(Epoch::parse))
                .collect(),
            None => self
                .known
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .keys()
                .cloned()
                .collect(),
        };
        epochs.sort();
        Ok(epochs)
    }
}

/// The name of an epoch's key.
pub(super) fn file(epoch: &Epoch) -> String {
    format!("epoch-{epoch}")
}
