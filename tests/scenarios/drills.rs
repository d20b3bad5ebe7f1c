//! Rehearsals: who takes part, how they end, and what happens when one turns real.

use ampara::identity::model::Role;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::fcm::Answer;
use crate::harness::people::{
    ContactPerson, HER_PHONE, Her, Operator911, PhoneOnly, Pressed, Town,
};

struct Stage<'t> {
    she: Her<'t>,
    prima: ContactPerson<'t>,
    vecina: PhoneOnly<'t>,
    /// Said yes to alarms and no to drills.
    tia: PhoneOnly<'t>,
    /// The invitation that the aunt accepted.
    link: String,
}

impl<'t> Stage<'t> {
    async fn of(town: &'t Town) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        let prima = she
            .trusts_with_app("Prima", "+526144100002", "token-prima")
            .await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let (contact, link) = she.invites("Tía", "+526144100005").await;
        let accept = [
            ("answer", "accept"),
            ("alias", "Tu sobrina"),
            ("drills", "no"),
            ("language", "es"),
        ];
        assert_eq!(
            town.app.anyone().form(&link, &accept).await.status.as_u16(),
            200
        );
        Self {
            she,
            prima,
            vecina,
            tia: PhoneOnly::new(town, contact, "+526144100005"),
            link,
        }
    }

    async fn rehearses(&self) -> Pressed {
        self.she.presses_with(json!({ "drill": true })).await
    }
}

fn of<'v>(seen: &'v Value, contact: &str) -> &'v Value {
    seen["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["contact"] == contact)
        .unwrap()
}

both_engines! {
    async fn a_drill_reaches_those_who_take_part_and_she_sees_who_does_not(database) {
        let town = Town::found(database).await;
        let stage = Stage::of(&town).await;
        let drill = stage.rehearses().await;
        assert_eq!(stage.prima.gets_alarm().await.data["kind"], "drill");
        assert!(stage.vecina.expects_sms().await.body.starts_with("SIMULACRO."));
        town.after(120).await;
        town.app.twilio.expects_nothing_for(&stage.tia.phone);
        for seen in [drill.told.clone(), stage.she.sees(&drill).await] {
            let left_out = of(&seen, &stage.tia.contact);
            assert_eq!((&left_out["reach"], &left_out["words"]), (&json!("not_in_drills"), &json!("No recibe simulacros.")));
            assert_eq!((&seen["total"], &seen["nine11"]), (&json!(2), &json!("not_told")));
        }
        let listed = stage.she.lists().await;
        assert_eq!(listed.iter().map(|c| c["drills"] == true).collect::<Vec<_>>(), [true, true, false]);
        stage.she.closes(&drill, "").await.expect(200);
        // Dropping the municipality fails the test if a contact was told of the drill's end.
    }

    async fn a_drill_that_she_forgets_ends_by_itself_and_is_told_to_nobody_as_missing(database) {
        let town = Town::found(database).await;
        let stage = Stage::of(&town).await;
        let drill = stage.rehearses().await;
        stage.prima.gets_alarm().await;
        let link = stage.vecina.expects_link().await;
        let rehearsing = stage.vecina.taps_see(&link).await.text;
        assert!(rehearsing.contains("Tu vecina está practicando"), "{rehearsing}");
        town.after(900).await;
        let seen = stage.she.sees(&drill).await;
        assert_eq!(seen["state"], "closed");
        assert_eq!(seen["summary"], "El simulacro terminó. Llegó a 2 de 2.");
        let mut prima = stage.prima;
        prima.refreshes().await;
        assert!(prima.watching().await.is_empty());
        let over = prima.client().get(&format!("/v1/watching/{}", drill.id())).await.expect(200);
        assert_eq!((&over["open"], &over["no_news"]), (&json!(false), &json!(false)));
        let page = stage.vecina.taps_see(&link).await.text;
        assert!(page.contains("Tu vecina terminó de practicar") && !page.contains("noticias"), "{page}");
        let pressed = stage.she.presses().await;
        assert_eq!(pressed.told["drill"], false, "the next press is an alarm of its own");
        stage.she.cancels(&pressed, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn who_answers_a_drill_is_told_that_it_was_one(database) {
        let town = Town::found(database).await;
        let stage = Stage::of(&town).await;
        let drill = stage.rehearses().await;
        stage.prima.gets_alarm().await;
        let link = stage.vecina.expects_link().await;
        stage.vecina.taps_see(&link).await;
        let page = stage.vecina.answers(&link, "on_my_way").await.text;
        assert!(page.contains("Era un simulacro: gracias por contestar") && page.contains("nadie corre peligro"), "{page}");
        assert!(!page.contains("tel:911"), "{page}");
        let seen = stage.she.sees(&drill).await;
        assert_eq!(seen["summary"], "Simulacro. Tu aviso llegó a 2 de 2. Alguien va en camino.");
    }

    async fn when_a_drill_turns_real_everybody_is_told_and_what_was_said_to_the_drill_counts_for_nothing(database) {
        let town = Town::found(database).await;
        let stage = Stage::of(&town).await;
        let amiga = stage.she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _feed = marta.watches().await;
        // Her message of the drill waits for a second try.
        town.app.fcm.answers("token-amiga", [Answer::Unavailable(Some(20))]);
        let drill = stage.rehearses().await;
        stage.prima.gets_alarm().await;
        stage.prima.answers(drill.id(), "on_my_way").await;
        stage.vecina.expects_sms().await;
        amiga.expects_push().await;
        town.after(3).await;
        assert!(marta.sees_queue().await.is_empty());

        let real = stage.she.presses_as(&drill.client_id, &json!({})).await.expect(200);
        town.app.settle().await;
        assert_eq!((&real["drill"], &real["nine11"], &real["total"]), (&json!(false), &json!("told"), &json!(4)));
        assert_eq!(marta.sees_one().await["state"], "queued");
        let push = stage.prima.expects_push().await;
        assert_eq!((push.data["kind"].as_str(), push.data["words"].as_str()), ("alarm", "Esto ya NO es un simulacro. Abre la app."));
        assert!(stage.vecina.expects_sms().await.body.starts_with("Esto ya NO es un simulacro."));
        assert!(amiga.expects_push().await.data["words"].contains("ya NO es un simulacro"));
        assert!(stage.tia.expects_sms().await.body.starts_with("Tu sobrina te necesita."), "never heard of the drill");
        let seen = stage.she.sees(&drill).await;
        let prima = of(&seen, &stage.prima.contact);
        assert_eq!((&prima["answer"], &prima["reach"]), (&Value::Null, &json!("sent")), "a drill that was read is no alarm that was");
        assert_eq!(stage.prima.watching().await[0]["answer"], Value::Null);
        town.after(61).await;
        let pushes = town.app.fcm.take_all();
        assert!(pushes.iter().any(|p| p.target == "token-prima"), "asked again: the answer was to the drill");
        let texts = town.app.twilio.take_all();
        assert!(pushes.iter().all(|p| p.data["kind"] != "drill") && texts.iter().all(|t| !t.body.contains("prueba")));
        stage.she.closes(&drill, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn what_is_said_on_a_page_or_screen_that_still_shows_the_drill_is_no_answer_to_the_alarm(database) {
        let town = Town::found(database).await;
        let stage = Stage::of(&town).await;
        let drill = stage.rehearses().await;
        stage.prima.gets_alarm().await;
        let link = stage.vecina.expects_link().await;
        let old_page = stage.vecina.taps_see(&link).await;
        stage.she.presses_as(&drill.client_id, &json!({})).await.expect(200);
        town.app.settle().await;

        let shown = stage.vecina.answers_on(&old_page, &link, "on_my_way").await.text;
        assert!(shown.contains("Esto ya NO es un simulacro. Contesta otra vez.") && shown.contains("te necesita"), "{shown}");
        assert!(!shown.contains("Quedó anotado"), "{shown}");
        let said = json!({ "answer": "on_my_way", "drill": true });
        let path = format!("/v1/watching/{}/answer", drill.id());
        stage.prima.client().post(&path, &said).await.expect_problem(409, "became-real");
        let seen = stage.she.sees(&drill).await;
        for contact in [&stage.prima.contact, &stage.vecina.contact] {
            assert_eq!(of(&seen, contact)["answer"], Value::Null);
        }

        let page = stage.vecina.answers(&link, "on_my_way").await.text;
        assert!(!page.contains("simulacro") && page.contains("Quedó anotado"), "{page}");
        let unreadable = json!({ "answer": "with_her", "drill": "?" });
        stage.prima.client().post(&path, &unreadable).await.expect(204);
        let seen = stage.she.sees(&drill).await;
        let said = [&stage.prima.contact, &stage.vecina.contact].map(|contact| of(&seen, contact)["answer"].clone());
        assert_eq!(said, [json!("with_her"), json!("on_my_way")]);
        let fields = [("answer", "cannot_help"), ("drill", "?")];
        let page = town.app.anyone().form(&format!("{link}/answer"), &fields).await;
        assert!(page.text.contains("Quedó anotado"), "{}", page.text);
        stage.she.closes(&drill, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn a_contact_changes_the_choice_on_the_page_or_in_the_app(database) {
        let town = Town::found(database).await;
        let stage = Stage::of(&town).await;
        let page = stage.tia.opens(&stage.link).await.text;
        assert!(page.contains("Ahora no recibes simulacros.") && !page.contains("Tu sobrina"), "{page}");
        let chosen = town.app.anyone().form(&format!("{}/drills", stage.link), &[("drills", "yes"), ("language", "es")]).await;
        assert_eq!(chosen.status.as_u16(), 303, "{}", chosen.text);
        assert!(stage.tia.opens(&stage.link).await.text.contains("Ahora recibes simulacros."));
        let named_by = async || stage.prima.client().get("/v1/named-by").await.expect(200)["items"][0]["drills"].clone();
        assert_eq!(named_by().await, true);
        let path = format!("/v1/named-by/{}", stage.prima.contact);
        stage.prima.client().patch(&path, &json!({ "drills": false })).await.expect(204);
        assert_eq!(named_by().await, false);
        let others = format!("/v1/named-by/{}", stage.tia.contact);
        stage.prima.client().patch(&others, &json!({ "drills": false })).await.expect_problem(404, "not-found");

        let drill = stage.rehearses().await;
        stage.vecina.expects_sms().await;
        stage.tia.expects_sms().await;
        stage.prima.expects_nothing();
        assert!(stage.prima.watching().await.is_empty(), "not even by looking");
        stage.prima.tries_to_answer(drill.id(), "on_my_way").await.expect_problem(404, "not-found");
        stage.she.closes(&drill, "").await.expect(200);
        let pressed = stage.she.presses().await;
        stage.prima.gets_alarm().await;
        stage.she.closes(&pressed, "").await.expect(200);
        town.app.fcm.take_all();
        town.app.twilio.take_all();
    }

    async fn a_contact_whom_she_removed_learns_nothing_from_the_page_about_drills(database) {
        let town = Town::found(database).await;
        let stage = Stage::of(&town).await;
        stage.she.removes(&stage.tia.contact).await;
        let chosen = town.app.anyone().form(&format!("{}/drills", stage.link), &[("drills", "yes"), ("language", "es")]).await;
        assert_eq!(chosen.status.as_u16(), 303);
        assert!(stage.tia.opens(&stage.link).await.text.contains("Ahora recibes simulacros."));
        stage.rehearses().await;
        stage.prima.gets_alarm().await;
        stage.vecina.expects_sms().await;
        // Dropping the town fails the test if anything went to the aunt.
    }
}
