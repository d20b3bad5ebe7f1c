//! Reads the body of a press: takes what it can, and never says no.

use serde_json::Value;

use crate::bounds;
use crate::clock::At;
use crate::http::{Arrived, LenientBody};
use crate::identity::model::Policy;
use crate::location::{Fix, Warning, parse_fix};

/// What a press says. Every part may be missing: the path and the token are the alert.
#[derive(Debug, Default)]
pub struct Press {
    /// A rehearsal: told as one, never to 911.
    pub drill: bool,
    /// Her choice for this alert, where it differs from her standing one.
    pub policy: Option<Policy>,
    /// The phone's clock at the press, as it claims.
    pub phone_at: Option<At>,
    /// Words of hers for the record.
    pub note: Option<String>,
    /// Where she was.
    pub fix: Option<Fix>,
    /// 0.0 to 1.0.
    pub battery: Option<f64>,
    /// What could not be understood, by path and code.
    pub warnings: Vec<Warning>,
}

impl Press {
    /// Reads a body. `now` is the server's time, against which the phone's is judged.
    #[must_use]
    pub fn read(body: &LenientBody, now: At) -> Self {
        let mut press = Self::default();
        match body.arrived {
            Arrived::Whole => {}
            Arrived::TooLarge => press.warn("", "too-large"),
            Arrived::TooSlow => press.warn("", "too-slow"),
            Arrived::Broken => press.warn("", "broken-body"),
        }
        if body.bytes.is_empty() {
            return press;
        }
        match body.json() {
            Some(Value::Object(parts)) => {
                for (name, value) in &parts {
                    press.take(name, value, now);
                }
                // What her phone is told goes by it, and is found again by the latest fix.
                if let Some(fix) = &mut press.fix {
                    fix.battery = press.battery;
                }
            }
            Some(_) => press.warn("", "not-an-object"),
            None => press.warn("", "bad-json"),
        }
        press
    }

    fn take(&mut self, name: &str, value: &Value, now: At) {
        if value.is_null() {
            return;
        }
        match name {
            // Unreadable is real: a drill told as real is a fright, the other way round it may be a
            // death.
            "drill" => match value.as_bool() {
                Some(drill) => self.drill = drill,
                None => self.warn(name, "not-a-bool"),
            },
            "policy" => match value.as_str().and_then(Policy::parse) {
                Some(policy) => self.policy = Some(policy),
                None => self.warn(name, "unknown-policy"),
            },
            "at" => match value.as_str().and_then(|t| At::parse(t).ok()) {
                Some(at) => self.phone_at = Some(at),
                None => self.warn(name, "not-a-time"),
            },
            "note" => match value.as_str() {
                Some(note) => {
                    self.note = Some(note.chars().take(*bounds::PRESS_NOTE.end()).collect());
                }
                None => self.warn(name, "not-a-text"),
            },
            "battery" => match value.as_f64().filter(|b| bounds::BATTERY.contains(b)) {
                Some(battery) => self.battery = Some(battery),
                None => self.warn(name, "out-of-range"),
            },
            "location" => {
                let (fix, warnings) = parse_fix(value, name, now, now);
                self.battery = self.battery.or(fix.as_ref().and_then(|f| f.battery));
                self.fix = fix;
                self.warnings.extend(warnings);
            }
            // Fields of a newer app need no warning.
            _ => {}
        }
    }

    fn warn(&mut self, path: &str, code: &'static str) {
        self.warnings.push(Warning::new(path, code));
    }
}

/// How far apart the phone's clock and ours were at a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneClock {
    /// The phone named no time.
    Silent,
    /// Within two minutes.
    Agrees,
    /// The press was queued on the phone for that many seconds.
    Late(u64),
    /// The phone claims a time to come: its clock is wrong.
    Ahead,
}

impl PhoneClock {
    /// Judges `phone` against `ours`.
    #[must_use]
    pub fn judge(phone: Option<At>, ours: At) -> Self {
        const SLACK_S: u64 = 120;
        let Some(phone) = phone else {
            return Self::Silent;
        };
        if phone.since(ours).as_secs() > SLACK_S {
            return Self::Ahead;
        }
        match ours.since(phone).as_secs() {
            late if late > SLACK_S => Self::Late(late),
            _ => Self::Agrees,
        }
    }
}
