//! `ampara demo`: one alert from press to close, shown as it happens.
//!
//! What: a server on embedded SQLite with the Chihuahua demo, whose people act over real HTTP
//! against it: Ana signs in, builds her network, presses and walks; her contacts' lock screens and
//! the operator's queue are shown with times. Invariant: all that would be sent is shown on the
//! terminal instead, and nothing leaves this machine but pushes of the one app that `--fcm` names. The
//! demo listens on loopback alone unless `--lan` opens it to the local network, after a warning. Its
//! people and secrets are made up, and made anew in each directory; their numbers, and only theirs,
//! sign in by a code that is known. Path: [`stage`] seeds and signs all people in, [`story`] plays,
//! then the server goes on serving, [`next`] says what to try and [`afterwards`] shows what comes. On
//! failure: the step that failed is named, and the server stops; the directory can be removed and
//! made again.

mod afterwards;
pub(super) mod api;
mod feed;
mod lan;
mod next;
pub(super) mod phones;
pub(super) mod stage;
mod steps;
mod story;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::say::say;
use super::terminal::told;
use super::{Settings, wait_for};
use crate::app::{App, AppError};
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl, FcmApp};
use crate::delivery::Channels;
use crate::foundation::Foundation;
use crate::seal::Keyring;

/// Show the main job on made-up people in Chihuahua, then go on serving; nothing leaves this
/// machine, unless --fcm is given
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the demo's database and keys are kept
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
    /// Where to listen; only an address of this machine, unless --lan is given
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Let phones of the local network use the demo too; its address is shown as a QR code
    #[arg(long)]
    lan: bool,
    /// Really send pushes to an app of yours: the service account of its Firebase project
    #[arg(long, value_name = "FILE", requires = "app_id")]
    fcm: Option<PathBuf>,
    /// The app's id, as it registers for pushes
    #[arg(long, value_name = "APP_ID", requires = "fcm")]
    app_id: Option<String>,
    /// Stop after the story instead of going on serving
    #[arg(long)]
    once: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print fresh tokens of one of the running demo's people: ana, beatriz or carmen; for olga and
    /// saul, who work at 911, a sign-in to paste
    Token {
        /// Whose
        name: String,
    },
    /// Put the running demo's clock ahead, to see what comes after a minute without an answer
    Step {
        /// By how much: 60s, 5m or 2h
        #[arg(value_parser = steps::span)]
        by: std::time::Duration,
    },
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    if let Some(Action::Step { by }) = &args.action {
        steps::ask(&args.data, *by)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !args.bind.ip().is_loopback() {
        bail!(told("demo-bind-elsewhere", &[]));
    }
    let config = configure(args, settings.load()?)?;
    if let Some(Action::Token { name }) = &args.action {
        let foundation = Foundation::open_beside(config, Clock::system())?;
        let base = format!("http://{}", args.bind);
        wait_for(next::token(&foundation, &base, &args.data, name))?;
        return Ok(ExitCode::SUCCESS);
    }
    wait_for(play(args, config))
}

/// Sets the stage, tells the story, and goes on serving until it is stopped.
async fn play(args: &Args, config: Config) -> anyhow::Result<ExitCode> {
    let (printer, phones) = phones::open();
    let clock = Clock::ahead();
    Keyring::make(&config.seal.key_dir, clock.now(), 4)?;
    let public = config.http.public_url.clone();
    let foundation = Foundation::open(config, clock.clone())?;
    let own = own_app(args);
    let channels = match &own {
        Some(app) => Channels::demo_with_pushes(printer, &foundation.config, &clock, app)?,
        None => Channels::demo(printer),
    };
    let app = match App::on(foundation.clone(), channels).await {
        Err(AppError::Bind(_, error)) if error.kind() == ErrorKind::AddrInUse => {
            let address = args.bind.to_string();
            bail!(told("demo-port-taken", &[("address", &address)]))
        }
        app => app?,
    };
    let (port, stop) = (app.port(), app.stop());
    let serving = tokio::spawn(app.run_until_stopped());
    let stepping = tokio::spawn(steps::take(args.data.clone(), clock));
    let base = format!("http://{}", SocketAddr::new(args.bind.ip(), port));
    if args.lan {
        lan::announce(&public);
    }
    if let Some(app) = &own {
        say!("{}\n", told("demo-fcm", &[("app", &app.app_id)]));
    }
    let told = async {
        let cast = stage::set(&foundation, &base, &phones, &args.data, own.as_ref())
            .await
            .context("setting the stage")?;
        let feed = story::tell(&foundation, &base, &cast, &phones)
            .await
            .context("telling the story")?;
        next::invite(&foundation, &base, &cast, &args.data).await?;
        anyhow::Ok((cast, feed))
    };
    let showing = match told.await {
        Ok((cast, feed)) if !args.once => {
            tokio::spawn(async move { afterwards::show(&cast, &phones, feed).await })
        }
        other => {
            stop.now();
            serving.await??;
            other?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    serving.await??;
    showing.abort();
    stepping.abort();
    Ok(ExitCode::SUCCESS)
}

/// The app whose pushes leave, where one is named.
fn own_app(args: &Args) -> Option<FcmApp> {
    Some(FcmApp {
        app_id: args.app_id.clone()?,
        service_account_file: args.fcm.clone()?,
    })
}

/// The settings of the demo over those of the file and the environment.
fn configure(args: &Args, mut config: Config) -> anyhow::Result<Config> {
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("making {}", args.data.display()))?;
    let database = args.data.join("ampara.db");
    config.database.url = DatabaseUrl::new(format!("sqlite:{}", database.display()));
    config.seal.key_dir = args.data.join("keys");
    let (bind, public) = match args.lan {
        true => (
            lan::listen(args.bind.port()),
            lan::address(args.bind.port())?,
        ),
        false => (args.bind, args.bind),
    };
    config.http.bind = bind.to_string();
    config.metrics.bind = String::new();
    config.http.public_url = format!("http://{public}");
    // Every message is shown on the terminal, calls too: no such account is ever asked.
    config.voice.account_sid = "demo".to_owned();
    config.voice.auth_token_file = Some(args.data.join("none"));
    Ok(config)
}
