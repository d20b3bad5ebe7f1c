//! The Ed25519 keys that sign access tokens and the heartbeat: shared by nodes as sealed rows,
//! renewed every 90 days.
//!
//! A key's successor is made a day before it takes over, so that a client that caches
//! `/.well-known/jwks.json` for less than a day always knows the key in use. A key's row is never
//! deleted: a press signed in with an access token that expired months ago must still be told from
//! a forgery.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::store;
use crate::clock::At;
use crate::db::WritePriority;
use crate::foundation::Foundation;
use crate::identity::IdentityError;
use crate::identity::rules::Rules;
use crate::ids::random;
use crate::seal::{self, Keyring};

/// Public keys, as a set (RFC 7517 §5).
#[derive(Serialize, utoipa::ToSchema)]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// One public key (RFC 8037).
#[derive(Serialize, utoipa::ToSchema)]
struct Jwk {
    /// `OKP`.
    kty: &'static str,
    /// `Ed25519`.
    crv: &'static str,
    /// `sig`.
    r#use: &'static str,
    /// `EdDSA`.
    alg: &'static str,
    /// What a token's header names it by.
    kid: String,
    /// The key: 32 bytes in URL-safe base64.
    x: String,
}

/// One key, ready for use.
pub struct SigningKey {
    pub(super) kid: String,
    signs_from: At,
    signs_until: At,
    verifies_until: At,
    public: Vec<u8>,
    /// `None` where its private half does not open: it signs nothing, and what it signed stays good.
    encoding: Option<EncodingKey>,
    decoding: DecodingKey,
}

impl SigningKey {
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    fn signs_at(&self, now: At) -> bool {
        self.encoding.is_some() && self.signs_from <= now && now < self.signs_until
    }
}

/// Signs, and finds the key that signed. Clones share what they have loaded.
#[derive(Clone)]
pub struct Signer {
    foundation: Foundation,
    rules: Rules,
    loaded: Arc<RwLock<Vec<Arc<SigningKey>>>>,
}

impl Signer {
    /// Loads the keys, and makes the first where there is none.
    ///
    /// # Errors
    /// [`IdentityError::Db`].
    pub(in crate::identity) async fn open(
        foundation: Foundation,
        rules: Rules,
    ) -> Result<Self, IdentityError> {
        let signer = Self {
            foundation,
            rules,
            loaded: Arc::default(),
        };
        signer.load().await?;
        signer.current(signer.foundation.clock.now()).await?;
        Ok(signer)
    }

    /// A compact JWS (RFC 7515) of `claims`, with `typ` and the key's `kid` in its header.
    ///
    /// # Errors
    /// As [`Signer::open`]; [`IdentityError::Broken`] where the claims are no JSON.
    pub async fn sign<T: Serialize>(
        &self,
        typ: &str,
        claims: &T,
        now: At,
    ) -> Result<String, IdentityError> {
        let key = self.current(now).await?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(key.kid.clone());
        let signed = key
            .encoding
            .as_ref()
            .and_then(|encoding| jsonwebtoken::encode(&header, claims, encoding).ok());
        signed.ok_or(IdentityError::Broken("a token could not be signed"))
    }

    /// The key of that id, whether or not it still signs. Unknown ids are looked for in the
    /// database, since another node may have made one.
    pub(super) async fn key(&self, kid: &str) -> Result<Option<Arc<SigningKey>>, IdentityError> {
        if let Some(known) = self.find(|key| key.kid == kid) {
            return Ok(Some(known));
        }
        let wanted = kid.to_owned();
        if !self
            .foundation
            .db
            .read_first(move |conn| store::signing_key_exists(conn, &wanted))
            .await?
        {
            return Ok(None);
        }
        self.load().await?;
        Ok(self.find(|key| key.kid == kid))
    }

    /// The keys as a JWK set (RFC 7517, RFC 8037): those in use, the next, and those whose tokens
    /// may still live.
    ///
    /// # Errors
    /// As [`Signer::open`].
    pub async fn jwks(&self, now: At) -> Result<JwkSet, IdentityError> {
        self.current(now).await?;
        self.load().await?;
        let keys = self
            .all()
            .iter()
            .filter(|key| now < key.verifies_until)
            .map(|key| Jwk {
                kty: "OKP",
                crv: "Ed25519",
                r#use: "sig",
                alg: "EdDSA",
                kid: key.kid.clone(),
                x: URL_SAFE_NO_PAD.encode(&key.public),
            })
            .collect();
        Ok(JwkSet { keys })
    }

    /// The key that signs now; makes it, or the next one, where that is due.
    async fn current(&self, now: At) -> Result<Arc<SigningKey>, IdentityError> {
        if self.due(now) != Due::Nothing {
            self.load().await?;
            if let Due::From(signs_from) = self.due(now) {
                self.make(signs_from, now).await?;
                self.load().await?;
            }
        }
        self.newest_signing(now)
            .ok_or(IdentityError::Broken("no key signs at this time"))
    }

    fn newest_signing(&self, now: At) -> Option<Arc<SigningKey>> {
        self.all()
            .into_iter()
            .filter(|key| key.signs_at(now))
            .max_by(|a, b| (a.signs_from, &a.kid).cmp(&(b.signs_from, &b.kid)))
    }

    /// Whether a key has to be made, and from when it is to sign.
    fn due(&self, now: At) -> Due {
        let Some(signing) = self.newest_signing(now) else {
            return Due::From(now);
        };
        let next_is_there = self
            .all()
            .iter()
            .any(|key| key.signs_from >= signing.signs_until);
        if signing.signs_until <= now.plus(self.rules.key_overlap) && !next_is_there {
            Due::From(signing.signs_until)
        } else {
            Due::Nothing
        }
    }

    /// Two nodes may each make one: both are valid, and the greater id signs.
    async fn make(&self, signs_from: At, now: At) -> Result<(), IdentityError> {
        let fresh = Arc::new(Fresh::draw()?);
        let keys = self.foundation.keys.clone();
        let signs_until = signs_from.plus(self.rules.key_signs);
        let verifies_until = signs_until.plus(self.rules.key_overlap);
        self.foundation
            .db
            .write(WritePriority::Background, move |conn| {
                let row = store::SigningKeyRow {
                    kid: fresh.kid.clone(),
                    sealed_private: keys.seal(
                        "signing_keys",
                        "sealed_private",
                        fresh.kid.as_bytes(),
                        &fresh.pkcs8,
                    ),
                    public_key: fresh.public.clone(),
                    created_at: now,
                    signs_from,
                    signs_until,
                    verifies_until,
                };
                Ok::<_, IdentityError>(store::add_signing_key(conn, &row)?)
            })
            .await
    }

    async fn load(&self) -> Result<(), IdentityError> {
        let keys = self.foundation.keys.clone();
        let loaded = self
            .foundation
            .db
            .read_first(move |conn| {
                let rows = store::signing_keys(conn)?;
                let ready = rows.into_iter().map(|row| Arc::new(ready(&keys, row)));
                Ok::<Vec<_>, IdentityError>(ready.collect())
            })
            .await?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    fn all(&self) -> Vec<Arc<SigningKey>> {
        self.loaded
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn find(&self, wanted: impl Fn(&SigningKey) -> bool) -> Option<Arc<SigningKey>> {
        self.loaded
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|key| wanted(key))
            .cloned()
    }
}

#[derive(PartialEq, Eq)]
enum Due {
    Nothing,
    From(At),
}

fn ready(keys: &Keyring, row: store::SigningKeyRow) -> SigningKey {
    let opened = keys.open(
        "signing_keys",
        "sealed_private",
        row.kid.as_bytes(),
        &row.sealed_private,
    );
    let pkcs8 = seal::or_none("a key that signs tokens", &row.kid, opened);
    SigningKey {
        encoding: pkcs8.map(|pkcs8| EncodingKey::from_ed_der(&pkcs8)),
        decoding: DecodingKey::from_ed_der(&row.public_key),
        kid: row.kid,
        signs_from: row.signs_from,
        signs_until: row.signs_until,
        verifies_until: row.verifies_until,
        public: row.public_key,
    }
}

/// A key just drawn. Its id is a hash of its public half, so that two keys never share one.
struct Fresh {
    kid: String,
    pkcs8: Zeroizing<Vec<u8>>,
    public: Vec<u8>,
}

impl Fresh {
    fn draw() -> Result<Self, IdentityError> {
        let failed = IdentityError::Broken("a signing key could not be made");
        let seed = Zeroizing::new(random::<32>());
        let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()) else {
            return Err(failed);
        };
        let Ok(pkcs8) = pair.to_pkcs8v1() else {
            return Err(failed);
        };
        let public = pair.public_key().as_ref().to_vec();
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(&public).get(..12).unwrap_or_default());
        Ok(Self {
            kid,
            pkcs8: Zeroizing::new(pkcs8.as_ref().to_vec()),
            public,
        })
    }
}
