//! Operators are added, reset and disabled: from the command line, or by an administrator.

use serde::Serialize;
use zeroize::Zeroizing;

use super::store::{self, OperatorRow};
use super::totp;
use crate::bounds;
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::delivery::addresses::{self, OwnerKind};
use crate::foundation::Foundation;
use crate::http::Code;
use crate::identity::model::Role;
use crate::identity::{IdentityError, people, slow_hash};
use crate::ids::{CentreId, MunicipalityId, OperatorId, random};
use crate::language::Language;
use crate::phone::Phone;
use crate::seal;

/// An operator to add.
#[derive(Clone)]
pub struct NewOperator {
    /// Under which name to sign in: 3 to 40 of a–z, 0–9, `.`, `-`, `_`.
    pub sign_in_name: String,
    /// The person's full name, by which a conflict is recognised.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
    /// Whose records.
    pub municipality: MunicipalityId,
    /// At which centre; operators and supervisors need one.
    pub centre: Option<CentreId>,
    /// Corporation, as `DSPM`.
    pub corporation: Option<String>,
    /// Badge or employee number.
    pub badge: Option<String>,
    /// Not shown in lists; gets the records of people who named an officer.
    pub unlisted: bool,
    /// Own phone for alarms.
    pub phone: Option<Phone>,
    /// In what language to speak to the operator.
    pub language: Language,
    /// A password of at least 12 letters; one is drawn where it is missing.
    pub password: Option<String>,
}

/// What is shown once, to the administrator who hands the account over.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Credentials {
    /// The operator's id.
    pub operator: OperatorId,
    /// Name to sign in with.
    pub sign_in_name: String,
    /// The password, where it was drawn here.
    pub password: Option<String>,
    /// URI for the authenticator app.
    pub otpauth: String,
}

/// Draws or takes a password and makes a TOTP secret, outside any write.
struct Secrets {
    drawn: Option<String>,
    hash: String,
    totp: Zeroizing<Vec<u8>>,
}

impl Secrets {
    async fn make(password: Option<String>) -> Result<Self, IdentityError> {
        let (chosen, drawn) = match password {
            Some(chosen) if chosen.chars().count() < 12 => {
                return Err(IdentityError::Field("password", Code::BAD_VALUE));
            }
            Some(chosen) => (chosen, None),
            None => {
                let drawn = draw_password();
                (drawn.clone(), Some(drawn))
            }
        };
        Ok(Self {
            hash: slow_hash::make(&chosen).await?,
            drawn,
            totp: totp::draw(),
        })
    }

    fn shown(
        self,
        operator: OperatorId,
        sign_in_name: String,
    ) -> Result<Credentials, IdentityError> {
        let otpauth = totp::otpauth(&self.totp, &sign_in_name)?;
        Ok(Credentials {
            operator,
            sign_in_name,
            password: self.drawn,
            otpauth,
        })
    }
}

/// 20 letters of a 32-letter alphabet without look-alikes: 100 bits.
fn draw_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |byte: &u8| char::from(*LETTERS.get(usize::from(byte % 32)).unwrap_or(&b'a'));
    random::<20>().iter().map(letter).collect()
}

/// Adds an operator.
///
/// # Errors
/// [`IdentityError::Taken`] where the name is taken; [`IdentityError::Field`] for a bad name,
/// password, or a role that needs a centre and has none.
pub async fn add(foundation: &Foundation, new: NewOperator) -> Result<Credentials, IdentityError> {
    check(&new)?;
    let secrets = Secrets::make(new.password.clone()).await?;
    let id = OperatorId::new();
    let now = foundation.clock.now();
    let row = row(foundation, &new, id, &secrets, now)?;
    let keys = foundation.keys.clone();
    let phone = new.phone.clone();
    let added = foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let added = store::add(conn, &row)?;
            if let (1, Some(phone)) = (added, &phone) {
                addresses::put_phone(
                    conn,
                    &keys,
                    OwnerKind::Operator,
                    id.into(),
                    phone.as_str(),
                    now,
                )?;
            }
            Ok::<_, IdentityError>(added)
        })
        .await?;
    if added == 0 {
        return Err(IdentityError::Taken);
    }
    secrets.shown(id, new.sign_in_name)
}

fn check(new: &NewOperator) -> Result<(), IdentityError> {
    let sign =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    if !bounds::SIGN_IN_NAME.contains(&new.sign_in_name.len())
        || !new.sign_in_name.chars().all(sign)
    {
        return Err(IdentityError::Field("sign_in_name", Code::BAD_VALUE));
    }
    if !bounds::FULL_NAME.contains(&new.name.trim().chars().count()) {
        return Err(IdentityError::Field("name", Code::BAD_VALUE));
    }
    for (field, text) in [("corporation", &new.corporation), ("badge", &new.badge)] {
        let fits = |text: &String| bounds::is_line(text, &bounds::BADGE);
        if !text.as_ref().is_none_or(fits) {
            return Err(IdentityError::Field(field, Code::BAD_VALUE));
        }
    }
    if new.role.works_records() && new.centre.is_none() {
        return Err(IdentityError::Field("centre", Code::MISSING_FIELD));
    }
    Ok(())
}

fn row(
    foundation: &Foundation,
    new: &NewOperator,
    id: OperatorId,
    secrets: &Secrets,
    now: At,
) -> Result<OperatorRow, IdentityError> {
    let keys = &foundation.keys;
    let seal = |column, text: &str| keys.seal_text("operators", column, id.bytes(), text);
    Ok(OperatorRow {
        id,
        municipality: new.municipality,
        centre: new.centre,
        role: new.role.as_str().to_owned(),
        sign_in_name: new.sign_in_name.clone(),
        sealed_name: seal("sealed_name", new.name.trim()),
        name_lookup: people::name_lookup(keys, &new.name)
            .ok_or(IdentityError::Field("name", Code::BAD_VALUE))?,
        badge_lookup: new
            .badge
            .as_deref()
            .and_then(|badge| people::badge_lookup(keys, badge)),
        corporation: new
            .corporation
            .as_deref()
            .and_then(people::corporation_as_kept),
        unlisted: new.unlisted,
        password_hash: secrets.hash.clone(),
        sealed_totp: keys.seal("operators", "sealed_totp", id.bytes(), &secrets.totp),
        totp_last_step: 0,
        sealed_phone: new
            .phone
            .as_ref()
            .map(|phone| seal("sealed_phone", phone.as_str())),
        language: new.language.tag().to_owned(),
        failed_sign_ins: 0,
        locked_until: At::from_micros(0),
        created_at: now,
        disabled_at: None,
    })
}

/// Gives an operator a new password and TOTP secret, ends the sessions, lifts a lock and enables
/// the account again: alarms go to the phone that it had. A mailbox or webhook is to be set anew.
///
/// # Errors
/// [`IdentityError::NotFound`]; [`IdentityError::Field`] for a short password.
pub async fn reset(
    foundation: &Foundation,
    operator: OperatorId,
    password: Option<String>,
) -> Result<Credentials, IdentityError> {
    let secrets = Secrets::make(password).await?;
    let sealed = foundation
        .keys
        .seal("operators", "sealed_totp", operator.bytes(), &secrets.totp);
    let hash = secrets.hash.clone();
    let (now, keys) = (foundation.clock.now(), foundation.keys.clone());
    let name = foundation
        .db
        .write(WritePriority::Background, move |conn| {
            let row = store::by_id(conn, operator)?.ok_or(IdentityError::NotFound)?;
            store::reset(conn, operator, &hash, &sealed)?;
            store::revoke_all(conn, operator, now)?;
            if let (Some(sealed), Some(_)) = (&row.sealed_phone, row.disabled_at) {
                let e164 = keys.open_text("operators", "sealed_phone", operator.bytes(), sealed);
                if let Some(e164) = seal::or_none("an operator's number", operator, e164) {
                    let owner = operator.into();
                    addresses::put_phone(conn, &keys, OwnerKind::Operator, owner, &e164, now)?;
                }
            }
            Ok::<_, IdentityError>(row.sign_in_name)
        })
        .await?;
    secrets.shown(operator, name)
}

/// Disables an operator: sessions end and alarms stop, in the same transaction.
///
/// # Errors
/// [`IdentityError::NotFound`] where there is none, or it is disabled already.
pub async fn disable(foundation: &Foundation, operator: OperatorId) -> Result<(), IdentityError> {
    let now = foundation.clock.now();
    let change = move |conn: &mut Conn| {
        if store::disable(conn, operator, now)? == 0 {
            return Err(IdentityError::NotFound);
        }
        store::revoke_all(conn, operator, now)?;
        addresses::retire_owner(conn, operator.into(), "disabled", now)?;
        Ok(())
    };
    foundation.db.write(WritePriority::Background, change).await
}

/// The operator of a sign-in name, for the command line.
///
/// # Errors
/// [`IdentityError::NotFound`]; what the database says.
pub async fn find(
    foundation: &Foundation,
    sign_in_name: &str,
) -> Result<OperatorId, IdentityError> {
    let name = sign_in_name.to_owned();
    let found = foundation
        .db
        .read(move |conn| Ok::<_, IdentityError>(store::by_name(conn, &name)?))
        .await?;
    found.map(|row| row.id).ok_or(IdentityError::NotFound)
}

/// The TOTP code that this operator's app shows now.
///
/// # Errors
/// As [`totp_at`].
pub async fn totp_now(
    foundation: &Foundation,
    operator: OperatorId,
) -> Result<String, IdentityError> {
    totp_at(foundation, operator, foundation.clock.now()).await
}

/// The TOTP code that this operator's app shows at that moment: the demo signs its operators in with
/// the one of half a minute ago, so that the present one is still good for the person who watches.
///
/// # Errors
/// [`IdentityError::NotFound`]; [`IdentityError::Seal`]; what the database says.
pub async fn totp_at(
    foundation: &Foundation,
    operator: OperatorId,
    moment: At,
) -> Result<String, IdentityError> {
    let row = foundation
        .db
        .read(move |conn| Ok::<_, IdentityError>(store::by_id(conn, operator)?))
        .await?;
    let row = row.ok_or(IdentityError::NotFound)?;
    let secret =
        foundation
            .keys
            .open("operators", "sealed_totp", row.id.bytes(), &row.sealed_totp)?;
    totp::code_at(&secret, moment)
}
