//! The keys of a node.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::cipher::{Cipher, place};
use super::directory::{self, KeyBytes};
use super::{Epoch, SealError};
use crate::clock::At;

/// What leads a value sealed with one of the keyring's own keys; its number follows.
const BY_KEYRING: u8 = 1;
const WEEK: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);

/// Seals, opens and looks up with the keys of a directory. It prints none of them.
pub struct Keyring {
    dir: PathBuf,
    lookup: KeyBytes,
    seals: RwLock<BTreeMap<u32, Arc<Cipher>>>,
    epochs: RwLock<HashMap<Epoch, Arc<Cipher>>>,
}

/// What `keys make` made.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The names of the new keys; those that were there before are not among them.
    pub names: Vec<String>,
}

impl Keyring {
    /// Makes a directory's first keys and those of the next `weeks` weeks, where they are missing.
    ///
    /// # Errors
    /// The file system, or a directory that others can read.
    pub fn make(dir: &Path, now: At, weeks: u32) -> Result<Made, SealError> {
        directory::make(dir)?;
        let mut wanted = vec!["lookup-0001".to_owned()];
        if !directory::names(dir)?.iter().any(|n| n.starts_with("seal-")) {
            wanted.push("seal-0001".to_owned());
        }
        wanted.extend((0..=weeks).map(|week| epoch_file(&Epoch::of(now.plus(WEEK * week)))));
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
        let lookup = directory::read(dir, "lookup-0001")?.ok_or_else(|| SealError::NoKey("lookup-0001".to_owned()))?;
        let ring = Self { dir: dir.to_owned(), lookup, seals: RwLock::default(), epochs: RwLock::default() };
        ring.read_seals()?;
        if ring.seals.read().map_or(true, |s| s.is_empty()) {
            return Err(SealError::NoKey("seal-0001".to_owned()));
        }
        Ok(ring)
    }

    /// Adds a seal key: from now on it seals; the older ones go on opening. Returns its name. The look-up key is not
    /// rotated: every look-up column would have to be made anew from its sealed twin.
    ///
    /// # Errors
    /// The file system.
    pub fn rotate(dir: &Path) -> Result<String, SealError> {
        directory::check(dir)?;
        let newest = directory::names(dir)?.iter().filter_map(|n| seal_number(n)).max().unwrap_or(0);
        let name = format!("seal-{:04}", newest + 1);
        directory::create(dir, &name).map(|_| name)
    }

    /// Destroys an epoch's key for good. `false`: it was gone already.
    ///
    /// # Errors
    /// The file system.
    pub fn destroy(&self, epoch: &Epoch) -> Result<bool, SealError> {
        if let Ok(mut epochs) = self.epochs.write() {
            epochs.remove(epoch);
        }
        directory::destroy(&self.dir, &epoch_file(epoch))
    }

    /// The epochs whose keys are there, oldest first.
    ///
    /// # Errors
    /// The file system.
    pub fn epochs(&self) -> Result<Vec<Epoch>, SealError> {
        let names = directory::names(&self.dir)?;
        Ok(names.iter().filter_map(|n| n.strip_prefix("epoch-").and_then(Epoch::parse)).collect())
    }

    /// Seals bytes to a place in the database, with the newest key.
    #[must_use]
    pub fn seal(&self, table: &str, column: &str, row: &[u8], plain: &[u8]) -> Vec<u8> {
        let newest = self.seals.read().ok().and_then(|s| s.last_key_value().map(|(n, c)| (*n, Arc::clone(c))));
        // `open_dir` refuses a directory without a seal key, so there is a newest one.
        let Some((number, cipher)) = newest else { return Vec::new() };
        let head = [[BY_KEYRING].as_slice(), &number.to_be_bytes()].concat();
        cipher.seal(&head, &place(table, column, row), plain)
    }

    /// Opens what [`Keyring::seal`] sealed to the same place.
    ///
    /// # Errors
    /// `NoKey` where its key is not here, `Tampered` where it was changed or moved.
    pub fn open(&self, table: &str, column: &str, row: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let Some((&BY_KEYRING, rest)) = sealed.split_first() else { return Err(SealError::Tampered) };
        let (number, body) = rest.split_first_chunk::<4>().ok_or(SealError::Tampered)?;
        self.seal_key(u32::from_be_bytes(*number))?.open(&place(table, column, row), body)
    }

    /// [`Keyring::seal`] for text.
    #[must_use]
    pub fn seal_text(&self, table: &str, column: &str, row: &[u8], plain: &str) -> Vec<u8> {
        self.seal(table, column, row, plain.as_bytes())
    }

    /// [`Keyring::open`] for text.
    ///
    /// # Errors
    /// As [`Keyring::open`]; bytes that are no text are `Tampered`.
    pub fn open_text(
        &self,
        table: &str,
        column: &str,
        row: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<String>, SealError> {
        let plain = self.open(table, column, row, sealed)?;
        std::str::from_utf8(&plain).map(|t| Zeroizing::new(t.to_owned())).map_err(|_| SealError::Tampered)
    }

    /// A keyed hash (32 bytes) by which equal texts are found without being read. Domains do not match one another.
    #[must_use]
    pub fn lookup(&self, domain: &str, text: &str) -> Vec<u8> {
        // HMAC takes a key of any length: the error cannot come.
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(self.lookup.as_slice()) else { return Vec::new() };
        mac.update(&place(domain, "", text.as_bytes()));
        mac.finalize().into_bytes().to_vec()
    }

    /// The key that wraps a week's alerts; with `make` a missing one is made, for two nodes the same.
    pub(super) fn epoch_key(&self, epoch: &Epoch, make: bool) -> Result<Arc<Cipher>, SealError> {
        if let Some(known) = self.epochs.read().ok().and_then(|e| e.get(epoch).cloned()) {
            return Ok(known);
        }
        let name = epoch_file(epoch);
        let key = match directory::read(&self.dir, &name)? {
            Some(key) => key,
            None if make => match directory::create(&self.dir, &name) {
                Err(SealError::Exists(_)) => directory::read(&self.dir, &name)?.ok_or(SealError::NoKey(name))?,
                made => made?,
            },
            None => return Err(SealError::EpochDestroyed(epoch.as_str().to_owned())),
        };
        let cipher = Arc::new(Cipher::new(&key));
        if let Ok(mut epochs) = self.epochs.write() {
            epochs.insert(epoch.clone(), Arc::clone(&cipher));
        }
        Ok(cipher)
    }

    /// A seal key by number; one that another node or the command line has added since is read now.
    fn seal_key(&self, number: u32) -> Result<Arc<Cipher>, SealError> {
        let known = |ring: &Self| ring.seals.read().ok().and_then(|s| s.get(&number).cloned());
        if let Some(key) = known(self) {
            return Ok(key);
        }
        self.read_seals()?;
        known(self).ok_or_else(|| SealError::NoKey(format!("seal-{number:04}")))
    }

    fn read_seals(&self) -> Result<(), SealError> {
        for name in directory::names(&self.dir)? {
            let Some(number) = seal_number(&name) else { continue };
            if let (Some(key), Ok(mut seals)) = (directory::read(&self.dir, &name)?, self.seals.write()) {
                seals.insert(number, Arc::new(Cipher::new(&key)));
            }
        }
        Ok(())
    }
}

fn epoch_file(epoch: &Epoch) -> String {
    format!("epoch-{epoch}")
}

fn seal_number(name: &str) -> Option<u32> {
    name.strip_prefix("seal-")?.parse().ok()
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}
