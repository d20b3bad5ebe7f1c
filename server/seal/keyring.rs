//! The keys of a node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use super::cipher::{Cipher, keyed_hash, place};
use super::directory::{self, KeyBytes};
use super::weeks::{self, EpochKey, Weeks};
use super::{Epoch, SealError};
use crate::clock::At;
use crate::ids::random;

/// What leads a value sealed with one of the keyring's own keys; its number follows.
const BY_KEYRING: u8 = 1;
/// The only look-up key.
const LOOKUP: &str = "lookup-0001";
const WEEK: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);

/// Seals, opens and looks up with the keys of a directory. It prints none of them.
pub struct Keyring {
    dir: Option<PathBuf>,
    lookup: KeyBytes,
    seals: RwLock<BTreeMap<u32, Arc<Cipher>>>,
    weeks: Weeks,
}

/// What `keys make` made.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The names of the new keys; those that were there before are not among them.
    pub names: Vec<String>,
}

impl Keyring {
    /// Makes a directory's first keys and those of the next `weeks` weeks, where they are missing;
    /// overwrites none.
    ///
    /// # Errors
    /// The file system, or a directory that others can read.
    pub fn make(dir: &Path, now: At, weeks: u32) -> Result<Made, SealError> {
        directory::make(dir)?;
        let there = directory::names(dir)?;
        let mut wanted = Vec::new();
        if !there.iter().any(|n| seal_number(n).is_some()) {
            wanted.push("seal-0001".to_owned());
        }
        wanted.push(LOOKUP.to_owned());
        wanted.extend((0..=weeks).map(|week| weeks::file(&Epoch::of(now.plus(WEEK * week)))));
        let mut made = Made::default();
        for name in wanted {
            match directory::create(dir, &name) {
                Ok(_) => made.names.push(name),
                Err(SealError::Exists(_)) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(made)
    }

    /// Opens the keys of a directory.
    ///
    /// # Errors
    /// A missing directory or key, a loose permission, a file that is no key.
    pub fn open_dir(dir: &Path) -> Result<Self, SealError> {
        directory::check(dir)?;
        let lookup =
            directory::read(dir, LOOKUP)?.ok_or_else(|| SealError::NoKey(LOOKUP.to_owned()))?;
        let weeks = Weeks::of(dir.to_owned());
        let ring = Self {
            dir: Some(dir.to_owned()),
            lookup,
            seals: RwLock::default(),
            weeks,
        };
        ring.refresh()?;
        if ring
            .seals
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
        {
            return Err(SealError::NoKey("seal-0001".to_owned()));
        }
        Ok(ring)
    }

    /// New keys that are never written down: what they seal can be opened by this keyring alone.
    /// For tests.
    #[must_use]
    pub fn ephemeral() -> Self {
        let seal = Arc::new(Cipher::new(&KeyBytes::new(random())));
        Self {
            dir: None,
            lookup: Zeroizing::new(random()),
            seals: RwLock::new(BTreeMap::from([(1, seal)])),
            weeks: Weeks::default(),
        }
    }

    /// Adds a seal key: a node seals with it once it has read it ([`Keyring::refresh`], or a value
    /// it cannot open otherwise); the older ones go on opening. Returns its name. Nodes that do not
    /// share the directory must be given the file before any of them uses it. The look-up key is
    /// not rotated: every look-up column would have to be made anew from its sealed twin.
    ///
    /// # Errors
    /// The file system.
    pub fn rotate(dir: &Path) -> Result<String, SealError> {
        directory::check(dir)?;
        let newest = directory::names(dir)?
            .iter()
            .filter_map(|n| seal_number(n))
            .max()
            .unwrap_or(0);
        let name = seal_name(newest + 1);
        directory::create(dir, &name).map(|_| name)
    }

    /// Reads the seal keys that another node or the command line has added since.
    ///
    /// # Errors
    /// The file system, a loose permission, a file that is no key.
    pub fn refresh(&self) -> Result<(), SealError> {
        let Some(dir) = self.dir.as_deref() else {
            return Ok(());
        };
        for name in directory::names(dir)? {
            let Some(number) = seal_number(&name) else {
                continue;
            };
            if self.known_seal(number).is_some() {
                continue;
            }
            if let Some(key) = directory::read(dir, &name)? {
                let mut seals = self.seals.write().unwrap_or_else(PoisonError::into_inner);
                seals.insert(number, Arc::new(Cipher::new(&key)));
            }
        }
        Ok(())
    }

    /// Seals bytes to a place in the database, with the newest key.
    ///
    /// # Panics
    /// Never: a keyring without a seal key is refused when it is opened.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "an empty value instead would lose what was to be sealed"
    )]
    pub fn seal(&self, table: &str, column: &str, row: &[u8], plain: &[u8]) -> Vec<u8> {
        let (number, cipher) = {
            let seals = self.seals.read().unwrap_or_else(PoisonError::into_inner);
            let (number, cipher) = seals.last_key_value().expect("a keyring has a seal key");
            (*number, Arc::clone(cipher))
        };
        let head = [[BY_KEYRING].as_slice(), &number.to_be_bytes()].concat();
        cipher.seal(&head, &place(table, column, row), plain)
    }

    /// Opens what [`Keyring::seal`] sealed to the same place.
    ///
    /// # Errors
    /// `NoKey` where its key is not here, `Tampered` where it was changed or moved.
    pub fn open(
        &self,
        table: &str,
        column: &str,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let Some((&BY_KEYRING, rest)) = sealed.split_first() else {
            return Err(SealError::Tampered);
        };
        let (number, body) = rest.split_first_chunk::<4>().ok_or(SealError::Tampered)?;
        self.seal_key(u32::from_be_bytes(*number))?
            .open(&place(table, column, row), body)
    }

    /// A keyed hash (32 bytes) by which equal texts are found without being read. Domains do not
    /// match one another.
    #[must_use]
    pub fn lookup(&self, domain: &str, text: &str) -> Vec<u8> {
        keyed_hash(&self.lookup, domain, text.as_bytes()).to_vec()
    }

    /// The epochs whose keys are there, oldest first.
    ///
    /// # Errors
    /// The file system.
    pub fn epochs(&self) -> Result<Vec<Epoch>, SealError> {
        self.weeks.living()
    }

    /// Destroys an epoch's key for good: marked as destroyed, overwritten, unlinked. `false`: it
    /// was gone already. Which epochs are past retention the caller knows; the current one and
    /// those to come are refused. Copies of the directory on other nodes, and file systems that
    /// never overwrite in place, are the operator's to see to.
    ///
    /// # Errors
    /// `StillInUse` for this week or a later one; the file system.
    pub fn destroy(&self, epoch: &Epoch, now: At) -> Result<bool, SealError> {
        if *epoch >= Epoch::of(now) {
            return Err(SealError::StillInUse(epoch.as_str().to_owned()));
        }
        // Made first, so that a press at this moment finds this week's key and never falls back on
        // the dying one.
        self.weeks.find_or_make(&Epoch::of(now))?;
        self.weeks.forget(epoch);
        let Some(dir) = self.weeks.dir.as_deref() else {
            return Ok(true);
        };
        directory::destroy(dir, &weeks::file(epoch))
    }

    /// The key that wraps what is new in a week.
    pub(super) fn epoch_for_new(&self, week: &Epoch) -> Result<(Epoch, Arc<EpochKey>), SealError> {
        let cause = match self.weeks.find_or_make(week) {
            Ok(key) => return Ok((week.clone(), key)),
            Err(cause) => cause,
        };
        for older in self
            .weeks
            .living()?
            .into_iter()
            .rev()
            .filter(|epoch| epoch != week)
        {
            if let Ok(key) = self.weeks.find(&older) {
                tracing::error!(%week, %older, %cause, "this week's key cannot be made: an older one wraps new alerts");
                return Ok((older, key));
            }
        }
        Err(cause)
    }

    /// The key that wrapped what is there.
    pub(super) fn epoch_that_wrapped(&self, epoch: &Epoch) -> Result<Arc<EpochKey>, SealError> {
        self.weeks.find(epoch)
    }

    /// A seal key by number; one that has been added since is read now.
    fn seal_key(&self, number: u32) -> Result<Arc<Cipher>, SealError> {
        if let Some(key) = self.known_seal(number) {
            return Ok(key);
        }
        self.refresh()?;
        self.known_seal(number)
            .ok_or_else(|| SealError::NoKey(seal_name(number)))
    }

    fn known_seal(&self, number: u32) -> Option<Arc<Cipher>> {
        self.seals
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&number)
            .cloned()
    }
}

fn seal_name(number: u32) -> String {
    format!("seal-{number:04}")
}

fn seal_number(name: &str) -> Option<u32> {
    name.strip_prefix("seal-")?.parse().ok()
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}
