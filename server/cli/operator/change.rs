//! `ampara operator change`

use anyhow::{Context as _, bail};

use super::lookup::{centre_of, known, no_municipality, phone_of, role};
use crate::cli::say::say;
use crate::foundation::Foundation;
use crate::identity::IdentityError;
use crate::identity::model::Role;
use crate::identity::operators::{self, OperatorChange};
use crate::municipality;

/// What is to become different.
#[derive(Debug, clap::Args)]
// A group that derive makes would hold the name to sign in with too, and so never be missing.
#[group(skip)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["name", "role", "centre", "phone", "no_phone"]))]
pub(super) struct Change {
    /// Name to sign in with
    sign_in_name: String,
    /// Full name; recognises an officer who is named in a conflict
    #[arg(long)]
    name: Option<String>,
    /// operator, supervisor, administrator or auditor
    #[arg(long, value_parser = role)]
    role: Option<Role>,
    /// The centre's code
    #[arg(long)]
    centre: Option<String>,
    /// Own phone for alarms; takes the place of an earlier one
    #[arg(long, conflicts_with = "no_phone")]
    phone: Option<String>,
    /// No longer by phone
    #[arg(long)]
    no_phone: bool,
    /// The municipality's code
    #[arg(long, default_value = municipality::chihuahua::CODE)]
    municipality: String,
}

pub(super) async fn run(foundation: &Foundation, change: &Change) -> anyhow::Result<()> {
    let id = known(foundation, &change.sign_in_name).await?;
    let code = change.municipality.clone();
    let found = foundation
        .db
        .read(move |conn| municipality::find(conn, &code))
        .await?;
    let here = found.with_context(|| no_municipality(&change.municipality))?;
    let centre = match &change.centre {
        None => None,
        Some(code) => Some(centre_of(foundation, here.id, code).await?),
    };
    let phone = match (&change.phone, change.no_phone) {
        (Some(text), _) => Some(Some(phone_of(text, &here)?)),
        (None, true) => Some(None),
        (None, false) => None,
    };
    let new = OperatorChange {
        name: change.name.clone(),
        role: change.role,
        centre,
        phone,
    };
    match operators::change(foundation, id, here.id, new).await {
        Err(IdentityError::NotFound) => bail!(
            "operator {} belongs to another municipality: name it by --municipality",
            change.sign_in_name
        ),
        Err(IdentityError::Field("centre", _)) => {
            bail!("operators and supervisors need a centre: name one by --centre")
        }
        Err(IdentityError::Field(..)) => bail!("--name is empty or longer than 100 characters"),
        done => done?,
    }
    say!("{}\tchanged", change.sign_in_name);
    Ok(())
}
