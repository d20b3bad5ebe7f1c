//! Ids, secrets and random numbers.
//!
//! What: one newtype per thing that has an id, all 16 bytes, made in time order (UUID v7, RFC 9562)
//! so that rows written together lie together; and [`Secret`], 256 random bits for links and
//! tokens. Invariant: the phone's own UUID is only ever a `client_id` beside ours, so no phone's
//! choice can collide with hers and no id tells whether another exists. An id of one thing cannot
//! be passed for another's: the compiler refuses. On failure: a machine without randomness must not
//! hand out guessable secrets, so [`Secret::new`] panics there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Binary;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression, Serialize, Deserialize, utoipa::ToSchema)]
        #[diesel(sql_type = Binary)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later than all that came before on this node.
            #[must_use]
            #[expect(clippy::new_without_default, reason = "a default id would be a different one each time")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The 16 bytes.
            #[must_use]
            pub fn bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(s).map(Self)
            }
        }

        impl<DB: Backend> FromSql<Binary, DB> for $name
        where
            Vec<u8>: FromSql<Binary, DB>,
        {
            fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(Self(Uuid::from_slice(&Vec::<u8>::from_sql(raw)?)?))
            }
        }

        impl<DB: Backend> ToSql<Binary, DB> for $name
        where
            [u8]: ToSql<Binary, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                <[u8] as ToSql<Binary, DB>>::to_sql(self.0.as_bytes().as_slice(), out)
            }
        }
    )*};
}

id! {
    /// An alert, by our own id: what contacts, links and records name.
    AlertId,
    /// The id her phone gave the alert; unique per person.
    ClientId,
    /// A person with an account: she, or a contact of hers with the app.
    PersonId,
    /// A phone that signed in.
    DeviceId,
    /// A session of a device.
    SessionId,
    /// An operator, supervisor, administrator or auditor.
    OperatorId,
    /// A signed-in operator's session.
    OperatorSessionId,
    /// A person she chose.
    ContactId,
    /// A place to which messages can be sent: a push token or a phone number.
    AddressId,
    /// A message to a contact, person or supervisor; phones collapse repeats by it.
    NotificationId,
    /// One try to send a notification.
    AttemptId,
    /// A centre that works records (a 911 centre).
    CentreId,
    /// The 911 record of an alert.
    RecordId,
    /// A municipality: tenant and data controller.
    MunicipalityId,
    /// An entry of a timeline or of a read-audit.
    EntryId,
    /// What the outbox sends on behalf of, opaque to it: an alert, a sign-in, an invitation.
    SubjectId,
    /// The recipient of a message and the owner of an address, opaque to the outbox: a contact, a person, an
    /// operator.
    RecipientId,
    /// A server process from its start to its end.
    BootId,
    /// A help line of a municipality.
    HelpLineId,
    /// Anything that came in from a provider or a phone about a notification.
    InboundId,
}

impl From<AlertId> for SubjectId {
    fn from(id: AlertId) -> Self {
        Self(id.0)
    }
}

impl SubjectId {
    /// The alert this subject is, where the subject's kind says that it is one.
    #[must_use]
    pub fn alert(self) -> AlertId {
        AlertId(self.0)
    }
}

impl From<ContactId> for RecipientId {
    fn from(id: ContactId) -> Self {
        Self(id.0)
    }
}

impl From<PersonId> for RecipientId {
    fn from(id: PersonId) -> Self {
        Self(id.0)
    }
}

impl From<OperatorId> for RecipientId {
    fn from(id: OperatorId) -> Self {
        Self(id.0)
    }
}

impl RecipientId {
    /// The contact this recipient is, where the message says that it goes to one.
    #[must_use]
    pub fn contact(self) -> ContactId {
        ContactId(self.0)
    }
}

impl InboundId {
    /// The id of what a gateway reports again and again, from a keyed hash of what tells it from
    /// others.
    #[must_use]
    pub fn of_report(hash: &[u8]) -> Self {
        let bytes = std::array::from_fn(|n| hash.get(n).copied().unwrap_or_default());
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}

impl AddressId {
    const TEXTS: u8 = 0x70;
    const CALLS: u8 = 0x80;

    /// A number as what is called. It is kept as what takes texts, by an id of version 7; as what
    /// is called it has the same bytes in version 8, which RFC 9562 leaves to its user, so that
    /// both can be told apart and neither is lost.
    #[must_use]
    pub fn called(self) -> Self {
        self.as_version(Self::TEXTS, Self::CALLS)
    }

    /// As the address is kept.
    #[must_use]
    pub fn kept(self) -> Self {
        self.as_version(Self::CALLS, Self::TEXTS)
    }

    fn as_version(self, from: u8, to: u8) -> Self {
        let mut bytes = *self.bytes();
        if let Some(version) = bytes.get_mut(6).filter(|byte| **byte & 0xf0 == from) {
            *version = *version & 0x0f | to;
        }
        Self(Uuid::from_bytes(bytes))
    }
}

/// 256 random bits, shown once as 43 characters of URL-safe base64 and stored only as their
/// SHA-256.
#[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct Secret(String);

/// What is stored of a [`Secret`].
pub type SecretHash = Vec<u8>;

impl Secret {
    /// Draws a new secret.
    ///
    /// # Panics
    /// Where the system has no randomness: to go on would hand out guessable links.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a default secret would be a different one each time"
    )]
    pub fn new() -> Self {
        Self(URL_SAFE_NO_PAD.encode(random::<32>()))
    }

    /// Takes what a caller presented; `None` unless it has the form of a secret.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let decoded = URL_SAFE_NO_PAD.decode(text).ok()?;
        (decoded.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The text to show to its owner, once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What to store and to look up by. 256 random bits need no slow hash.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// That many random bytes from the system.
///
/// # Panics
/// Where the system has no randomness.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "without randomness every secret would be guessable: stopping is the safe answer"
)]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has no randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_back_and_never_printed() {
        let secret = Secret::new();
        assert_eq!(
            Secret::parse(secret.expose()).unwrap().hash(),
            secret.hash()
        );
        assert!(!format!("{secret:?}").contains(secret.expose()));
        for bad in [
            "",
            "short",
            "with spaces and more than forty-three characters!!",
        ] {
            assert!(Secret::parse(bad).is_none(), "{bad} is no secret");
        }
    }

    #[test]
    fn a_number_as_what_is_called_is_another_address_and_leads_back() {
        let number = AddressId::new();
        assert_ne!(number.called(), number);
        assert_eq!(
            (
                number.called().kept(),
                number.kept(),
                number.called().called()
            ),
            (number, number, number.called())
        );
    }

    #[test]
    fn later_ids_sort_later() {
        let (a, b) = (AlertId::new(), AlertId::new());
        assert!(a < b);
    }
}
