//! `ampara operator`
//!
//! What: accounts of operators are added, changed, reset, disabled and listed, and their channels
//! for alarms set, beside a running server. Invariant: a password is shown once and is never an
//! argument. Path: [`lookup`] finds what a name or code stands for, `identity::operators` writes.
//! On failure: nothing is written, and the words say which argument is at fault.

mod change;
mod lookup;

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret as _;

use self::lookup::{centre_of, known, phone_of, role};
use super::{Settings, wait_for};
use crate::cli::say::{say, say_aside};
use crate::clock::Clock;
use crate::delivery::channels;
use crate::delivery::channels::email::mailbox::Mailbox;
use crate::delivery::channels::webhook::target::Target;
use crate::delivery::model::Channel;
use crate::foundation::Foundation;
use crate::identity::IdentityError;
use crate::identity::model::Role;
use crate::identity::operators::{self, Credentials, NewOperator};
use crate::ids::OperatorId;
use crate::language::Language;
use crate::municipality;

/// Add, reset, disable and list operators, beside a running server
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add an operator; the password and the authenticator's URI are shown once
    Add(Box<Add>),
    /// Give an operator a new password and authenticator secret, end the sessions, lift a lock,
    /// enable again
    Reset {
        /// Name to sign in with
        sign_in_name: String,
        #[command(flatten)]
        password: Password,
    },
    /// Change an operator's name, role, centre or phone; another role or centre ends the sessions
    Change(change::Change),
    /// Disable an operator: sessions and alarms end at once
    Disable {
        /// Name to sign in with
        sign_in_name: String,
    },
    /// Send an operator's alarms by letter as well, or no longer
    Email {
        /// Name to sign in with
        sign_in_name: String,
        /// The mailbox; takes the place of an earlier one
        #[arg(required_unless_present = "remove")]
        address: Option<String>,
        /// No longer by letter
        #[arg(long, conflicts_with = "address")]
        remove: bool,
    },
    /// Send an operator's alarms to a pager's webhook as well, or no longer; the secret that signs
    /// them is shown once
    Webhook {
        /// Name to sign in with
        sign_in_name: String,
        /// Where to: https, and no address inside a network but those of webhook.allow; takes the
        /// place of an earlier one
        #[arg(required_unless_present = "remove")]
        url: Option<String>,
        /// No longer by webhook
        #[arg(long, conflicts_with = "url")]
        remove: bool,
    },
    /// List a municipality's operators
    List {
        /// The municipality's code
        #[arg(long, default_value = municipality::chihuahua::CODE)]
        municipality: String,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Name to sign in with: 3 to 40 of a-z, 0-9, ".", "-", "_"
    sign_in_name: String,
    /// Full name; recognises an officer who is named in a conflict
    #[arg(long)]
    name: String,
    /// operator, supervisor, administrator or auditor
    #[arg(long, value_parser = role)]
    role: Role,
    /// The municipality's code
    #[arg(long, default_value = municipality::chihuahua::CODE)]
    municipality: String,
    /// The centre's code; operators and supervisors need one
    #[arg(long)]
    centre: Option<String>,
    /// Corporation, as DSPM
    #[arg(long)]
    corporation: Option<String>,
    /// Badge or employee number
    #[arg(long)]
    badge: Option<String>,
    /// Gets the records of people who named an officer
    #[arg(long)]
    unlisted: bool,
    /// Own phone for alarms
    #[arg(long)]
    phone: Option<String>,
    /// Own mailbox for alarms
    #[arg(long)]
    email: Option<String>,
    /// es or en
    #[arg(long, default_value = "es")]
    language: String,
    #[command(flatten)]
    password: Password,
}

/// Never an argument: every user of the machine sees those, and stay in the shell's history.
#[derive(Debug, clap::Args)]
struct Password {
    /// Read the password from the first line of standard input; else one is drawn and shown
    #[arg(long)]
    password_stdin: bool,
}

impl Password {
    fn read(&self) -> anyhow::Result<Option<String>> {
        if !self.password_stdin {
            return Ok(None);
        }
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .context("standard input")?;
        let password = line.trim_end_matches(['\r', '\n']);
        if password.chars().count() < 12 {
            bail!("the password on standard input has fewer than 12 characters");
        }
        Ok(Some(password.to_owned()))
    }
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let foundation = Foundation::open_beside(settings.load()?, Clock::system())?;
    wait_for(async {
        match &args.action {
            Action::Add(new) => show(&add(&foundation, new).await?),
            Action::Reset {
                sign_in_name,
                password,
            } => {
                let id = known(&foundation, sign_in_name).await?;
                show(&operators::reset(&foundation, id, password.read()?).await?);
            }
            Action::Change(change) => change::run(&foundation, change).await?,
            Action::Disable { sign_in_name } => {
                let id = known(&foundation, sign_in_name).await?;
                match operators::disable(&foundation, id).await {
                    Err(IdentityError::NotFound) => bail!("{sign_in_name} is disabled already"),
                    done => done?,
                }
            }
            Action::Email {
                sign_in_name,
                address,
                remove: _,
            } => {
                let id = known(&foundation, sign_in_name).await?;
                match address {
                    Some(address) => {
                        operators::set_email(&foundation, id, mailbox(address)?).await?;
                    }
                    None => gone(
                        operators::remove_channel(&foundation, id, Channel::Email).await,
                        "mailbox",
                    )?,
                }
            }
            Action::Webhook {
                sign_in_name,
                url,
                remove: _,
            } => {
                let id = known(&foundation, sign_in_name).await?;
                match url {
                    Some(url) => webhook(&foundation, id, url).await?,
                    None => gone(
                        operators::remove_channel(&foundation, id, Channel::Webhook).await,
                        "webhook",
                    )?,
                }
            }
            Action::List { municipality } => list(&foundation, municipality).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn mailbox(address: &str) -> anyhow::Result<Mailbox> {
    Mailbox::parse(address).context("no email can go to that address")
}

async fn webhook(foundation: &Foundation, id: OperatorId, url: &str) -> anyhow::Result<()> {
    let guard = channels::guard(&foundation.config)?;
    guard
        .check(url)
        .await
        .map_err(|why| anyhow::anyhow!("the address {why}"))?;
    let target = Target::new(url);
    let secret = target.secret.clone();
    operators::set_webhook(foundation, id, target).await?;
    say!("secret  {}", secret.expose_secret());
    say_aside!("Give it to the operator of the receiver: it is not shown again.");
    Ok(())
}

fn gone(removed: Result<(), IdentityError>, what: &str) -> anyhow::Result<()> {
    match removed {
        Err(IdentityError::NotFound) => bail!("there is no {what} to remove"),
        done => Ok(done?),
    }
}

async fn add(foundation: &Foundation, new: &Add) -> anyhow::Result<Credentials> {
    let code = new.municipality.clone();
    let found = foundation
        .db
        .read(move |conn| municipality::find(conn, &code))
        .await?;
    let here = found.with_context(|| lookup::no_municipality(&new.municipality))?;
    let centre = match &new.centre {
        None => None,
        Some(code) => Some(centre_of(foundation, here.id, code).await?),
    };
    let phone = new.phone.as_deref().map(|text| phone_of(text, &here));
    let phone = phone.transpose()?;
    let email = new.email.as_deref().map(mailbox).transpose()?;
    let operator = NewOperator {
        sign_in_name: new.sign_in_name.clone(),
        name: new.name.clone(),
        role: new.role,
        municipality: here.id,
        centre,
        corporation: new.corporation.clone(),
        badge: new.badge.clone(),
        unlisted: new.unlisted,
        phone,
        language: Language::of_tag(&new.language),
        password: new.password.read()?,
    };
    match operators::add(foundation, operator).await {
        Err(IdentityError::Taken) => {
            bail!(
                "there is an operator {} already: `ampara operator reset` makes a new password for it",
                new.sign_in_name
            )
        }
        Err(IdentityError::Field(field, _)) => {
            bail!("{field} is missing or cannot be used: see `ampara operator add --help`")
        }
        added => {
            let added = added?;
            if let Some(email) = email {
                operators::set_email(foundation, added.operator, email).await?;
            }
            Ok(added)
        }
    }
}

async fn list(foundation: &Foundation, code: &str) -> anyhow::Result<()> {
    let (wanted, keys) = (code.to_owned(), foundation.keys.clone());
    let listed = foundation.db.read(move |conn| {
        let Some(here) = municipality::find(conn, &wanted)? else {
            return Ok(None);
        };
        operators::list(conn, &keys, here.id, None, i64::MAX).map(Some)
    });
    let listed = listed.await.map_err(|e: IdentityError| e)?;
    for card in listed.with_context(|| lookup::no_municipality(code))? {
        let role = card.role.map_or("?", Role::as_str);
        let state = if card.disabled_at.is_some() {
            "disabled"
        } else {
            "enabled"
        };
        say!("{}\t{role}\t{state}\t{}", card.sign_in_name, card.name);
    }
    Ok(())
}

fn show(shown: &Credentials) {
    say!("name      {}", shown.sign_in_name);
    if let Some(password) = &shown.password {
        say!("password  {password}");
    }
    say!("totp      {}", shown.otpauth);
    say_aside!("Hand these over in person: they are not shown again.");
}
