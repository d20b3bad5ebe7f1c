//! The monthly reminder to rehearse: a push to her own devices that says that there is a reminder,
//! and nothing more.
//!
//! What: a woman who has contacts and wants reminders is looked at when her row says so. She is
//! reminded where something of her readiness is weak, or where she has pressed neither in a drill
//! nor in earnest for `readiness.reminder_days`. Invariant: never while an alert of hers is open,
//! at no hour but a decent one of her town, and never twice within `readiness.reminder_days`: the
//! row that falls due is moved on in the transaction that queues the push. On failure: a person
//! whose readiness cannot be judged is put off by a day and logged by id; the others go on.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{Days, TimeZone, Timelike};
use chrono_tz::Tz;
use tokio::sync::watch;

use super::hers;
use crate::alerts::{AlertError, Alerts};
use crate::clock::At;
use crate::db::{Conn, WritePriority};
use crate::delivery::addresses::{self, LiveAddress};
use crate::delivery::model::Medium;
use crate::delivery::{self, Content, Delivery, MessageKey, NewNotification};
use crate::foundation::Foundation;
use crate::identity;
use crate::ids::{PersonId, SubjectId};
use crate::language::Language;
use crate::moments::REMINDER_DUE;
use crate::wording::say;

/// What the outbox and the app call it.
const REMINDER: &str = "reminder";
/// People looked at in one pass: an upgrade that makes all people due at once is spread over hours.
const BATCH: i64 = 100;
const PERIOD: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Minutes before the last decent hour ends in which no reminder is planned.
const LATE_MINUTES: u32 = 30;
/// All is well: looked at again after so long.
const WELL: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Looks at those who are due, and says how many.
///
/// # Errors
/// The database, when not even the list can be read.
pub async fn pass(alerts: &Alerts, delivery: &Delivery) -> Result<usize, AlertError> {
    let now = alerts.now();
    let latest = REMINDER_DUE.latest(&alerts.foundation.config, now);
    let due = alerts
        .foundation
        .db
        .read(move |conn| identity::reminders_due(conn, (now, latest), BATCH))
        .await?;
    let looked = due.len();
    for person in due {
        if let Err(error) = look_at(alerts, delivery, person, now).await {
            tracing::error!(%person, %error, "whether she is to be reminded could not be judged; put off by a day");
            let put_off = move |conn: &mut Conn| identity::remind_at(conn, person, now.plus(DAY));
            let put_off = (alerts.foundation.db).write(WritePriority::Background, put_off);
            if let Err(error) = put_off.await {
                tracing::error!(%person, %error, "nor could it be put off");
            }
        }
    }
    Ok(looked)
}

async fn look_at(
    alerts: &Alerts,
    delivery: &Delivery,
    person: PersonId,
    now: At,
) -> Result<(), AlertError> {
    let (a, d) = (alerts.clone(), delivery.clone());
    let asked = alerts
        .foundation
        .db
        .read(move |conn| hers::reminds(conn, &a, &d, person, now))
        .await?;
    let foundation = alerts.foundation.clone();
    let write = move |conn: &mut Conn| {
        let latest = REMINDER_DUE.latest(&foundation.config, now);
        let Some(due) = identity::take_reminder(conn, person, (now, latest))? else {
            return Ok(());
        };
        let limits = &foundation.config.readiness;
        let next = match decent(
            asked.zone,
            person,
            (limits.reminder_from_hour, limits.reminder_to_hour),
            now,
        ) {
            Some(later) => later,
            None if due.open_alerts > 0 => now.plus(DAY),
            None if !asked.needed => now.plus(WELL),
            None => {
                remind(conn, &foundation, person, due.language, now)?;
                now.plus(DAY * limits.reminder_days)
            }
        };
        Ok::<_, AlertError>(identity::remind_at(conn, person, next)?)
    };
    alerts
        .foundation
        .db
        .write(WritePriority::Background, write)
        .await?;
    alerts.foundation.bus.nudge_delivery();
    Ok(())
}

/// Queues the push to each of her devices. It goes by no alert's rules but the words': no name, no
/// place, and here not even what it is about.
fn remind(
    conn: &mut Conn,
    foundation: &Foundation,
    person: PersonId,
    language: Language,
    now: At,
) -> Result<(), AlertError> {
    let to = |address: LiveAddress| {
        NewNotification {
            subject_kind: REMINDER.into(),
            key: MessageKey {
                subject: SubjectId(person.0),
                recipient: person.into(),
                address: address.id,
                step: 0,
                // Its day: a message of its own each time.
                repeat: now.micros() / 86_400_000_000,
            },
            channel: address.channel,
            senders: address.app_id.iter().cloned().collect(),
            to: address.to(&foundation.keys),
            content: Content::Push {
                kind: REMINDER.to_owned(),
                words: say(language, "lock-reminder", &[]),
                data: BTreeMap::new(),
            },
            deadline: now.plus(HOUR),
            due_at: now,
        }
    };
    let hers = addresses::live_for(conn, &[person.into()])?;
    let pushes = hers
        .into_iter()
        .filter(|address| address.channel.medium() == Medium::Push);
    let owed: Vec<NewNotification> = pushes.map(to).collect();
    delivery::enqueue(conn, &foundation.keys, now, None, &owed)?;
    Ok(())
}

/// Returns `None` when this is a decent hour; else the next one, at a minute that differs by
/// person, so that a municipality is not reminded at once. The last half hour is left out: a minute
/// at the very end could pass before its turn comes, and would be put off to the same minute each
/// day.
fn decent(zone: Tz, person: PersonId, (from, to): (u32, u32), now: At) -> Option<At> {
    let local = now.utc().with_timezone(&zone);
    if (from..to).contains(&local.hour()) {
        return None;
    }
    let today = local.date_naive();
    let day = if local.hour() < from {
        Some(today)
    } else {
        today.checked_add_days(Days::new(1))
    };
    let [.., a, b] = *person.bytes();
    let minutes = (to.saturating_sub(from) * 60).saturating_sub(LATE_MINUTES);
    let minute = u32::from(u16::from_be_bytes([a, b])) % minutes.max(1);
    let wall = day?.and_hms_opt(from + minute / 60, minute % 60, 0)?;
    Some(
        zone.from_local_datetime(&wall)
            .earliest()
            .map_or_else(|| now.plus(DAY), |at| At::from(at.to_utc())),
    )
}

/// Looks each minute until `stop` is set. On a manual clock it waits for tests to call [`pass`].
pub async fn run(alerts: Alerts, delivery: Delivery, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if !alerts.foundation.clock.is_manual()
            && let Err(error) = pass(&alerts, &delivery).await
        {
            tracing::error!(%error, "who is to be reminded could not be read");
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stop.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHIHUAHUA: Tz = Tz::America__Chihuahua;

    fn at(text: &str) -> At {
        At::parse(text).unwrap()
    }

    #[test]
    fn by_day_it_is_sent_now_and_by_night_at_a_minute_of_her_own_on_the_day_that_comes() {
        for _ in 0..200 {
            let she = PersonId::new();
            let asked = |now| decent(CHIHUAHUA, she, (10, 19), at(now));
            assert_eq!(asked("2026-11-24T10:00:00-06:00"), None);
            assert_eq!(asked("2026-11-24T18:59:59-06:00"), None);
            let day = at("2026-11-25T10:00:00-06:00")..at("2026-11-25T18:30:00-06:00");
            for night in [
                "2026-11-24T19:00:00-06:00",
                "2026-11-24T23:59:00-06:00",
                "2026-11-25T03:00:00-06:00",
            ] {
                assert!(
                    asked(night).is_some_and(|next| day.contains(&next)),
                    "{night}"
                );
            }
        }
    }

    #[test]
    fn two_people_are_rarely_reminded_in_the_same_minute() {
        let night = at("2026-11-24T23:00:00-06:00");
        let minutes: std::collections::BTreeSet<_> = (0..100)
            .filter_map(|_| decent(CHIHUAHUA, PersonId::new(), (10, 19), night))
            .collect();
        assert!(minutes.len() > 50, "{}", minutes.len());
    }
}
