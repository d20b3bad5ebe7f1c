//! `ampara serve`

use std::process::ExitCode;

use super::{Settings, wait_for};
use crate::app::App;
use crate::clock::Clock;
use crate::telemetry;

/// Serve until SIGTERM or SIGINT
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_: &Args, settings: &Settings) -> anyhow::Result<ExitCode> {
    let config = settings.load()?;
    telemetry::start(&config.telemetry)?;
    wait_for(async {
        let app = App::build(config, Clock::system()).await?;
        tracing::info!(address = %app.address(), engine = ?app.foundation().db.engine(), "serving");
        app.run_until_stopped().await?;
        Ok(ExitCode::SUCCESS)
    })
}
