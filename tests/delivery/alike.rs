//! PostgreSQL writes many rows by one statement over arrays, SQLite one row after the other. Both
//! texts must come to the same rows.

use std::time::Duration;

use ampara::clock::At;
use ampara::db::schema::{attempts, notifications};
use ampara::db::{DbError, WritePriority};
use ampara::delivery::addresses::live_for;
use ampara::delivery::model::{FailReason, NotificationEvent};
use ampara::delivery::receipts::{Receipt, receipt};
use ampara::delivery::{enqueue, free_subject, withdraw_recipient};
use ampara::ids::{DeviceId, PersonId, RecipientId, SubjectId};
use ampara::on;
use diesel::prelude::*;

use super::stage::{Stage, with_repeat};
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::fcm::Answer;

/// A row but for what is drawn at random (ids, leases, the next try's time): its repeat, state and
/// reason; whether its words are there; fence and attempts; its moments; whether the provider named
/// it, and whether it is leased.
type Row = (
    (i64, String, Option<String>, bool),
    (i64, i64),
    [Option<At>; 5],
    (bool, bool),
);
/// As it is read, in the pieces that diesel takes.
type Read = (
    (i64, String, Option<String>),
    (bool, i64, i64),
    (Option<At>, Option<At>, Option<At>),
    (Option<At>, Option<At>),
    (bool, bool),
);
/// A try: its row's repeat, its number, when it began and ended, and what came of it.
type Try = (i64, i64, At, At, String, Option<String>);

async fn rows(stage: &Stage) -> (Vec<Row>, Vec<Try>) {
    let read = stage.db.read(|conn| {
        let columns = (
            (
                notifications::rep,
                notifications::state,
                notifications::reason,
            ),
            (
                notifications::sealed.is_not_null(),
                notifications::fence,
                notifications::attempts,
            ),
            (
                notifications::failing_since,
                notifications::sent_at,
                notifications::delivered_at,
            ),
            (notifications::seen_at, notifications::final_at),
            (
                notifications::provider_ref.is_not_null(),
                notifications::lease_boot.is_not_null(),
            ),
        );
        let rows: Vec<Read> = on!(conn, |c| notifications::table
            .order(notifications::rep)
            .select(columns)
            .load(c))?;
        let tries: Vec<Try> = on!(conn, |c| attempts::table
            .inner_join(notifications::table.on(notifications::id.eq(attempts::notification)))
            .order((notifications::rep, attempts::n))
            .select((
                notifications::rep,
                attempts::n,
                attempts::started_at,
                attempts::ended_at,
                attempts::outcome,
                attempts::cause
            ))
            .load(c))?;
        Ok::<_, DbError>((rows, tries))
    });
    let (rows, tries) = read.await.unwrap();
    let rows = rows.into_iter().map(|(what, counts, first, last, bits)| {
        let (repeat, state, reason) = what;
        let (sealed, fence, attempts) = counts;
        let moments = [first.0, first.1, first.2, last.0, last.1];
        (
            (repeat, state, reason, sealed),
            (fence, attempts),
            moments,
            bits,
        )
    });
    (rows.collect(), tries)
}

const TOKENS: [&str; 10] = [
    "tok-0", "tok-1", "tok-2", "tok-3", "tok-4", "tok-5", "tok-6", "tok-7", "tok-8", "tok-9",
];
/// Its row is freed while it is sent, so that the sender's fence is not the row's any more.
const FREED: usize = 7;
const EXPIRED: usize = 8;
/// Due in an hour, and withdrawn before.
const LATER: usize = 9;

/// Sends nine messages, to whose rows something else happens before their outcomes are recorded, all
/// in one group; then what is left, a minute later.
async fn outcomes(engine: TestEngine) -> Vec<(Vec<Row>, Vec<Try>)> {
    let database = TestDatabase::fresh(engine);
    let stage = Stage::set(&database).await;
    for (token, answer) in [
        ("tok-1", Answer::Unregistered),
        ("tok-2", Answer::Unavailable(None)),
        ("tok-3", Answer::InvalidToken),
        ("tok-4", Answer::Internal),
        ("tok-5", Answer::Internal),
        ("tok-6", Answer::Internal),
    ] {
        stage.fcm.answers(token, [answer]);
    }
    let (freed, mut unwanted) = (SubjectId::new(), None);
    for (at, token) in TOKENS.into_iter().enumerate() {
        let phone = stage.a_phone(token).await;
        let mut new = with_repeat(stage.push(phone, token), i64::try_from(at).unwrap());
        match at {
            FREED => new.key.subject = freed,
            EXPIRED => new.deadline = stage.clock.now().plus(Duration::from_secs(1)),
            LATER => {
                new.due_at = stage.clock.now().plus(Duration::from_secs(3_600));
                new.deadline = stage.clock.now().plus(Duration::from_secs(7_200));
            }
            _ => {}
        }
        unwanted = Some(new.key.recipient);
        stage.owes(new).await;
    }
    stage.delivery.look().await.unwrap();
    stage.clock.advance(Duration::from_secs(1));
    let (mut sent, now) = (Vec::new(), stage.clock.now());
    for waiting in stage.delivery.waiting().await {
        sent.extend(stage.delivery.send(waiting).await);
    }
    assert_eq!(sent.len(), TOKENS.len() - 1);
    let facts = stage.facts().await;
    let id = |repeat: i64| facts.iter().find(|f| f.key.repeat == repeat).unwrap().id;
    let (arrived, lost, unwanted) = (id(5), id(6), unwanted.unwrap());
    let lease = stage.delivery.outbox().reserve(1).unwrap().lease(now);
    let meanwhile = stage.db.write(WritePriority::Alert, move |conn| {
        receipt(conn, arrived, Receipt::Delivered, now)?;
        free_subject(conn, freed, &lease)?;
        withdraw_recipient(conn, unwanted, FailReason::ContactRemoved, now)
    });
    assert_eq!(meanwhile.await.unwrap(), 1);
    let no = NotificationEvent::Failed(FailReason::Undelivered);
    stage.delivery.hears_of(lost, no).await.unwrap();
    stage.delivery.write_down(sent).await;
    let at_once = rows(&stage).await;
    stage.fast_forward(60).await;
    let later = rows(&stage).await;
    stage.fcm.take_all();
    vec![at_once, later]
}

#[test]
fn outcomes_come_to_the_same_rows_on_both_engines() {
    tell(async {
        let sqlite = Box::pin(outcomes(TestEngine::Sqlite)).await;
        let postgres = Box::pin(outcomes(TestEngine::Postgres)).await;
        assert_eq!(sqlite, postgres);
        let (rows, tries) = &sqlite[0];
        let states: Vec<&str> = rows.iter().map(|(what, ..)| what.1.as_str()).collect();
        let first = "sent failed queued failed queued delivered failed queued expired failed";
        assert_eq!(states, first.split(' ').collect::<Vec<_>>());
        assert_eq!(tries.len(), 7, "of what was freed or expired no try counts");
    });
}

#[test]
fn a_message_is_queued_once_on_both_engines_however_often_it_is_asked_for() {
    let queued = async |engine| {
        let database = TestDatabase::fresh(engine);
        let stage = Stage::set(&database).await;
        let phone = stage.a_phone("tok-0").await;
        let of = |repeat| with_repeat(stage.push(phone, "tok-0"), repeat);
        let mut to_another_by_the_same_phone = of(0);
        to_another_by_the_same_phone.key.recipient = RecipientId::new();
        let twice = vec![of(0), of(1), to_another_by_the_same_phone, of(0)];
        let (keys, now) = (stage.keys.clone(), stage.clock.now());
        let write = move |conn: &mut _| {
            let new = enqueue(conn, &keys, now, None, &twice)?.len();
            Ok::<_, DbError>((new, enqueue(conn, &keys, now, None, &twice)?.len()))
        };
        let counts = stage.db.write(WritePriority::Alert, write).await.unwrap();
        (counts, rows(&stage).await)
    };
    tell(async {
        let sqlite = queued(TestEngine::Sqlite).await;
        assert_eq!(sqlite, queued(TestEngine::Postgres).await);
        assert_eq!(sqlite.0, (3, 0));
    });
}

#[test]
fn the_live_addresses_of_several_owners_are_the_same_on_both_engines() {
    let live = async |engine| {
        let database = TestDatabase::fresh(engine);
        let stage = Stage::set(&database).await;
        let (ana, eva) = (PersonId::new(), PersonId::new());
        for (who, token) in [(ana, "tok-0"), (eva, "tok-1"), (ana, "tok-2")] {
            stage.registers(who, DeviceId::new(), token).await;
        }
        stage.a_phone("tok-3").await;
        let owners = [ana.into(), eva.into()];
        let live = stage
            .db
            .read(move |conn| live_for(conn, &owners))
            .await
            .unwrap();
        let of = |who: PersonId| live.iter().filter(|one| one.owner == who.into()).count();
        (of(ana), of(eva), live.len())
    };
    tell(async {
        for engine in [TestEngine::Sqlite, TestEngine::Postgres] {
            assert_eq!(live(engine).await, (2, 1, 3));
        }
    });
}
