//! What to try after the story, as lines to copy; and fresh tokens for later.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::stage::{self, Cast, Desk};
use crate::cli::say::say;
use crate::cli::terminal::told;
use crate::foundation::Foundation;
use crate::identity::operators;

/// Three things to try, each as it can be pasted.
pub async fn invite(
    foundation: &Foundation,
    base: &str,
    cast: &Cast,
    data: &Path,
) -> anyhow::Result<()> {
    say!("\n{}\n", told("demo-goes-on", &[("base", base)]));
    say!("{}\n", told("demo-try-press", &[]));
    say!("  curl -X PUT {base}/v1/alerts/$(cat /proc/sys/kernel/random/uuid) \\");
    say!(
        "       -H 'Authorization: Bearer {}'\n",
        cast.ana.alert_token
    );
    if let Some(desk) = cast.desks.first() {
        say!("{}\n", told("demo-try-sign-in", &[("name", &desk.name)]));
        say!("  {}\n", sign_in(foundation, base, desk).await?);
    }
    let program = std::env::current_exe().unwrap_or_else(|_| "ampara".into());
    say!("{}\n", told("demo-try-token", &[]));
    say!(
        "  {} demo --data {} --bind {} token ana\n",
        program.display(),
        data.display(),
        base.trim_start_matches("http://")
    );
    say!("{}", told("demo-try-step", &[]));
    say!("{}", told("demo-pages", &[("base", base)]));
    say!("{}", told("demo-codes", &[]));
    say!("{}", told("demo-authenticator", &[]));
    for desk in &cast.desks {
        say!("  {} ({}): {}", desk.sign_in_name, desk.name, desk.otpauth);
    }
    say!("{}", told("demo-stop", &[]));
    Ok(())
}

/// A sign-in that works now: the story used an older code.
async fn sign_in(foundation: &Foundation, base: &str, desk: &Desk) -> anyhow::Result<String> {
    let totp = operators::totp_now(foundation, desk.operator).await?;
    Ok(format!(
        "curl -i {base}/v1/operators/sign-in -H 'Content-Type: application/json' \
         -d '{{\"name\":\"{}\",\"password\":\"{}\",\"totp\":\"{totp}\"}}'",
        desk.sign_in_name, desk.password
    ))
}

/// Prints tokens of one of the cast that are good now. The demo must be running.
pub async fn token(
    foundation: &Foundation,
    base: &str,
    data: &Path,
    name: &str,
) -> anyhow::Result<()> {
    let mut cast = stage::kept(data)?
        .with_context(|| told("demo-none", &[("folder", &data.display().to_string())]))?;
    if let Some(desk) = cast.desks.iter().find(|desk| desk.sign_in_name == name) {
        say!("{}", sign_in(foundation, base, desk).await?);
        return Ok(());
    }
    let people = std::iter::once(&mut cast.ana).chain(&mut cast.with_app);
    let called = |full: &str| full.to_lowercase().split(' ').next() == Some(name);
    let Some(phone) = people.into_iter().find(|phone| called(&phone.name)) else {
        bail!(told("demo-people", &[]));
    };
    stage::refresh(base, phone)
        .await
        .with_context(|| told("demo-no-answer", &[]))?;
    say!("access  {}", phone.access);
    say!("alert   {}", phone.alert_token);
    say!("device  {}", phone.device);
    stage::keep(data, &cast)
}
