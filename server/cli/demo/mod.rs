//! `ampara demo`: one alert from press to close, shown as it happens.
//!
//! What: a server on embedded SQLite with the Chihuahua demo, whose people act over real HTTP
//! against it: Ana signs in, builds her network, presses and walks; her contacts' lock screens and
//! the operator's queue are shown with times. Invariant: nothing leaves this machine: all that
//! would be sent is shown on the terminal instead, and the demo refuses to listen anywhere but on
//! loopback. Its people and secrets are made up, and made anew in each directory. Path: [`stage`]
//! seeds and signs all people in, [`story`] plays, then the server goes on serving and
//! [`afterwards`] shows what comes. On failure: the step that failed is named, and the server
//! stops; the directory can be removed and made again.

mod afterwards;
mod api;
mod feed;
mod phones;
mod stage;
mod story;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::{Settings, wait_for};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, DatabaseUrl};
use crate::delivery::Channels;
use crate::foundation::Foundation;
use crate::seal::Keyring;

/// Show the main job on made-up people in Chihuahua, then go on serving; nothing leaves this
/// machine
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the demo's database and keys are kept
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    data: PathBuf,
    /// Where to listen; only an address of this machine
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Stop after the story instead of going on serving
    #[arg(long)]
    once: bool,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    if !args.bind.ip().is_loopback() {
        bail!(
            "the demo's sign-ins are on the screen for all to read: --bind takes only an address of this machine"
        );
    }
    let config = configure(args, settings.load()?)?;
    wait_for(async {
        let (printer, phones) = phones::open();
        let clock = Clock::system();
        Keyring::make(&config.seal.key_dir, clock.now(), 4)?;
        let foundation = Foundation::open(config, clock)?;
        let app = App::on(foundation.clone(), Channels::demo(printer)).await?;
        let (address, stop) = (app.address(), app.stop());
        let serving = tokio::spawn(app.run_until_stopped());
        let base = format!("http://{address}");
        let told = async {
            let cast = stage::set(&foundation, &base, &phones, &args.data)
                .await
                .context("setting the stage")?;
            let feed = story::tell(&foundation, &base, &cast, &phones)
                .await
                .context("telling the story")?;
            story::invite_to_press(&base, &cast, &args.data);
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
        Ok(ExitCode::SUCCESS)
    })
}

/// The settings of the demo over those of the file and the environment.
fn configure(args: &Args, mut config: Config) -> anyhow::Result<Config> {
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("making {}", args.data.display()))?;
    let database = args.data.join("ampara.db");
    config.database.url = DatabaseUrl::new(format!("sqlite:{}", database.display()));
    config.seal.key_dir = args.data.join("keys");
    config.http.bind = args.bind.to_string();
    config.metrics.bind = String::new();
    config.http.public_url = format!("http://{}", args.bind);
    // Every message is shown on the terminal, calls too: no such account is ever asked.
    config.voice.account_sid = "demo".to_owned();
    config.voice.auth_token_file = Some(args.data.join("none"));
    Ok(config)
}
