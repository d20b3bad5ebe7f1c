//! What a rehearsal takes from the real server: the municipality's senders, and whether the number
//! takes messages. Only reads.

use anyhow::bail;

use crate::cli::terminal::told;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Conn, DbError};
use crate::delivery::{PHONE_LOOKUP, stops};
use crate::foundation::Foundation;
use crate::municipality::{self, Municipality};
use crate::phone::Phone;

/// The supervisor's phone, and whose messages it gets.
pub struct RealPhone {
    pub number: Phone,
    pub municipality: Municipality,
    /// Whether a supervisor is called too, by the settings and the municipality.
    pub calls: bool,
}

/// Reads them.
///
/// # Errors
/// In words that say what to correct: the settings, the number, the municipality, its sender, or that
/// the number has said STOP.
pub async fn read(config: &Config, number: &str, code: &str) -> anyhow::Result<RealPhone> {
    let real = Foundation::open_beside(config.clone(), Clock::system())?;
    let asked = code.to_owned();
    let found = real
        .db
        .read(move |conn| municipality::find(conn, &asked))
        .await?;
    let Some(municipality) = found else {
        bail!(told("rehearse-no-municipality", &[("code", code)]));
    };
    let Ok(parsed) = Phone::parse(number, &municipality.area_code) else {
        bail!(told("rehearse-no-number", &[("number", number)]));
    };
    let (number, senders) = (parsed.phone, municipality.senders());
    if !config.sms.first().is_configured() || senders.texts.is_empty() {
        bail!(told("rehearse-no-texts", &[("code", &municipality.code)]));
    }
    let lookup = real.keys.lookup(PHONE_LOOKUP, number.as_str());
    let all: Vec<String> = senders
        .texts
        .iter()
        .chain(&senders.calls)
        .cloned()
        .collect();
    let stopped = move |conn: &mut Conn| stops::is_stopped(conn, &lookup, &all);
    if real.db.read::<_, DbError>(stopped).await? {
        bail!(told("rehearse-stopped", &[("number", number.as_str())]));
    }
    Ok(RealPhone {
        calls: config.voice.is_configured() && !senders.calls.is_empty(),
        number,
        municipality,
    })
}

impl RealPhone {
    /// What would be sent to where, before anything is.
    pub fn warning(&self, config: &Config) -> String {
        let calls = if self.calls { "2" } else { "0" };
        let seconds = config.plan.unclaimed_supervisors_s.to_string();
        let places = [
            ("number", self.number.as_str()),
            ("calls", calls),
            ("seconds", &seconds),
        ];
        told("rehearse-warning", &places)
    }
}
