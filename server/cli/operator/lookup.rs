//! What a name, a code or a number on the command line stands for.

use anyhow::{Context as _, anyhow, bail};

use crate::escalation::centres;
use crate::foundation::Foundation;
use crate::identity::IdentityError;
use crate::identity::model::Role;
use crate::identity::operators;
use crate::ids::{CentreId, MunicipalityId, OperatorId};
use crate::municipality::Municipality;
use crate::phone::{Phone, PhoneFault};

/// The operator of that sign-in name.
pub(super) async fn known(
    foundation: &Foundation,
    sign_in_name: &str,
) -> anyhow::Result<OperatorId> {
    match operators::find(foundation, sign_in_name).await {
        Err(IdentityError::NotFound) => {
            bail!("there is no operator {sign_in_name}: `ampara operator list` shows them")
        }
        found => Ok(found?),
    }
}

/// The centre of that code, unless it is retired.
pub(super) async fn centre_of(
    foundation: &Foundation,
    municipality: MunicipalityId,
    code: &str,
) -> anyhow::Result<CentreId> {
    let all = foundation
        .db
        .read(move |conn| centres::list(conn, municipality))
        .await?;
    let centre = all
        .iter()
        .find(|centre| centre.code == code)
        .with_context(|| {
            format!(
                "there is no centre {code}: `ampara centre list` shows them, `ampara centre import` adds one"
            )
        })?;
    if centre.is_retired {
        bail!("centre {code} is retired: choose another, or import it again");
    }
    Ok(centre.id)
}

/// The number as it is dialled from that municipality.
pub(super) fn phone_of(text: &str, here: &Municipality) -> anyhow::Result<Phone> {
    let fault = |fault: PhoneFault| {
        anyhow!(
            "--phone cannot be dialled ({}): give it as +526141234567, or with its area code as '614 123 4567'",
            fault.code().code
        )
    };
    Ok(Phone::parse(text, &here.area_code).map_err(fault)?.phone)
}

/// For a code that names no municipality.
pub(super) fn no_municipality(code: &str) -> String {
    format!(
        "there is no municipality {code}: `ampara municipality list` shows them, and --municipality names one"
    )
}

/// The role of that word.
pub(super) fn role(word: &str) -> Result<Role, String> {
    Role::parse(word)
        .ok_or_else(|| "one of operator, supervisor, administrator, auditor".to_owned())
}
