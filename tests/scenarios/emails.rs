//! Emails and webhooks: for who works at 911, and for contacts who chose them.

use ampara::delivery::channels::email::mailbox::Mailbox;
use ampara::delivery::channels::webhook::target::Target;
use ampara::identity::model::Role;
use ampara::identity::operators;
use ampara::ids::OperatorId;
use ampara::municipality::chihuahua;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::both_engines;
use crate::harness::databases::TestDatabase;
use crate::harness::people::{HER_PHONE, Her, Operator911, PhoneOnly, Town};
use crate::harness::smtp::{Reply, Smtp};
use crate::harness::twilio;
use crate::harness::webhook::WebhookFake;

const VECINA: &str = "+526144100003";
const MAIL: &str = "vecina@correo.test";
const JEFA: &str = "jefa@c911.test";

async fn town(database: TestDatabase, smtp: &Smtp) -> Town {
    Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
        smtp.serves(settings);
        settings.set("webhook.allow", vec!["127.0.0.1/32"]);
    })
    .await
}

/// A neighbour who says yes on the page and leaves an address; the path of the invitation.
async fn vecina<'t>(town: &'t Town, she: &Her<'t>) -> (PhoneOnly<'t>, String) {
    let (contact, link) = she.invites("Vecina Xqz", VECINA).await;
    let anyone = town.app.anyone();
    let page = anyone.get(&link).await;
    assert!(page.text.contains("name=\"email\""), "{}", page.text);
    let form = [
        ("answer", "accept"),
        ("alias", "Tu vecina"),
        ("language", "es"),
        ("email", " Vecina@Correo.test "),
    ];
    let answered = anyone.form(&link, &form).await;
    assert_eq!(answered.status.as_u16(), 200, "{}", answered.text);
    town.app.settle().await;
    (PhoneOnly::new(town, contact, VECINA), link)
}

/// The path of the link in the email that asks to be confirmed.
async fn asked(town: &Town, smtp: &Smtp) -> String {
    let email = smtp.expects("Vecina@correo.test").await;
    for word in ["Xqz", "vecina te", "Canaria"] {
        assert!(
            !email.raw.contains(word) && !email.text.contains(word),
            "{word} in {}",
            email.raw
        );
    }
    town.app.path_of(email.link()).to_owned()
}

async fn confirms(town: &Town, path: &str) -> u16 {
    town.app
        .anyone()
        .form(path, &[("language", "es")])
        .await
        .status
        .as_u16()
}

both_engines! {
    async fn a_supervisor_gets_an_email_and_a_page_when_a_record_comes_to_an_empty_shift(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let webhook = WebhookFake::start(town.app.clock.clone());
        let jefa = Operator911::sits_down_at(&town, town.centres[0], "jefa", Role::Supervisor, Some("+526144100009")).await;
        let (foundation, id): (_, OperatorId) = (&town.app.foundation, serde_json::from_value(json!(jefa.id)).unwrap());
        let target = Target::new(&webhook.url("/pager"));
        webhook.shares("/pager", target.secret.expose_secret());
        operators::set_email(foundation, id, Mailbox::parse(JEFA).unwrap()).await.unwrap();
        operators::set_webhook(foundation, id, target).await.unwrap();
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Canaria Zxq").await;
        she.presses().await;
        let folio = "CUU-26-000001";
        town.app.twilio.expects_sms("+526144100009").await;
        let email = smtp.expects(JEFA).await;
        assert!(email.subject.contains(folio) && email.text.contains(folio), "{email:?}");
        assert!(!email.raw.contains("Zxq") && !email.raw.contains("28.6"), "{}", email.raw);
        let call = webhook.expects("/pager").await;
        assert_eq!((&call.body["type"], &call.body["folio"]), (&json!("empty_shift"), &json!(folio)));
        assert_eq!((&call.body["centre"], &call.body["level"]), (&json!("CUU"), &json!(0)));
        // A minute later no operator has claimed it: all of her channels again.
        town.after(60).await;
        assert_eq!(webhook.expects("/pager").await.body["type"], "unclaimed");
        smtp.expects(JEFA).await;
        town.app.twilio.expects_sms("+526144100009").await;
        operators::remove_channel(foundation, id, ampara::delivery::model::Channel::Webhook).await.unwrap();
        operators::remove_channel(foundation, id, ampara::delivery::model::Channel::Email).await.unwrap();
        town.after(300).await;
        town.app.twilio.take_all();
    }

    async fn a_contact_who_confirmed_an_address_gets_an_email_when_the_sms_is_dead(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("Canaria Zxq").await;
        let (vecina, _) = vecina(&town, &she).await;
        let link = asked(&town, &smtp).await;
        let page = town.app.anyone().get(&link).await;
        assert!(page.status.is_success() && !page.text.contains("Zxq"), "{}", page.text);
        assert_eq!(confirms(&town, &link).await, 200);
        assert_eq!(confirms(&town, &link).await, 404, "once");
        let _feed = marta.watches().await;
        town.app.twilio.answers(VECINA, [twilio::Answer::Refused(twilio::answer::NOT_MOBILE)]);
        let pressed = she.presses().await;
        vecina.expects_sms().await;
        let email = smtp.expects("Vecina@correo.test").await;
        assert_eq!(email.subject, "Tu vecina te necesita");
        for canary in ["Zxq", "Xqz", "28.6", "106.0", "614410"] {
            assert!(!email.raw.contains(canary) && !email.text.contains(canary), "{canary} in {}", email.text);
        }
        let (watch, contact) = (town.app.path_of(email.link()).to_owned(), vecina.contact.clone());
        assert_eq!(she.sees_reach(&pressed, &contact).await, "sent", "taken by a relay has reached nobody");
        assert!(vecina.opens(&watch).await.status.is_success());
        assert_eq!(she.sees_reach(&pressed, &contact).await, "sent", "mailboxes open links by themselves");
        vecina.taps_see(&watch).await;
        assert_eq!(she.sees_reach(&pressed, &contact).await, "seen");
        let seen = she.sees(&pressed).await;
        assert_eq!(seen["contacts"][0]["over"], json!(["text", "mail"]));
        vecina.answers(&watch, "on_my_way").await;
        assert_eq!(she.sees_reach(&pressed, &contact).await, "answered");
    }

    async fn that_an_email_was_opened_says_nothing_of_the_sms(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (vecina, _) = vecina(&town, &she).await;
        let link = asked(&town, &smtp).await;
        assert_eq!(confirms(&town, &link).await, 200);
        she.presses().await;
        let texted = vecina.expects_link().await;
        smtp.expects_nothing_for("Vecina@correo.test");
        town.after(30).await;
        let email = smtp.expects("Vecina@correo.test").await;
        vecina.taps_see(town.app.path_of(email.link())).await;
        let seen = |channel| format!("select count(*) as n from notifications where channel = '{channel}' and state = 'seen'");
        assert_eq!((town.count(&seen("email")).await, town.count(&seen("sms")).await), (1, 0));
        vecina.taps_see(&texted).await;
        assert_eq!(town.count(&seen("sms")).await, 1);
    }

    async fn an_address_that_nobody_confirmed_is_never_used_and_is_forgotten(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (vecina, _) = vecina(&town, &she).await;
        let link = asked(&town, &smtp).await;
        assert_eq!(town.app.anyone().get(&link).await.status.as_u16(), 200, "a look changes nothing");
        town.app.twilio.answers(VECINA, [twilio::Answer::Refused(twilio::answer::NOT_MOBILE)]);
        let pressed = she.presses().await;
        vecina.expects_sms().await;
        town.after(120).await;
        smtp.expects_nothing_for("Vecina@correo.test");
        for forged in ["/m/x", "/m/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(town.app.anyone().get(forged).await.status.as_u16(), 404);
            assert_eq!(confirms(&town, forged).await, 404);
        }
        she.cancels(&pressed, "").await.expect(200);
        town.app.clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
        assert_eq!(town.app.anyone().get(&link).await.status.as_u16(), 404);
        assert_eq!(confirms(&town, &link).await, 404, "its time is over");
        assert_eq!(ampara::network::forget_unconfirmed(&town.app.foundation).await.unwrap(), 1);
        assert_eq!(town.count("select count(*) as n from mail_confirmations").await, 0);
        assert_eq!(town.count("select count(*) as n from addresses where channel = 'email'").await, 0);
        town.app.twilio.take_all();
    }

    async fn who_leaves_gets_no_email_any_more_and_confirms_nothing(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (vecina, invitation) = vecina(&town, &she).await;
        let link = asked(&town, &smtp).await;
        vecina.leaves(&invitation).await;
        assert_eq!(confirms(&town, &link).await, 404);
        assert_eq!(town.count("select count(*) as n from mail_confirmations").await, 0);
    }

    async fn a_mailbox_is_asked_three_times_a_day_at_most_and_the_yes_counts_all_the_same(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        for n in 0..4 {
            let (_, link) = she.invites("Alguien", &format!("+52614410002{n}")).await;
            let body = json!({ "accept": true, "email": MAIL.to_uppercase() });
            let path = format!("/v1/invitations/{}", link.strip_prefix("/i/").unwrap());
            assert_eq!(town.app.anyone().post(&path, &body).await.expect(200)["state"], "active");
            town.app.settle().await;
        }
        assert_eq!((smtp.take_all().len(), smtp.total()), (3, 3));
    }

    async fn an_address_that_is_none_is_said_before_the_yes_is_taken(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (_, link) = she.invites("Vecina", VECINA).await;
        let path = format!("/v1/invitations/{}", link.strip_prefix("/i/").unwrap());
        assert_eq!(town.app.anyone().get(&path).await.expect(200)["mail_offered"], true);
        let refused = town.app.anyone().post(&path, &json!({ "accept": true, "email": "vecina@" })).await;
        assert_eq!(refused.expect_problem(422, "bad-value")["fields"][0]["path"], "email");
        let form = [("answer", "accept"), ("language", "es"), ("email", "vecina@")];
        let again = town.app.anyone().form(&link, &form).await;
        assert_eq!(again.status.as_u16(), 303);
        let there = again.headers["location"].to_str().unwrap().to_owned();
        assert!(town.app.anyone().get(&there).await.text.contains("no parece estar completo"));
    }

    async fn where_no_emails_are_sent_none_are_offered(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (_, link) = she.invites("Vecina", VECINA).await;
        assert!(!town.app.anyone().get(&link).await.text.contains("name=\"email\""));
        let path = format!("/v1/invitations/{}", link.strip_prefix("/i/").unwrap());
        assert_eq!(town.app.anyone().get(&path).await.expect(200)["mail_offered"], false);
        let body = json!({ "accept": true, "email": MAIL });
        town.app.anyone().post(&path, &body).await.expect_problem(422, "bad-value");
    }

    async fn a_mailbox_that_is_no_more_is_retired_and_an_email_waits_for_a_relay_that_is_away(database) {
        let smtp = Smtp::start();
        let town = town(database, &smtp).await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let _feed = marta.watches().await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let (vecina, _) = vecina(&town, &she).await;
        let link = asked(&town, &smtp).await;
        confirms(&town, &link).await;
        town.app.twilio.answers(VECINA, [twilio::Answer::Refused(twilio::answer::NOT_MOBILE)]);
        let script = [
            (ampara::delivery::channels::email::errors::Stage::Greeting, Reply::Says("421 4.3.2 busy")),
            (ampara::delivery::channels::email::errors::Stage::Rcpt, Reply::Says("550 5.1.1 no such user")),
        ];
        smtp.answers(script);
        let pressed = she.presses().await;
        vecina.expects_sms().await;
        assert_eq!(town.count("select count(*) as n from addresses where channel = 'email' and state = 'live'").await, 1);
        town.after(2).await;
        assert_eq!(town.count("select count(*) as n from addresses where channel = 'email' and state = 'retired'").await, 1);
        assert_eq!(she.sees_reach(&pressed, &vecina.contact).await, "failed");
        assert_eq!(smtp.total(), 1, "the one that asked to be confirmed");
    }
}
