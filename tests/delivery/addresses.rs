//! A token belongs to one phone of one person.

use ampara::delivery::addresses::live_for;
use ampara::delivery::model::{FailReason, NotificationState as S};
use ampara::ids::{DeviceId, PersonId};

use super::stage::Stage;
use crate::both_engines;
use crate::harness::fcm::Answer;

both_engines! {
    async fn a_phone_that_changes_hands_leaves_its_first_owner(database) {
        let stage = Stage::set(&database).await;
        let (ana, eva) = (PersonId::new(), PersonId::new());
        stage.registers(ana, DeviceId::new(), "tok-1").await;
        stage.registers(eva, DeviceId::new(), "tok-1").await;
        let live = stage.db.read(move |c| live_for(c, &[*ana.bytes(), *eva.bytes()])).await.unwrap();
        assert_eq!(live.iter().map(|a| a.owner).collect::<Vec<_>>(), [*eva.bytes()]);
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
        let live = stage.db.read(move |c| live_for(c, &[*person.bytes()])).await.unwrap();
        assert_eq!(live.iter().map(|a| a.id).collect::<Vec<_>>(), [new]);
    }

    async fn a_number_is_put_down_once_an_owner(database) {
        let stage = Stage::set(&database).await;
        let (a, b) = ([1; 16], [2; 16]);
        let first = stage.a_number(a, "+526141234567").await;
        assert_eq!(stage.a_number(a, "+526141234567").await, first);
        assert_ne!(stage.a_number(b, "+526141234567").await, first);
        assert_eq!(stage.db.read(move |c| live_for(c, &[a, b])).await.unwrap().len(), 2);
    }
}
