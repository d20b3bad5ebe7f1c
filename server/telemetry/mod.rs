//! Logs, the alarms among them, and what is measured ([`Meters`]).
//!
//! What: one subscriber a process, JSON for machines or text for eyes, on standard error (standard
//! output belongs to the demo's story and to commands' answers); [`alarms`] are caught on the way,
//! for ops. Invariant: nothing personal is logged or measured: no name, phone,
//! place, note, token, link or body; ids and codes are. A test of the whole server greps its logs
//! for canaries. Path: `main` starts it once the settings are read; rooms use `tracing`'s macros.
//! On failure: a level that is no filter is refused at start; a log that cannot be written never
//! stops a press.

pub(crate) mod alarms;
mod meters;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::Telemetry;

pub use meters::{Meters, WriteMeters};

/// At `debug` these libraries write request paths, addresses and headers, some of which are
/// secrets. A general level does not bring that in; only a filter that names one of their modules
/// does.
const TALKERS: [&str; 6] = [
    "actix_web=warn",
    "actix_http=warn",
    "actix_router=warn",
    "hyper=warn",
    "hyper_util=warn",
    "reqwest=warn",
];

/// Why logging did not start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is no filter.
    #[error(
        "settings: telemetry.level is no filter, such as \"info\" or \"info,ampara::delivery=debug\""
    )]
    Level,
}

/// Starts logging for this process; a second start changes nothing. Panics are logged too, by place
/// alone: a panic's message may hold what it choked on.
///
/// # Errors
/// A level that is no filter.
pub fn start(settings: &Telemetry) -> Result<(), TelemetryError> {
    if subscriber(settings, std::io::stderr)?.try_init().is_err() {
        // Several servers in one process, as in tests: the first one's choice stands.
        return Ok(());
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::error!(alarm = true, %place, "a panic: a fault of ours");
    }));
    Ok(())
}

fn subscriber<W>(
    settings: &Telemetry,
    to: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let mut filter = EnvFilter::try_new(&settings.level).map_err(|_| TelemetryError::Level)?;
    for talker in TALKERS {
        filter = filter.add_directive(talker.parse().map_err(|_| TelemetryError::Level)?);
    }
    let plain = fmt::layer().with_writer(to).with_ansi(false);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match settings.format.as_str() {
        "text" => plain.with_target(false).boxed(),
        _ => plain
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .boxed(),
    };
    // Alarms are caught whatever the lines' filter lets through.
    let alarms = alarms::Catch.with_filter(LevelFilter::ERROR);
    Ok(Box::new(
        Registry::default()
            .with(lines.with_filter(filter))
            .with(alarms),
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: &str, level: &str) -> String {
        let heard = Heard::default();
        let to = heard.clone();
        let settings = Telemetry {
            format: format.to_owned(),
            level: level.to_owned(),
        };
        tracing::subscriber::with_default(
            subscriber(&settings, move || to.clone()).unwrap(),
            || {
                tracing::info!(alert = 7, "raised");
                tracing::debug!("a detail");
                tracing::debug!(target: "actix_web::types::path", "a path with a token in it");
            },
        );
        String::from_utf8(heard.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_is_one_object_a_line_at_the_level_asked_for() {
        let text = logged("json", "info");
        let line: serde_json::Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(
            (&line["message"], &line["alert"], &line["level"]),
            (&"raised".into(), &7.into(), &"INFO".into())
        );
        assert_eq!(logged("json", "debug").lines().count(), 2);
        assert_eq!(logged("json", "off"), "");
        assert!(
            !logged("json", "trace").contains("token"),
            "a library's talk of paths is in the log"
        );
    }

    #[test]
    fn text_is_for_eyes_without_colours() {
        let text = logged("text", "info");
        assert!(
            text.contains("INFO raised alert=7") && !text.contains('\u{1b}'),
            "{text}"
        );
    }

    #[test]
    fn a_level_that_is_no_filter_is_refused() {
        let settings = Telemetry {
            format: "json".to_owned(),
            level: "ampara=loud".to_owned(),
        };
        assert!(matches!(
            subscriber(&settings, std::io::stderr),
            Err(TelemetryError::Level)
        ));
    }
}
