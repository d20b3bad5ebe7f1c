//! What contacts are told of an alert's end: nothing where they know of no beginning, and nothing
//! while she has pressed again.

use ampara::municipality::chihuahua;
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{ContactPerson, HER_PHONE, Her, PhoneOnly, Pressed, Town};
use crate::harness::twilio::Answer;

const PRIMA: &str = "+526144100002";
const VECINA: &str = "+526144100004";
const PIN: &str = "4821";
/// What the page of an ended alert says.
const HAS_CLOSED: &str = "ya cerró su aviso";

/// With the product's own pause before the end is told; other tests look at it at once.
async fn founded(database: TestDatabase) -> Town {
    Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
        let plan = ampara::config::PlanConfig::default();
        let (pause, many) = (plan.over_after_s, plan.texts_apart_from);
        let number = |n: u64| i64::try_from(n).unwrap();
        settings
            .set("plan.over_after_s", number(pause))
            .set("plan.texts_apart_from", number(many));
    })
    .await
}

struct Stage<'t> {
    town: &'t Town,
    she: Her<'t>,
    prima: ContactPerson<'t>,
    vecina: PhoneOnly<'t>,
}

impl<'t> Stage<'t> {
    async fn of(town: &'t Town) -> Self {
        let she = Her::signs_in(town, HER_PHONE).await;
        she.sets_pin(PIN).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let vecina = she.trusts_by_phone("Vecina", VECINA).await;
        Self {
            town,
            she,
            prima,
            vecina,
        }
    }

    async fn cancels(&self, pressed: &Pressed) {
        self.she.cancels(pressed, PIN).await.expect(200);
    }

    /// Kinds of the pushes since the last look, and the texts to the neighbour.
    fn heard(&self) -> (Vec<String>, Vec<String>) {
        let pushes = self.town.app.fcm.take_all().into_iter();
        let texts = self.town.app.twilio.take_all().into_iter();
        (
            pushes.map(|push| push.data["kind"].clone()).collect(),
            texts
                .filter(|sms| sms.to == VECINA)
                .map(|sms| sms.body)
                .collect(),
        )
    }
}

fn is_over(text: &str) -> bool {
    text.contains("termin")
}

both_engines! {
    async fn a_gateway_that_was_down_from_press_to_cancel_brings_no_end_without_a_beginning(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        town.app.twilio.answers_all(Answer::Unavailable);
        let pressed = stage.she.presses().await;
        town.after(8).await;
        stage.cancels(&pressed).await;
        town.app.twilio.answers_all(Answer::Queued);
        stage.heard();
        town.after(3_700).await;
        assert_eq!(stage.heard().1, Vec::<String>::new());
    }

    async fn a_text_whose_fate_is_unknown_may_have_told_of_the_beginning(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        for fate in [Answer::Hang, Answer::ResetMidBody, Answer::Garbage] {
            town.app.twilio.answers(VECINA, [fate.clone(), Answer::Unavailable, Answer::Unavailable]);
            let pressed = stage.she.presses().await;
            stage.heard();
            stage.cancels(&pressed).await;
            town.after(60).await;
            let texts = stage.heard().1;
            assert!(texts.iter().any(|text| is_over(text)), "{fate:?}: {texts:?}");
        }
    }

    async fn the_end_is_told_twenty_seconds_after_it(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        let pressed = stage.she.presses().await;
        stage.prima.gets_alarm().await;
        stage.heard();
        stage.cancels(&pressed).await;
        town.after(19).await;
        assert_eq!(stage.heard(), (vec![], vec![]));
        town.after(1).await;
        let (pushes, texts) = stage.heard();
        assert_eq!((pushes, texts.len()), (vec!["over".to_owned()], 1));
        assert!(is_over(&texts[0]), "{texts:?}");
    }

    async fn press_and_cancel_in_a_loop_alarms_each_time_and_ends_once(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        let (mut pushes, mut texts) = (Vec::new(), Vec::new());
        for _ in 0..12 {
            let pressed = stage.she.presses().await;
            town.after(5).await;
            stage.cancels(&pressed).await;
            town.after(5).await;
            let (new, said) = stage.heard();
            pushes.extend(new);
            texts.extend(said);
        }
        assert_eq!(pushes, vec!["alarm"; 12], "each press is alarmed, and no end is told meanwhile");
        assert_eq!(texts.len(), 3, "from the fourth on, one text in ten minutes: {texts:?}");
        assert!(!texts.iter().any(|text| is_over(text)));
        town.after(700).await;
        let (pushes, texts) = stage.heard();
        assert_eq!(pushes, ["over"]);
        assert!(texts.len() == 1 && is_over(&texts[0]), "{texts:?}");
    }

    async fn the_fourth_alarm_that_goes_on_comes_by_text_once_its_turn_has_come(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        for _ in 0..3 {
            let pressed = stage.she.presses().await;
            stage.cancels(&pressed).await;
        }
        assert_eq!(stage.heard().1.len(), 3);
        stage.she.presses().await;
        assert_eq!(stage.heard(), (vec!["alarm".to_owned()], vec![]));
        town.after(599).await;
        assert_eq!(stage.heard().1, Vec::<String>::new());
        town.after(1).await;
        let texts = stage.heard().1;
        assert!(texts.len() == 1 && !is_over(&texts[0]), "{texts:?}");
    }

    async fn an_end_that_has_not_left_is_called_back_when_she_presses(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        let first = stage.she.presses().await;
        stage.heard();
        stage.cancels(&first).await;
        town.app.twilio.answers_all(Answer::Unavailable);
        town.after(21).await;
        stage.heard();
        let second = stage.she.presses().await;
        town.app.twilio.answers_all(Answer::Queued);
        town.after(60).await;
        let texts = stage.heard().1;
        assert!(!texts.is_empty() && !texts.iter().any(|text| is_over(text)), "{texts:?}");
        stage.cancels(&second).await;
        town.after(20).await;
        let texts = stage.heard().1;
        assert!(texts.len() == 1 && is_over(&texts[0]), "{texts:?}");
    }

    async fn a_drill_holds_no_end_back(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        let pressed = stage.she.presses().await;
        stage.heard();
        stage.cancels(&pressed).await;
        stage.she.presses_with(json!({ "drill": true })).await;
        town.after(20).await;
        assert!(stage.heard().1.iter().any(|text| is_over(text)));
    }

    async fn the_link_of_an_ended_alert_leads_to_her_newer_open_one(database) {
        let town = founded(database).await;
        let stage = Stage::of(&town).await;
        let first = stage.she.presses().await;
        let link = stage.vecina.expects_link().await;
        stage.cancels(&first).await;
        let page = stage.vecina.taps_see(&link).await.text;
        assert!(page.contains(HAS_CLOSED), "{page}");
        let second = stage.she.presses().await;
        let page = stage.vecina.taps_see(&link).await.text;
        assert!(!page.contains(HAS_CLOSED), "{page}");
        stage.vecina.answers(&link, "on_my_way").await;
        let seen = stage.she.sees(&second).await;
        let vecina = &seen["contacts"].as_array().unwrap().iter().find(|c| c["contact"] == json!(stage.vecina.contact)).unwrap()["answer"];
        assert_ne!(*vecina, Value::Null, "{seen}");
        stage.heard();
    }
}
