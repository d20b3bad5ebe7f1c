//! `ampara openapi`

use std::process::ExitCode;

use anyhow::anyhow;

use super::Settings;
use crate::cli::say::say_all;
use crate::{app, http};

/// Print the API's description (OpenAPI 3.1, YAML), as committed in mobile-api-spec/openapi.yaml
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_: &Args, _: &Settings) -> anyhow::Result<ExitCode> {
    say_all(&http::openapi::yaml(&app::openapi()).map_err(|e| anyhow!(e))?);
    Ok(ExitCode::SUCCESS)
}
