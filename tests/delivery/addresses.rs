//! A token belongs to one phone of one person.

use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::addresses::{live_for, retire_owner};
use ampara::delivery::model::{FailReason, NotificationState as S};
use ampara::delivery::retention;
use ampara::ids::{DeviceId, PersonId, RecipientId};
use ampara::on;
use diesel::RunQueryDsl;

use super::stage::Stage;
use crate::both_engines;
use crate::harness::fcm::Answer;

const DAY: u64 = 24 * 60 * 60;

both_engines! {
    async fn a_phone_that_changes_hands_leaves_its_first_owner(database) {
        let stage = Stage::set(&database).await;
        let (ana, eva) = (PersonId::new(), PersonId::new());
        stage.registers(ana, DeviceId::new(), "tok-1").await;
        stage.registers(eva, DeviceId::new(), "tok-1").await;
        let live = stage.db.read(move |c| live_for(c, &[ana.into(), eva.into()])).await.unwrap();
        assert_eq!(live.iter().map(|a| a.owner).collect::<Vec<_>>(), [RecipientId::from(eva)]);
        assert_eq!(live[0].destination(&stage.keys).unwrap().expose(), "tok-1");
        assert!(!format!("{:?}", live[0].destination(&stage.keys).unwrap()).contains("tok-1"));
    }

    async fn a_retry_does_not_go_to_the_phones_new_owner(database) {
        let stage = Stage::set(&database).await;
        let first = stage.a_phone("tok-1").await;
        stage.fcm.answers("tok-1", [Answer::Unavailable(None)]);
        stage.owes(stage.push(first, "tok-1")).await;
        stage.delivery.drain_due().await.unwrap();
        stage.fcm.expects_push("tok-1").await;
        stage.registers(PersonId::new(), DeviceId::new(), "tok-1").await;
        stage.fast_forward(5).await;
        stage.fcm.expects_nothing_for("tok-1");
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::AddressRetired));
    }

    async fn a_new_token_is_a_new_address_and_answers_about_the_old_one_do_not_hurt_it(database) {
        let stage = Stage::set(&database).await;
        let (person, device) = (PersonId::new(), DeviceId::new());
        let old = stage.registers(person, device, "tok-old").await;
        let new = stage.registers(person, device, "tok-new").await;
        assert_ne!(old, new);
        assert_eq!(stage.registers(person, device, "tok-new").await, new);
        let live = stage.db.read(move |c| live_for(c, &[person.into()])).await.unwrap();
        assert_eq!(live.iter().map(|a| a.id).collect::<Vec<_>>(), [new]);
    }

    async fn a_number_is_put_down_once_an_owner(database) {
        let stage = Stage::set(&database).await;
        let (a, b) = (RecipientId::new(), RecipientId::new());
        let first = stage.a_number(a, "+526141234567").await;
        assert_eq!(stage.a_number(a, "+526141234567").await, first);
        assert_ne!(stage.a_number(b, "+526141234567").await, first);
        assert_eq!(stage.db.read(move |c| live_for(c, &[a, b])).await.unwrap().len(), 2);
    }

    async fn an_address_that_ended_is_forgotten_thirty_days_later(database) {
        let stage = Stage::set(&database).await;
        let (person, device) = (PersonId::new(), DeviceId::new());
        stage.registers(person, device, "tok-old").await;
        stage.registers(person, device, "tok-new").await;
        let refused = stage.a_phone("tok-other-project").await;
        stage.fcm.answers("tok-other-project", [Answer::SenderIdMismatch]);
        stage.owes(stage.push(refused, "tok-other-project")).await;
        stage.fast_forward(0).await;
        stage.fcm.expects_push("tok-other-project").await;
        let (left, stays) = (RecipientId::new(), RecipientId::new());
        stage.a_number(left, "+526141234567").await;
        stage.a_number(stays, "+526141234568").await;
        let now = stage.clock.now();
        stage.db.write(WritePriority::Background, move |c| retire_owner(c, left, "contact_ended", now)).await.unwrap();

        stage.fast_forward(30 * DAY - 1).await;
        assert_eq!(retention::pass(&stage.foundation).await.unwrap(), 0);
        assert_eq!(kept(&stage).await, 5);
        stage.fast_forward(1).await;
        assert_eq!(retention::pass(&stage.foundation).await.unwrap(), 3, "replaced, disabled, left");
        assert_eq!(retention::pass(&stage.foundation).await.unwrap(), 0);
        let live = stage.db.read(move |c| live_for(c, &[person.into(), stays])).await.unwrap();
        assert_eq!((live.len(), kept(&stage).await), (2, 2), "what is live stays, however old");
        stage.registers(person, device, "tok-old").await;
        let live = stage.db.read(move |c| live_for(c, &[person.into()])).await.unwrap();
        assert_eq!(live[0].destination(&stage.keys).unwrap().expose(), "tok-old", "and may come back");
        assert_eq!(stage.fact().await.state, S::Failed(FailReason::SenderMismatch));
    }
}

#[derive(diesel::QueryableByName)]
struct Kept {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// Rows of addresses, live or ended.
async fn kept(stage: &Stage) -> i64 {
    let read = |conn: &mut Conn| -> Result<Kept, DbError> {
        Ok(on!(conn, |c| diesel::sql_query(
            "select count(*) as n from addresses"
        )
        .get_result(c))?)
    };
    stage.db.read(read).await.unwrap().n
}
