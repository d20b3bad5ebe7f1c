//! Logs: one line a thing that happened, JSON for machines or text for eyes.
//!
//! Invariant: nothing personal is ever logged; what a client sent is not either. Spans carry path patterns and request
//! ids (`http::request_id`), rooms log codes and counts.

use tracing_subscriber::EnvFilter;

use crate::config::Telemetry;

/// Why logs cannot be written as asked.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `telemetry.level` is no filter.
    #[error("telemetry.level is no level or filter such as \"info\" or \"info,ampara::delivery=debug\"")]
    Level,
}

/// Starts logging to standard error. A second call changes nothing: the first one's choice stands.
///
/// # Errors
/// [`TelemetryError::Level`].
pub fn start(settings: &Telemetry) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&settings.level).map_err(|_| TelemetryError::Level)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Already started (several servers in one process, as in tests): keep what there is.
    let _ = if settings.format == "json" {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.compact().try_init()
    };
    Ok(())
}
