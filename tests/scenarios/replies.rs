//! Contacts without the app answer by SMS.

use ampara::db::{Conn, DbError, WritePriority};
use ampara::language::Language;
use ampara::municipality::{self, NewMunicipality};
use serde_json::{Value, json};

use crate::both_engines;
use crate::harness::people::{Account, HER_PHONE, Her, Pressed, SENDER, Town};
use crate::harness::twilio::answer::OPTED_OUT;
use crate::harness::twilio::{Answer, Sms};

const VECINA: &str = "+526144100004";
const OTHER_PHONE: &str = "+526144100011";
const THIRD_PHONE: &str = "+526144100012";
const PATH: &str = "/v1/callbacks/sms/inbound";
const STOPS: &str = "select count(*) as n from suppressions";
const ELSEWHERE: &str = "+526561112233";

async fn replies_to(town: &Town, sender: &str, from: &str, words: &str) {
    assert_eq!(
        town.app.twilio.inbound(PATH, from, sender, words).await,
        200,
        "{words}"
    );
    town.app.settle().await;
    assert_eq!(
        town.count("select count(*) as n from inbound where read_at is null")
            .await,
        0
    );
}

async fn replies(town: &Town, words: &str) {
    replies_to(town, SENDER, VECINA, words).await;
}

/// What the gateway reports under the reference `sid`, once more where it was reported before.
async fn reports(town: &Town, sid: &str, words: &str) {
    let twilio = &town.app.twilio;
    let taken = twilio.inbound_as(sid, PATH, VECINA, SENDER, words).await;
    assert_eq!(taken, 200);
    town.app.settle().await;
}

async fn answer(she: &Her<'_>, pressed: &Pressed) -> Value {
    she.sees(pressed).await["contacts"][0]["answer"].clone()
}

async fn reach(she: &Her<'_>, pressed: &Pressed) -> Value {
    she.sees(pressed).await["contacts"][0]["reach"].clone()
}

/// The texts that the neighbour got since last asked.
fn texts(town: &Town) -> Vec<Sms> {
    town.app
        .twilio
        .take_all()
        .into_iter()
        .filter(|sms| sms.to == VECINA)
        .collect()
}

/// A municipality with a sender of its own, or without one.
async fn elsewhere(town: &Town, sender: &str) {
    let (now, sender) = (town.app.clock.now(), sender.to_owned());
    let add = move |conn: &mut Conn| -> Result<_, DbError> {
        let other = NewMunicipality {
            code: "juarez".into(),
            name: "Juárez".into(),
            zone: chrono_tz::America::Ciudad_Juarez,
            area_code: "656".into(),
            language: Language::Es,
            sms_sender: Some(sender.clone()),
            sms_second_sender: None,
            voice_sender: None,
            notice_version: "1".into(),
        };
        municipality::add(conn, &other, now)
    };
    town.app
        .foundation
        .db
        .write(WritePriority::Background, add)
        .await
        .unwrap();
}

both_engines! {
    async fn a_reply_that_the_gateway_reports_again_changes_nothing_that_came_after_it(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        reports(&town, "SM1", "VOY").await;
        reports(&town, "SM2", "NO").await;
        reports(&town, "SM1", "VOY").await;
        assert_eq!(answer(&she, &pressed).await, "cannot_help", "her last word");
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'answered'").await, 2);
        reports(&town, "SM3", "ALTO").await;
        reports(&town, "SM4", "ALTA").await;
        reports(&town, "SM3", "ALTO").await;
        assert_eq!(town.count(STOPS).await, 0, "texts were allowed again");
        for _ in 0..2 {
            reports(&town, "", "ALTO").await;
            assert_eq!(town.count(STOPS).await, 1, "without a reference each counts");
            reports(&town, "", "ALTA").await;
            assert_eq!(town.count(STOPS).await, 0);
        }
        town.app.twilio.take_all();
    }

    async fn people_answer_in_their_own_words(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        let sms = town.app.twilio.expects_sms(VECINA).await;
        assert!(sms.body.ends_with("Responde 1 si vas, 2 si no puedes") && sms.link().is_some(), "{}", sms.body);
        for (words, said) in [
            ("1", "on_my_way"), (" 2.", "cannot_help"), ("VOY", "on_my_way"), ("No puedo ir", "cannot_help"),
            ("Sí, voy para allá", "on_my_way"), ("no", "cannot_help"), ("No te preocupes, ya voy", "on_my_way"),
            ("Ya estoy con ella", "with_her"), ("yes", "on_my_way"), ("I can't come", "cannot_help"),
        ] {
            replies(&town, words).await;
            assert_eq!(answer(&she, &pressed).await, said, "{words}");
        }
        assert!(texts(&town).is_empty(), "an answer that is understood is not answered");
    }

    async fn what_begins_with_no_or_stop_and_says_more_neither_refuses_nor_ends_anything(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(VECINA).await;
        for words in ["no sé dónde es", "Baja tú, te espero", "alto ahí, ¿quién eres?", "No te muevas", "stop by later"] {
            replies(&town, words).await;
            assert_eq!(answer(&she, &pressed).await, Value::Null, "{words}");
        }
        assert_eq!(town.count(STOPS).await, 0);
        assert_eq!(texts(&town).len(), 1, "how to answer, once");
        town.after(61).await;
        assert!(texts(&town).len() >= 2, "the repeat and the call to call 911 still come");
    }

    async fn a_question_is_answered_once_an_alert_and_shows_that_the_text_arrived(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(VECINA).await;
        assert_eq!(reach(&she, &pressed).await, "sent");
        replies(&town, "quien eres?").await;
        let seen = she.sees(&pressed).await;
        assert_eq!((&seen["contacts"][0]["answer"], &seen["contacts"][0]["reach"]), (&Value::Null, &json!("delivered")));
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'replied'").await, 1);
        let how = texts(&town);
        assert!(how.len() == 1 && how[0].body.contains("Responde 1 si vas, 2 si no puedes"), "{how:?}");
        replies(&town, "no entiendo").await;
        assert!(texts(&town).is_empty());
        assert_eq!(town.count("select count(*) as n from notifications where seen_at is not null").await, 0);
        replies(&town, "1").await;
        assert_eq!(answer(&she, &pressed).await, "on_my_way");
    }

    async fn what_a_phone_writes_by_itself_shows_that_the_text_arrived_and_is_not_answered(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        let sms = town.app.twilio.expects_sms(VECINA).await;
        let reaction = format!("Le gustó “{}”", sms.body);
        for words in ["Estoy conduciendo con No molestar al conducir activado. Veré tu mensaje cuando llegue a mi destino.", &reaction] {
            replies(&town, words).await;
            assert_eq!((answer(&she, &pressed).await, reach(&she, &pressed).await), (Value::Null, json!("delivered")), "{words}");
        }
        assert!(texts(&town).is_empty());
    }

    async fn a_reply_that_may_be_about_two_women_is_credited_to_neither_until_the_contact_says_which(database) {
        let town = Town::found(database).await;
        let (ana, eva) = (Her::signs_in(&town, HER_PHONE).await, Her::signs_in(&town, OTHER_PHONE).await);
        for (she, alias) in [(&ana, "Tu vecina"), (&eva, "La prima Eva")] {
            let (contact, link) = she.invites("Vecina", VECINA).await;
            crate::harness::people::PhoneOnly::new(&town, contact, VECINA).accepts_on_the_page(&link, alias).await;
        }
        let of_ana = ana.presses().await;
        town.after(10).await;
        let of_eva = eva.presses().await;
        texts(&town);
        for words in ["Voy!", "1", "¿quién?"] {
            replies(&town, words).await;
            assert_eq!((answer(&ana, &of_ana).await, answer(&eva, &of_eva).await), (Value::Null, Value::Null), "{words}");
        }
        let asked = texts(&town);
        assert!(asked.len() == 1 && asked[0].body.contains("A Tu vecina, B La prima Eva"), "{asked:?}");
        replies(&town, "1 B").await;
        assert_eq!((answer(&ana, &of_ana).await, answer(&eva, &of_eva).await), (Value::Null, json!("on_my_way")));
        replies(&town, "2a").await;
        assert_eq!((answer(&ana, &of_ana).await, answer(&eva, &of_eva).await), (json!("cannot_help"), json!("on_my_way")));
        // A letter keeps its alert: what is over is not answered in the place of what is open.
        ana.closes(&of_ana, "").await.expect(200);
        replies(&town, "2a").await;
        assert_eq!(answer(&eva, &of_eva).await, "on_my_way");
        // One is left, and no letter is needed any more.
        texts(&town);
        replies(&town, "2").await;
        assert_eq!(answer(&eva, &of_eva).await, "cannot_help");
        assert!(texts(&town).is_empty());
    }

    async fn a_third_alert_is_asked_about_anew_and_letters_stay(database) {
        let town = Town::found(database).await;
        let mut all = Vec::new();
        for phone in [HER_PHONE, OTHER_PHONE, THIRD_PHONE] {
            let she = Her::signs_in(&town, phone).await;
            let (contact, link) = she.invites("Vecina", VECINA).await;
            crate::harness::people::PhoneOnly::new(&town, contact, VECINA).accepts_on_the_page(&link, "").await;
            all.push(she);
        }
        let first = all[0].presses().await;
        let second = all[1].presses().await;
        texts(&town);
        replies(&town, "voy").await;
        assert_eq!(texts(&town).len(), 1);
        town.after(5).await;
        let third = all[2].presses().await;
        texts(&town);
        replies(&town, "voy").await;
        let asked = texts(&town);
        // Without an alias an alert is called by the time at which it began.
        assert!(asked.len() == 1 && asked[0].body.contains("A aviso de las ") && asked[0].body.contains("C aviso de las "), "{asked:?}");
        replies(&town, "1C").await;
        replies(&town, "1A").await;
        let said = [answer(&all[0], &first).await, answer(&all[1], &second).await, answer(&all[2], &third).await];
        assert_eq!(said, [json!("on_my_way"), Value::Null, json!("on_my_way")]);
    }

    async fn the_sender_that_was_written_to_says_whose_alert_is_meant(database) {
        let town = Town::found(database).await;
        elsewhere(&town, ELSEWHERE).await;
        let ana = Her::signs_in(&town, HER_PHONE).await;
        let eva = Her::of(Account::signs_in_at(&town, OTHER_PHONE, "juarez", "1").await);
        for she in [&ana, &eva] {
            she.trusts_by_phone("Vecina", VECINA).await;
        }
        let (of_ana, of_eva) = (ana.presses().await, eva.presses().await);
        texts(&town);
        replies_to(&town, ELSEWHERE, VECINA, "1").await;
        assert_eq!((answer(&ana, &of_ana).await, answer(&eva, &of_eva).await), (Value::Null, json!("on_my_way")));
        replies_to(&town, SENDER, VECINA, "2").await;
        assert_eq!((answer(&ana, &of_ana).await, answer(&eva, &of_eva).await), (json!("cannot_help"), json!("on_my_way")));
        assert!(texts(&town).is_empty());
    }

    async fn a_stop_to_one_municipality_leaves_another_s_women_alone(database) {
        let town = Town::found(database).await;
        elsewhere(&town, ELSEWHERE).await;
        let ana = Her::signs_in(&town, HER_PHONE).await;
        let eva = Her::of(Account::signs_in_at(&town, OTHER_PHONE, "juarez", "1").await);
        for she in [&ana, &eva] {
            she.trusts_by_phone("Vecina", VECINA).await;
        }
        replies_to(&town, ELSEWHERE, VECINA, "STOP").await;
        let (of_ana, of_eva) = (ana.presses().await, eva.presses().await);
        assert_eq!(texts(&town).len(), 1);
        assert_eq!((reach(&ana, &of_ana).await, reach(&eva, &of_eva).await), (json!("sent"), json!("failed")));
        assert!(!ana.lists().await[0]["sms_stopped"].as_bool().unwrap());
        assert!(eva.lists().await[0]["sms_stopped"].as_bool().unwrap());
    }

    async fn each_word_for_starting_revives_what_a_stop_or_the_gateway_s_opt_out_had_ended(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        for (word, by_gateway) in [("START", true), ("YES", true), ("Unstop", true), ("ALTA", true), ("start.", false), ("yes", false)] {
            if by_gateway {
                town.app.twilio.answers(VECINA, [Answer::Refused(OPTED_OUT)]);
                let pressed = she.presses().await;
                town.app.settle().await;
                assert_eq!(she.sees(&pressed).await["contacts"][0]["reason"], "opted_out", "{word}");
                she.closes(&pressed, "").await.expect(200);
            } else {
                replies(&town, "STOP").await;
            }
            assert_eq!(town.count(STOPS).await, 1, "{word}");
            texts(&town);
            replies(&town, word).await;
            assert_eq!(town.count(STOPS).await, 0, "{word}");
            let pressed = she.presses().await;
            assert_eq!((texts(&town).len(), reach(&she, &pressed).await), (1, json!("sent")), "{word}");
            assert_eq!(answer(&she, &pressed).await, Value::Null);
            she.closes(&pressed, "").await.expect(200);
            town.after(120).await;
            texts(&town);
        }
    }

    async fn an_invitation_that_is_accepted_takes_a_stop_back(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (contact, link) = she.invites("Vecina", VECINA).await;
        replies(&town, "STOP").await;
        crate::harness::people::PhoneOnly::new(&town, contact, VECINA).accepts_on_the_page(&link, "Tu vecina").await;
        she.presses().await;
        assert_eq!(texts(&town).len(), 1);
    }

    async fn numbers_are_understood_as_carriers_write_them(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(VECINA).await;
        for (from, words, said) in [
            ("+5216144100004", "1", "on_my_way"), ("526144100004", "2", "cannot_help"), ("6144100004", "1", "on_my_way"),
            ("0446144100004", "2", "cannot_help"), ("00526144100004", "1", "on_my_way"), (" +52 614 410 0004", "2", "cannot_help"),
        ] {
            replies_to(&town, SENDER, from, words).await;
            assert_eq!(answer(&she, &pressed).await, said, "{from}");
        }
        replies_to(&town, "+5216140000000", "+5216144100004", "STOP").await;
        assert!(she.lists().await[0]["sms_stopped"].as_bool().unwrap());
        for from in ["72345", "TELCEL", "", "whatsapp:+526144100004"] {
            replies_to(&town, SENDER, from, "START").await;
        }
        assert!(she.lists().await[0]["sms_stopped"].as_bool().unwrap());
    }

    async fn a_text_that_arrived_though_the_gateway_never_said_so_is_answered_like_any(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.trusts_by_phone("Vecina", VECINA).await;
        town.app.twilio.answers(VECINA, [Answer::Hang]);
        let pressed = she.presses().await;
        town.app.twilio.expects_sms(VECINA).await;
        let taken = "select count(*) as n from notifications where subject_kind = 'alert' and sent_at is not null";
        assert_eq!(town.count(taken).await, 0);
        replies(&town, "1").await;
        assert_eq!(answer(&she, &pressed).await, json!("on_my_way"));
        town.app.twilio.take_all();
        town.after(2).await;
        town.app.twilio.take_all();
    }

    async fn a_reply_when_nothing_is_open_or_from_one_who_was_removed_changes_nothing(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", VECINA).await;
        replies(&town, "1").await;
        replies(&town, "¿quién es?").await;
        let pressed = she.presses().await;
        assert_eq!(answer(&she, &pressed).await, Value::Null, "a reply answers nothing that came after it");
        town.app.twilio.expects_sms(VECINA).await;
        she.removes(&vecina.contact).await;
        replies(&town, "1").await;
        she.closes(&pressed, "").await.expect(200);
        replies(&town, "1").await;
        assert_eq!(town.count("select count(*) as n from answers").await, 0);
        town.app.twilio.take_all();
    }
}
