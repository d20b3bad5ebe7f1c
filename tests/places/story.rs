use ampara::db::{Batch, WritePriority};
use ampara::ids::{AlertId, ContactId, OperatorId};
use ampara::timeline::{self, Actor, Kind, NewEntry};
use serde_json::json;

use super::ten_o_clock;
use crate::both_engines;

both_engines! {
    async fn a_story_is_told_in_the_order_it_happened(database) {
        let db = database.open();
        let (alert, other, now) = (AlertId::new(), AlertId::new(), ten_o_clock());
        let (contact, operator) = (ContactId::new(), OperatorId::new());
        db.write(WritePriority::Alert, move |conn| {
            let mut batch = Batch::on(conn);
            timeline::append_all(
                &mut batch,
                &[
                    NewEntry::new(alert, now, Kind::Raised, Actor::Her),
                    NewEntry::new(other, now, Kind::Raised, Actor::Her),
                    NewEntry::new(alert, now, Kind::Answered, Actor::Contact(contact))
                        .with(json!({"answer": "on_my_way"})),
                    NewEntry::new(alert, now, Kind::Noted, Actor::Operator(operator)).noting(vec![1, 2, 3]),
                    NewEntry::new(alert, now, Kind::Louder, Actor::System),
                ],
            )?;
            batch.send()
        })
        .await
        .unwrap();
        let told = db.read(move |conn| timeline::list(conn, alert, None, 10)).await.unwrap();
        let kinds: Vec<_> = told.iter().map(|e| e.kind.unwrap()).collect();
        assert_eq!(kinds, [Kind::Raised, Kind::Answered, Kind::Noted, Kind::Louder]);
        let actors: Vec<_> = told.iter().map(|e| e.actor).collect();
        assert_eq!(actors, [Actor::Her, Actor::Contact(contact), Actor::Operator(operator), Actor::System]);
        assert_eq!((told[1].detail["answer"].as_str(), told[2].sealed_note.as_deref()), (Some("on_my_way"), Some(&[1, 2, 3][..])));
        let after = told[1].id;
        let rest = db.read(move |conn| timeline::list(conn, alert, Some(after), 1)).await.unwrap();
        assert_eq!(rest, told[2..3]);
    }
}
