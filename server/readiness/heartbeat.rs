//! The heartbeat: a signed statement, made anew each minute, of what works. It tells an outage from
//! no coverage.
//!
//! It is served from memory, so that asking costs nothing and an outage of the database is told
//! too. What does not work is false and what is not known is not there: an app takes both for "does
//! not work". A statement past its time is not served, so that a worker which has stopped does not
//! look like a quiet night.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

use super::alerting::{self, PATIENCE};
use crate::alerts::{AlertError, Alerts};
use crate::clock::At;
use crate::db::{Conn, DbError};
use crate::delivery::Delivery;
use crate::escalation::{Acting, CentreCache};
use crate::http::health::Readiness;
use crate::identity::{IdentityError, Signer};
use crate::ids::CentreId;
use crate::municipality;

/// Pinned in the header and in `aud`, so that no access token passes for a heartbeat, nor the other
/// way round.
const TYP: &str = "heartbeat+jwt";
const AUDIENCE: &str = "ampara-heartbeat";

/// What the statement says. Times in seconds since 1970, as RFC 7519 asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Claims {
    iss: &'static str,
    aud: &'static str,
    iat: i64,
    exp: i64,
    #[serde(flatten)]
    state: State,
}

/// What works.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct State {
    /// This node can durably take an alert, and asks its plan in time.
    alerts: bool,
    /// By `app_id`: pushes leave.
    push: BTreeMap<String, bool>,
    /// Text messages leave.
    sms: bool,
    /// Calls leave.
    voice: bool,
    /// By the municipality's code: every centre that gets its records has an operator on shift.
    /// Never which one has not.
    nine11: BTreeMap<String, bool>,
}

/// A statement that was made.
struct Made {
    until: At,
    jws: String,
    state: State,
    /// Municipalities whose shift was there when it was made.
    there: BTreeSet<String>,
}

/// The statement, as all clients get it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statement {
    /// A compact JWS (RFC 7515), EdDSA, `typ` `heartbeat+jwt`, by a key of
    /// `/.well-known/jwks.json`.
    #[schema(
        example = "eyJhbGciOiJFZERTQSIsInR5cCI6ImhlYXJ0YmVhdCtqd3QiLCJraWQiOiIuLi4ifQ.eyJhbGVydHMiOnRydWV9.c2ln"
    )]
    heartbeat: String,
}

/// Makes it and keeps the last. Clones share it.
#[derive(Clone)]
pub struct Heartbeat {
    alerts: Alerts,
    delivery: Delivery,
    signer: Signer,
    readiness: Arc<Readiness>,
    last: Arc<RwLock<Option<Arc<Made>>>>,
}

impl Heartbeat {
    /// None is made yet.
    #[must_use]
    pub fn new(
        alerts: Alerts,
        delivery: Delivery,
        signer: Signer,
        readiness: Arc<Readiness>,
    ) -> Self {
        Self {
            alerts,
            delivery,
            signer,
            readiness,
            last: Arc::default(),
        }
    }

    /// The last one, while it is good.
    pub(crate) fn current(&self) -> Option<Statement> {
        let now = self.alerts.now();
        self.last()
            .filter(|made| now < made.until)
            .map(|made| Statement {
                heartbeat: made.jws.clone(),
            })
    }

    fn last(&self) -> Option<Arc<Made>> {
        self.last
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Asks what works and makes the next.
    ///
    /// # Errors
    /// Where it cannot be signed.
    pub async fn renew(&self) -> Result<(), IdentityError> {
        let db = &self.alerts.foundation.db;
        let (takes, works, known, stands) = tokio::join!(
            self.readiness.ask(db),
            self.delivery.probe(),
            self.known(),
            alerting::standing_of(&self.alerts, &self.delivery)
        );
        let limits = &self.alerts.foundation.config.health;
        let (acts, sends) = match &stands {
            Ok(stands) => (stands.acts(limits), stands.sends(limits)),
            Err(_) => (false, false),
        };
        let last = self.last();
        let was_there = last.as_ref().map(|made| &made.there);
        let state = State {
            alerts: takes && acts,
            push: known
                .apps
                .iter()
                .map(|app| (app.clone(), sends && works.push(app)))
                .collect(),
            sms: sends && works.sms(),
            voice: sends && works.voice(),
            nine11: nine11(&known.municipalities, was_there),
        };
        let there = known
            .municipalities
            .into_iter()
            .filter(|(_, there)| *there)
            .map(|(code, _)| code)
            .collect();
        warn(last.as_ref().map(|made| &made.state), &state);
        let now = self.alerts.now();
        let until = now.plus(Duration::from_secs(
            self.alerts.foundation.config.health.heartbeat_valid_s,
        ));
        let (iat, exp) = (now.micros() / 1_000_000, until.micros() / 1_000_000);
        let claims = Claims {
            iss: "ampara",
            aud: AUDIENCE,
            iat,
            exp,
            state: state.clone(),
        };
        let made = Made {
            until,
            jws: self.signer.sign(TYP, &claims, now).await?,
            state,
            there,
        };
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(made));
        Ok(())
    }

    /// Apps and shifts; nothing where the database cannot be read.
    async fn known(&self) -> Known {
        let (now, cache) = (self.alerts.now(), self.alerts.centres().clone());
        let read = self
            .alerts
            .foundation
            .db
            .read(move |conn| Known::read(conn, &cache, now));
        let read = tokio::time::timeout(PATIENCE, read)
            .await
            .unwrap_or_else(|_| Err(DbError::TimedOut.into()));
        read.unwrap_or_else(|error| {
            tracing::error!(%error, "the heartbeat cannot read who is on shift");
            Known::default()
        })
    }
}

/// What the database says of it.
#[derive(Default)]
struct Known {
    apps: Vec<String>,
    /// Each municipality's code, and whether an operator is at every centre that gets its records.
    municipalities: Vec<(String, bool)>,
}

impl Known {
    fn read(conn: &mut Conn, cache: &CentreCache, now: At) -> Result<Self, AlertError> {
        let apps = municipality::apps(conn)?
            .into_iter()
            .map(|(app, _)| app)
            .collect();
        let centres = cache.get(conn)?;
        let mut municipalities = Vec::new();
        for municipality in municipality::list(conn)? {
            let getting: Vec<CentreId> = centres.getting_records_of(municipality.id);
            let mut there = !getting.is_empty();
            for centre in getting {
                there = there && !Acting::at(conn, centre, now)?.is_nobody();
            }
            municipalities.push((municipality.code, there));
        }
        Ok(Self {
            apps,
            municipalities,
        })
    }
}

/// Whether each municipality's shift is there, or was a minute ago: a console that is reloaded is
/// no empty shift.
fn nine11(
    municipalities: &[(String, bool)],
    was_there: Option<&BTreeSet<String>>,
) -> BTreeMap<String, bool> {
    let told =
        |code: &String, there: bool| there || was_there.is_some_and(|was| was.contains(code));
    municipalities
        .iter()
        .map(|(code, there)| (code.clone(), told(code, *there)))
        .collect()
}

/// Tells ops, once, what has stopped working.
fn warn(before: Option<&State>, now: &State) {
    let was = |works: fn(&State) -> bool| before.is_none_or(works);
    if !now.alerts && was(|s| s.alerts) {
        tracing::error!(
            alarm = true,
            "the heartbeat says that this node cannot take an alert and act on it"
        );
    }
    if !now.sms && was(|s| s.sms) {
        tracing::error!(
            alarm = true,
            "the heartbeat says that no text message would leave"
        );
    }
    for (app_id, _) in now.push.iter().filter(|(_, works)| !**works) {
        if before.is_none_or(|before| before.push.get(app_id) != Some(&false)) {
            tracing::error!(
                alarm = true,
                app_id,
                "the heartbeat says that no push of this app would leave"
            );
        }
    }
}

/// Makes the heartbeat until `stop` is set. On a manual clock it waits for tests to call
/// [`Heartbeat::renew`].
pub async fn run(heartbeat: Heartbeat, mut stop: watch::Receiver<bool>) {
    let period = Duration::from_secs(heartbeat.alerts.foundation.config.health.heartbeat_s);
    let manual = heartbeat.alerts.foundation.clock.is_manual();
    while !*stop.borrow() {
        if !manual && let Err(error) = heartbeat.renew().await {
            tracing::error!(%error, alarm = true, "the heartbeat cannot be signed");
        }
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            _ = stop.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_shift_is_told_once_it_has_lasted_for_two_statements() {
        let municipality = |there| [("chihuahua".to_owned(), there)];
        let (full, no_centre) = (BTreeSet::from(["chihuahua".to_owned()]), BTreeSet::new());
        let cases = [
            (true, None, true),
            (false, None, false),
            (false, Some(&full), true),
            // Or the statement before knew of none, since the database could not be read.
            (false, Some(&no_centre), false),
            (true, Some(&no_centre), true),
        ];
        for (there, before, told) in cases {
            assert_eq!(
                nine11(&municipality(there), before)["chihuahua"],
                told,
                "{there} {before:?}"
            );
        }
    }
}
