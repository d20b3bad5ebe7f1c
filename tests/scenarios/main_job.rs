//! The main job, from sign-in to a closed alert.

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::people::{HER_PHONE, Her, Operator911, PLAZA, Town};

both_engines! {
    async fn she_presses_her_people_know_and_911_works_it_to_the_end(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Ana Prueba").await;
        she.sets_pin("4821").await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        let amiga = she.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let mut feed = marta.watches().await;
        assert_eq!(feed.next().await.event, "standing");

        let pressed = she.presses().await;
        assert_eq!((&pressed.told["total"], &pressed.told["nine11"]), (&json!(3), &json!("told")));
        let over: Vec<_> = pressed.told["contacts"].as_array().unwrap().iter().map(|c| c["over"][0].clone()).collect();
        assert_eq!(over, ["push", "push", "text"], "the reply says over what each will be told");

        // Her people.
        let push = prima.gets_alarm().await;
        assert_eq!(push.data["words"], "Tu prima te necesita. Abre la app.");
        amiga.gets_alarm().await;
        assert_eq!(she.sees(&pressed).await["reached"], 2);
        let link = vecina.expects_link().await;
        let page = vecina.taps_see(&link).await;
        assert!(page.text.contains("Tu vecina te necesita") && page.text.contains("28.63534"), "{}", page.text);
        assert_eq!(she.sees(&pressed).await["reached"], 3);
        let watched = prima.watching().await;
        assert_eq!((&watched[0]["id"], &watched[0]["place"]["lat"]), (&pressed.told["id"], &json!(PLAZA.0)));
        prima.answers(pressed.id(), "on_my_way").await;
        assert_eq!(she.sees_reach(&pressed, &prima.contact).await, "answered");

        // 911.
        let queued = feed.expects_record(|r| r["state"] == "queued").await;
        assert_eq!(queued["folio"], "CUU-26-000001");
        assert!(!queued.to_string().contains("6144100001") && !queued.to_string().contains("28.635"));
        let opened = marta.claims(&queued).await.expect(200);
        assert_eq!((&opened["her"]["name"], &opened["her"]["phone"]), (&json!("Ana Prueba"), &json!(HER_PHONE)));
        feed.expects_record(|r| r["state"] == "claimed" && r["yours"] == true).await;
        assert_eq!(she.sees(&pressed).await["nine11"], "has_it");
        marta.dispatches(&queued, "U-204").await;
        assert_eq!(she.sees(&pressed).await["nine11"], "unit_sent");

        // She walks on, and both see the latest place.
        let told = she.walks(&pressed, &[(3, 28.6370, -106.0780), (2, 28.6361, -106.0772)]).await;
        assert_eq!((&told["accepted"], &told["next_interval_s"]), (&json!(2), &json!(10)));
        assert_eq!(prima.watching().await[0]["place"]["lat"], 28.6370);
        assert_eq!(marta.reads(&queued).await.expect(200)["place"]["lat"], 28.6370);
        marta.on_scene(&queued).await;
        marta.notes(&queued, "Está con nosotros").await;

        // It is over.
        town.after(61).await;
        town.app.twilio.expects_sms(&amiga.phone).await;
        for token in ["token-prima", "token-amiga"] {
            while town.app.fcm.claim(token).is_some() {}
        }
        while town.app.twilio.claim(&vecina.phone).is_some() {}
        she.closes(&pressed, "4821").await.expect(200);
        assert_eq!(she.sees(&pressed).await["state"], "closed");
        assert_eq!(prima.expects_push().await.data["words"], "Un aviso terminó. Abre la app.");
        amiga.expects_push().await;
        let link = vecina.expects_link().await;
        let page = vecina.taps_see(&link).await;
        assert!(page.text.contains("ya cerró su aviso") && !page.text.contains("28.63"), "{}", page.text);
        assert!(prima.watching().await.is_empty(), "her place is hers again");
        let closed = marta.closes(&queued, "attended").await;
        assert_eq!(closed.status.as_u16(), 200, "{}", closed.text);
        assert!(marta.sees_queue().await.is_empty());
        assert_eq!(she.sees(&pressed).await["nine11"], "done");
    }
}
