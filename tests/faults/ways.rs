//! The ways to a contact in the order of a climb, the faults, and how each provider shows each of
//! them.

use std::time::Duration;

use ampara::delivery::channels::email::errors::Stage as GivenAnswer;
use ampara::delivery::model::Medium;

use super::stage::Stage;
use crate::harness::databases::TestDatabase;
use crate::harness::settings::TestSettings;
use crate::harness::smtp::{Face, Reply, Smtp};
use crate::harness::{fcm, twilio};

/// What a send may take where it is to take too long, and where it is not, on a busy machine
/// either; in milliseconds.
const TIME_OUT: i64 = 150;
const PATIENT: i64 = 2_000;
/// What is slow, but in time.
pub const SLOW: Duration = Duration::from_millis(60);
/// A name that no server need be asked for, since its first part is too long for one. (TLS would
/// refuse it unasked.)
pub const NOWHERE: &str =
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn.invalid";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Unavailable,
    TooMany,
    Unauthorised,
    Gone,
    TimeOut,
    ResetMidBody,
    Slow,
    Garbage,
    Tls,
    Dns,
}

pub const FAULTS: [Fault; 10] = [
    Fault::Unavailable,
    Fault::TooMany,
    Fault::Unauthorised,
    Fault::Gone,
    Fault::TimeOut,
    Fault::ResetMidBody,
    Fault::Slow,
    Fault::Garbage,
    Fault::Tls,
    Fault::Dns,
];

impl Fault {
    /// How long after a message failed the next channel is tried at the latest, in seconds.
    pub const fn leads_on_within(self) -> u64 {
        if matches!(self, Self::Slow) { 30 } else { 15 }
    }

    /// What the settings say instead of `here`, a provider's URL or host.
    fn moves(self, here: &str) -> String {
        match (self, here.contains("://")) {
            // A listener that speaks no TLS.
            (Self::Tls, true) => here.replace("http://", "https://"),
            (Self::Dns, true) => "https://nothing.invalid".to_owned(),
            (Self::Dns, false) => NOWHERE.to_owned(),
            _ => here.to_owned(),
        }
    }
}

/// A channel to contacts, and its provider.
pub struct Way {
    pub medium: Medium,
    /// The next channels, for a contact with the app, a number and a mailbox.
    pub next: fn(Fault) -> Option<Medium>,
    /// The setting that says where the provider is.
    at: &'static str,
    /// Makes the provider answer so (TLS and DNS fail by the settings alone); what comes of a try
    /// then, and its cause.
    answers: fn(&World, Fault) -> String,
}

pub static PUSH: Way = Way {
    medium: Medium::Push,
    next: |_| Some(Medium::Text),
    at: "fcm.base_url",
    answers: |world, fault| {
        let (answer, shown) = fcm_says(fault);
        world.stage.app.fcm.answers_all(answer);
        shown.to_owned()
    },
};

pub static TEXT: Way = Way {
    medium: Medium::Text,
    // No call without a number, nor over silence alone.
    next: |fault| {
        Some(if matches!(fault, Fault::Gone | Fault::Slow) {
            Medium::Email
        } else {
            Medium::Call
        })
    },
    at: "sms.base_url",
    answers: |world, fault| {
        let (answer, (outcome, cause)) = twilio_says(fault);
        world.stage.app.twilio.answers_all(answer);
        format!("{outcome}: sms {cause}")
    },
};

pub static CALL: Way = Way {
    medium: Medium::Call,
    next: |_| Some(Medium::Email),
    at: "voice.base_url",
    answers: |world, fault| {
        let (answer, (outcome, cause)) = twilio_says(fault);
        world.stage.app.twilio.answers_all_calls(answer);
        format!("{outcome}: voice {cause}")
    },
};

pub static MAIL: Way = Way {
    medium: Medium::Email,
    next: |_| None,
    at: "email.host",
    answers: |world, fault| {
        let (answer, shown) = relay_says(fault);
        if let Some((stage, reply)) = answer {
            world.smtp.answers_all(stage, reply);
        }
        shown.to_owned()
    },
};

/// As they are climbed.
static CLIMB: [&Way; 4] = [&PUSH, &TEXT, &CALL, &MAIL];

fn fcm_says(fault: Fault) -> (fcm::Answer, &'static str) {
    use fcm::Answer as A;
    match fault {
        Fault::Unavailable => (A::Unavailable(None), "again: fcm 503 UNAVAILABLE"),
        Fault::TooMany => (A::Quota(Some(20)), "again: fcm 429 QUOTA_EXCEEDED"),
        Fault::Unauthorised => (A::Unauthorised, "failed: fcm 401 twice"),
        Fault::Gone => (A::Unregistered, "failed: fcm 404 UNREGISTERED"),
        Fault::TimeOut => (A::Hang, "again: fcm time-out"),
        Fault::ResetMidBody => (A::ResetMidBody, "again: fcm connection broke"),
        Fault::Slow => (A::Slow(SLOW), "sent: fcm 200"),
        Fault::Garbage => (A::Garbage, "again: fcm 200"),
        Fault::Tls | Fault::Dns => (A::Ok, "again: fcm no connection"),
    }
}

/// What comes of it apart from its cause, in which the channel's name comes first.
fn twilio_says(fault: Fault) -> (twilio::Answer, (&'static str, &'static str)) {
    use twilio::Answer as A;
    match fault {
        Fault::Unavailable => (A::Unavailable, ("again", "503 20503")),
        Fault::TooMany => (A::TooMany(Some(20)), ("again", "429 20429")),
        Fault::Unauthorised => (A::Unauthorised, ("failed", "401 20003")),
        Fault::Gone => (
            A::Refused(twilio::answer::INVALID_NUMBER),
            ("failed", "400 21211"),
        ),
        Fault::TimeOut => (A::Hang, ("again", "time-out")),
        Fault::ResetMidBody => (A::ResetMidBody, ("again", "connection broke")),
        Fault::Slow => (A::Slow(SLOW), ("sent", "201")),
        Fault::Garbage => (A::Garbage, ("again", "201")),
        Fault::Tls | Fault::Dns => (A::Queued, ("again", "no connection")),
    }
}

/// What is nearest to it in SMTP, and when it is said. `None`: the relay is never talked to.
fn relay_says(fault: Fault) -> (Option<(GivenAnswer, Reply)>, &'static str) {
    use Reply::{BreaksOff, Hangs, Says, Slow};
    let (stage, reply, shown) = match fault {
        Fault::Unavailable => (
            GivenAnswer::Greeting,
            Says("421 4.3.2 shutting down"),
            "again: email greeting 421 4.3.2",
        ),
        // Nothing in SMTP says "too many" but of one mailbox.
        Fault::TooMany => (
            GivenAnswer::Rcpt,
            Says("452 4.2.2 mailbox full"),
            "again: email rcpt 452 4.2.2",
        ),
        Fault::Unauthorised => (
            GivenAnswer::Auth,
            Says("535 5.7.8 credentials invalid"),
            "failed: email auth 535 5.7.8",
        ),
        Fault::Gone => (
            GivenAnswer::Rcpt,
            Says("550 5.1.1 no such user"),
            "failed: email rcpt 550 5.1.1",
        ),
        Fault::TimeOut => (GivenAnswer::Data, Hangs, "again: email: time-out"),
        Fault::ResetMidBody => (
            GivenAnswer::Data,
            BreaksOff("250 2.0.0 que"),
            "again: email data: connection broke",
        ),
        Fault::Slow => (GivenAnswer::Data, Slow(SLOW), "sent: email 250"),
        Fault::Garbage => (
            GivenAnswer::Data,
            Says("<html>captive portal</html>"),
            "again: email data: no SMTP",
        ),
        Fault::Tls => return (None, "failed: email starttls: TLS that cannot be trusted"),
        Fault::Dns => return (None, "again: email greeting: no connection"),
    };
    (Some((stage, reply)), shown)
}

/// People whose contacts have the app, a number that takes texts and calls, and a mailbox.
pub struct World {
    pub stage: Stage,
    pub smtp: Smtp,
    /// What comes of some tries over the way, and the cause; over others a breaker may have its
    /// say.
    pub shown: String,
}

impl World {
    /// One provider fails in one way. Those before it in a climb refuse all, so that it is reached
    /// at once.
    pub async fn set(database: TestDatabase, people: usize, way: &Way, fault: Fault) -> Self {
        let foreign = way.medium == Medium::Email && fault == Fault::Tls;
        let smtp = Smtp::with_face(if foreign {
            Face::AnotherAuthority
        } else {
            Face::Good
        });
        let stage = Stage::set(database, people, |settings| {
            smtp.serves(settings);
            let (section, key) = way.at.split_once('.').unwrap();
            let here = settings.table[section][key].as_str().unwrap().to_owned();
            settings.set(way.at, fault.moves(&here));
            short(settings, fault);
        })
        .await;
        stage.opens_all_ways().await;
        let mut world = Self {
            stage,
            smtp,
            shown: String::new(),
        };
        for before in CLIMB
            .iter()
            .take_while(|before| before.medium != way.medium)
        {
            (before.answers)(&world, Fault::Unauthorised);
        }
        world.shown = (way.answers)(&world, fault);
        world
    }

    /// All that came.
    pub fn take_all(&self) {
        self.stage.app.fcm.take_all();
        self.stage.app.twilio.take_all();
        self.stage.app.twilio.take_calls();
        self.smtp.take_all();
    }
}

/// The first messages alone, and short deadlines: each ends a minute after it was owed.
pub fn short(settings: &mut TestSettings, fault: Fault) {
    let connect = if matches!(fault, Fault::TimeOut | Fault::Dns) {
        TIME_OUT
    } else {
        PATIENT
    };
    settings
        .set("delivery.connect_timeout_ms", connect)
        .set(
            "delivery.total_timeout_ms",
            if fault == Fault::TimeOut {
                TIME_OUT
            } else {
                PATIENT
            },
        )
        .set("plan.alarm_deadline_s", 60)
        .set("plan.unanswered_s", 600)
        .set("plan.call_911_s", 3_600);
}
