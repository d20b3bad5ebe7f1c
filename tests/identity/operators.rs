//! Operators.

use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::test::TestRequest;
use ampara::clock::Clock;
use ampara::db::{Conn, DbError};
use ampara::foundation::Foundation;
use ampara::identity::model::Role;
use ampara::identity::operators::{self, Credentials, NewOperator};
use ampara::identity::{self, IdentityError};
use ampara::ids::{CentreId, PersonId};
use ampara::language::Language;
use ampara::on;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::stage::{Answer, HER_PHONE, Stage};
use crate::both_engines;

fn marta(stage: &Stage) -> NewOperator {
    NewOperator {
        sign_in_name: "marta".to_owned(),
        name: "Marta Ruiz Soto".to_owned(),
        role: Role::Operator,
        municipality: stage.municipality,
        centre: Some(CentreId::new()),
        corporation: Some("DSPM".to_owned()),
        badge: Some("DS-0447".to_owned()),
        unlisted: false,
        phone: None,
        language: Language::Es,
        password: None,
    }
}

async fn adds(stage: &Stage, new: NewOperator) -> Credentials {
    operators::add(stage.identity.foundation(), new)
        .await
        .unwrap()
}

async fn tries(stage: &Stage, account: &Credentials, password: &str, totp: &str) -> Answer {
    let body = json!({ "name": account.sign_in_name, "password": password, "totp": totp });
    stage.post("/v1/operators/sign-in", body).await
}

async fn signs_in(stage: &Stage, account: &Credentials) -> Answer {
    let totp = operators::totp_now(stage.identity.foundation(), account.operator)
        .await
        .unwrap();
    tries(stage, account, account.password.as_deref().unwrap(), &totp).await
}

struct Desk {
    cookie: String,
    csrf: String,
}

async fn sits_down(stage: &Stage, account: &Credentials) -> Desk {
    let answer = signs_in(stage, account).await;
    let cookie = answer.cookie.clone().unwrap();
    let csrf = answer.ok()["csrf_token"].as_str().unwrap().to_owned();
    Desk { cookie, csrf }
}

fn with_cookie(desk: &Desk, request: TestRequest) -> TestRequest {
    request.cookie(Cookie::new("ampara_operator", desk.cookie.clone()))
}

fn from_desk(desk: &Desk, request: TestRequest) -> TestRequest {
    with_cookie(desk, request).insert_header(("x-csrf-token", desk.csrf.clone()))
}

both_engines! {
    async fn an_operator_signs_in_and_out(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        assert!(account.otpauth.starts_with("otpauth://totp/"));
        let answer = signs_in(&stage, &account).await;
        for flag in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(answer.set_cookie.contains(flag), "{}", answer.set_cookie);
        }
        stage.fast_forward(30);
        let desk = sits_down(&stage, &account).await;
        let session = || with_cookie(&desk, TestRequest::get().uri("/v1/operators/session"));
        let seen = stage.send(session()).await.ok();
        assert_eq!((&seen["csrf_token"], &seen["role"]), (&json!(desk.csrf), &json!("operator")));
        stage.send(from_desk(&desk, TestRequest::post().uri("/v1/operators/sign-out"))).await.ok();
        stage.send(session()).await.is(401, "session-revoked");
    }

    async fn a_totp_code_works_once(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        signs_in(&stage, &account).await.ok();
        signs_in(&stage, &account).await.is(401, "sign-in-failed");
        stage.fast_forward(30);
        signs_in(&stage, &account).await.ok();
    }

    async fn what_a_clock_that_was_ahead_has_left_keeps_no_operator_out(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        signs_in(&stage, &account).await.ok();
        stage.fast_forward(30);
        let ahead = stage.clock.now().plus(Duration::from_secs(3_600)).micros();
        for set in [format!("locked_until = {ahead}"), format!("totp_last_step = {}", ahead / 30_000_000)] {
            let sql = format!("update operators set {set}");
            let write = move |conn: &mut Conn| Ok(on!(conn, |c| diesel::sql_query(&sql).execute(c)).map_err(DbError::from)?);
            stage.write(write).await.unwrap();
            signs_in(&stage, &account).await.ok();
            signs_in(&stage, &account).await.is(401, "sign-in-failed");
            stage.fast_forward(30);
        }
    }

    async fn an_operators_phone_may_agree_with_the_count_or_with_the_machines_clock(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        for hours in [1_u64, 24] {
            for ahead in [true, false] {
                let (now, by) = (stage.clock.now(), Duration::from_secs(hours * 3_600));
                let wall = if ahead { now.plus(by) } else { now.minus(by) };
                stage.clock.put_to(wall);
                signs_in(&stage, &account).await.ok();
                let theirs = Foundation { clock: Clock::manual(wall), ..stage.identity.foundation().clone() };
                let code = operators::totp_now(&theirs, account.operator).await.unwrap();
                tries(&stage, &account, account.password.as_deref().unwrap(), &code).await.ok();
                stage.clock.put_to(now);
                stage.fast_forward(30);
            }
        }
    }

    async fn of_two_with_the_same_code_at_once_one_is_let_in(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        let (a, b) = futures_util::join!(signs_in(&stage, &account), signs_in(&stage, &account));
        assert_eq!(i32::from(a.status == 200) + i32::from(b.status == 200), 1, "{a:?} {b:?}");
    }

    async fn every_wrong_sign_in_looks_alike_and_the_account_waits_longer_each_time(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        let foundation = stage.identity.foundation();
        let password = account.password.clone().unwrap();
        let totp = operators::totp_now(foundation, account.operator).await.unwrap();
        let nobody = Credentials { operator: account.operator, sign_in_name: "nobody".into(), password: None, otpauth: String::new() };
        let mut bodies: Vec<Value> = Vec::new();
        for (who, password, totp) in [
            (&nobody, password.as_str(), totp.as_str()),
            (&account, "wrong", totp.as_str()),
            (&account, password.as_str(), "000000"),
            (&account, "wrong", ""),
            (&account, "wrong", "x"),
            (&account, "wrong", "1"),
        ] {
            bodies.push(tries(&stage, who, password, totp).await.body);
        }
        // Five failures: now the right answer fails too, with the same words, until 30 s have
        // passed.
        bodies.push(signs_in(&stage, &account).await.body);
        assert!(bodies.iter().all(|body| *body == bodies[0] && body["code"] == "sign-in-failed"), "{bodies:?}");
        stage.fast_forward(30);
        signs_in(&stage, &account).await.ok();
    }

    async fn a_request_that_changes_something_needs_the_csrf_token(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        let desk = sits_down(&stage, &account).await;
        let out = || TestRequest::post().uri("/v1/operators/sign-out");
        stage.send(with_cookie(&desk, out())).await.is(403, "csrf");
        stage.send(with_cookie(&desk, out()).insert_header(("x-csrf-token", "guessed"))).await.is(403, "csrf");
        stage.send(out().insert_header(("x-csrf-token", desk.csrf.clone()))).await.is(401, "unauthorized");
        stage.send(from_desk(&desk, out())).await.ok();
    }

    async fn a_session_ends_after_an_hour_without_a_request_and_after_twelve_in_any_case(database) {
        let stage = Stage::set(&database).await;
        let account = adds(&stage, marta(&stage)).await;
        let desk = sits_down(&stage, &account).await;
        let look = || with_cookie(&desk, TestRequest::get().uri("/v1/operators/session"));
        for _ in 0..13 {
            stage.fast_forward(50 * 60);
            stage.send(look()).await.ok();
        }
        stage.fast_forward(61 * 60);
        stage.send(look()).await.is(401, "session-revoked");
        let desk = sits_down(&stage, &account).await;
        stage.fast_forward(61 * 60);
        stage.send(with_cookie(&desk, TestRequest::get().uri("/v1/operators/session"))).await.is(401, "session-revoked");
    }

    async fn an_administrator_lists_and_disables_and_nobody_else_does(database) {
        let stage = Stage::set(&database).await;
        let mut chief = marta(&stage);
        (chief.sign_in_name, chief.role, chief.centre) = ("chief".to_owned(), Role::Administrator, None);
        let chief = adds(&stage, chief).await;
        let desk = sits_down(&stage, &chief).await;
        let mut new = marta(&stage);
        (new.sign_in_name, new.name) = ("luis".to_owned(), "Luis Mena".to_owned());
        let luis = adds(&stage, new.clone()).await;
        let twice = operators::add(stage.identity.foundation(), new).await;
        assert!(matches!(twice, Err(IdentityError::Taken)));
        let his = sits_down(&stage, &luis).await;
        let list = || TestRequest::get().uri("/v1/operators");
        stage.send(with_cookie(&his, list())).await.is(403, "forbidden");
        assert_eq!(stage.send(with_cookie(&desk, list())).await.ok()["items"].as_array().unwrap().len(), 2);

        let disable = |id: &str| TestRequest::post().uri(&format!("/v1/operators/{id}/disable"));
        stage.send(from_desk(&his, disable(&luis.operator.to_string()))).await.is(403, "forbidden");
        stage.send(from_desk(&desk, disable(&chief.operator.to_string()))).await.is(403, "forbidden");
        stage.send(from_desk(&desk, disable(&luis.operator.to_string()))).await.ok();
        stage.send(with_cookie(&his, TestRequest::get().uri("/v1/operators/session"))).await.is(401, "session-revoked");
        stage.fast_forward(30);
        signs_in(&stage, &luis).await.is(401, "sign-in-failed");
        let renewed = operators::reset(stage.identity.foundation(), luis.operator, None).await.unwrap();
        signs_in(&stage, &renewed).await.ok();
    }

    async fn an_officer_on_her_list_is_known_by_name_or_by_badge_and_corporation(database) {
        let stage = Stage::set(&database).await;
        let she = stage.signs_in(HER_PHONE).await;
        let person: PersonId = she.person.parse().unwrap();
        let named = adds(&stage, marta(&stage)).await.operator;
        let mut other = marta(&stage);
        (other.sign_in_name, other.name, other.corporation) = ("rosa".into(), "Rosa Gil".into(), Some("FGE".into()));
        let other = adds(&stage, other).await.operator;
        let put = |officers: Value| TestRequest::put().uri("/v1/me/conflicts").set_json(json!({ "officers": officers }));
        for (officers, who) in [
            (json!([{ "name": "soto ruiz, MARTA" }]), vec![named]),
            (json!([{ "badge": "ds 0447", "corporation": "dspm" }]), vec![named]),
            (json!([{ "badge": "DS0447" }]), vec![named, other]),
            (json!([{ "badge": "DS0448" }, { "name": "Marta Ruiz" }]), vec![]),
        ] {
            stage.as_her(&she, put(officers)).await.ok();
            let found = stage.write(move |conn| {
                let from_her = identity::operators_named_by(conn, person)?;
                let mut from_them = Vec::new();
                for operator in [named, other] {
                    if identity::excluded_people(conn, operator)? == [person] {
                        from_them.push(operator);
                    }
                }
                Ok((from_her, from_them))
            });
            assert_eq!(found.await.unwrap(), (who.clone(), who));
        }
    }

    async fn supervisors_of_a_centre_are_alarmed_on_their_own_phones(database) {
        let stage = Stage::set(&database).await;
        let centre = CentreId::new();
        let mut chief = marta(&stage);
        (chief.role, chief.centre) = (Role::Supervisor, Some(centre));
        chief.phone = ampara::phone::Phone::from_stored("+526141112233");
        let chief = adds(&stage, chief).await.operator;
        let mut plain = marta(&stage);
        (plain.sign_in_name, plain.centre) = ("rosa".into(), Some(centre));
        adds(&stage, plain).await;
        let (alarmed, phones) = stage
            .write(move |conn| {
                let alarmed = identity::supervisors_to_alarm(conn, centre)?;
                Ok((alarmed, ampara::delivery::addresses::live_for(conn, &[chief.into()])?.len()))
            })
            .await
            .unwrap();
        assert_eq!((alarmed.len(), alarmed[0].operator, phones), (1, chief, 1));
        let mut nowhere = marta(&stage);
        (nowhere.sign_in_name, nowhere.centre) = ("nora".into(), None);
        let refused = operators::add(stage.identity.foundation(), nowhere).await.err();
        assert!(matches!(refused, Some(IdentityError::Field("centre", _))), "{refused:?}");
    }
}
