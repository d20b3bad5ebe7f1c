//! The pages for people without the app, and the printed record, in a real browser without script.
//!
//! What: a town with invitations to answer and alerts to look at; `pages.mjs` opens their links in
//! Chromium and checks that each page has what its reader on a phone needs; `printed.mjs` prints a
//! record and reads the paper. Invariant: nothing is loaded but from the server under test. Path:
//! the links go to node as one JSON text in `STORY`; with `PICTURES` set it leaves a picture of
//! each page in `target/pages/`. On failure: the panic is what node printed, a sentence a check.
//! Where node, Chromium or playwright-core is missing, it says what to install.

use std::process::Command;

use ampara::identity::model::Role;
use serde_json::json;

use crate::both_engines;
use crate::harness::client;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::people::{HER_PHONE, Her, Operator911, PhoneOnly, Town, path_of};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
/// As long as an alias may be, and as wide.
const WIDEST: &str = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW";

fn browses(script: &str, story: &serde_json::Value) {
    let mut node = Command::new("node");
    node.args(["--test-reporter=spec", script])
        .current_dir(FOLDER)
        .env("STORY", story.to_string());
    let ended = node
        .output()
        .unwrap_or_else(|e| panic!("node 20 or newer is needed (Debian: nodejs, npm): {e}"));
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// A contact who accepted on the page, in this language.
async fn neighbour<'t>(
    she: &Her<'t>,
    phone: &str,
    alias: &str,
    language: &str,
) -> (PhoneOnly<'t>, String) {
    let (contact, link) = she.invites("Vecina", phone).await;
    let answer = [
        ("answer", "accept"),
        ("alias", alias),
        ("drills", "yes"),
        ("language", language),
    ];
    she.town.app.anyone().form(&link, &answer).await;
    (PhoneOnly::new(she.town, contact, phone), link)
}

async fn called<'t>(town: &'t Town, phone: &str, name: &str) -> Her<'t> {
    let she = Her::signs_in(town, phone).await;
    she.is_called(name).await;
    she
}

// On one engine: what the pages ask of the database is tried on both without a browser.
#[test]
fn people_without_the_app_find_their_way_in_a_browser_without_script() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let ana = called(&town, "+526144100001", "Ana Prueba").await;
        let eva = called(&town, "+526144100002", "Eva Prueba").await;
        let sol = called(&town, "+526144100003", "Sol Prueba").await;
        let (vecina, _) = neighbour(&ana, "+526144100004", "Tu vecina", "es").await;
        let (friend, _) = neighbour(&ana, "+526144100005", "", "en").await;
        let (wide, _) = neighbour(&ana, "+526144100006", WIDEST, "es").await;
        let (practises, _) = neighbour(&eva, "+526144100007", "", "en").await;
        let (too_late, leaves) = neighbour(&sol, "+526144100008", "", "es").await;
        let (_, accept) = eva.invites("Hermana", "+526144100009").await;
        let (_, decline) = eva.invites("Primo", "+526144100010").await;

        let closed = sol.presses().await;
        eva.presses_with(json!({ "drill": true })).await;
        let pressed = ana.presses().await;
        let watch = [
            vecina.expects_link().await,
            friend.expects_link().await,
            wide.expects_link().await,
        ];
        let (drill, over) = (
            practises.expects_link().await,
            too_late.expects_link().await,
        );
        sol.closes(&closed, "").await.expect(200);
        town.after(190).await;

        let story = json!({
            "base": town.app.base_url(), "accept": accept, "decline": decline, "leave": leaves,
            "watch": watch[0], "in_english": watch[1], "wide": watch[2], "drill": drill, "over": over,
            "alert": pressed.path(""), "token": ana.alert_token, "contact": vecina.contact,
        });
        browses("pages.mjs", &story);

        assert_eq!(ana.sees_reach(&pressed, &vecina.contact).await, "answered");
        assert_eq!(
            town.count("select count(*) as n from timeline where kind = 'answered'")
                .await,
            1,
            "answered once"
        );
        let states: Vec<_> = eva
            .lists()
            .await
            .iter()
            .map(|c| (c["name"].clone(), c["state"].clone()))
            .collect();
        assert!(
            states.contains(&(json!("Hermana"), json!("active"))),
            "{states:?}"
        );
        assert!(
            !states.iter().any(|(name, _)| name == "Primo"),
            "{states:?}"
        );
        assert!(sol.lists().await.is_empty(), "the one contact left");
        town.app.twilio.take_all();
    });
}

#[test]
fn a_record_prints_on_paper_of_both_kinds_with_nothing_cut_off() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.is_called("María Guadalupe de los Ángeles Terrazas-Ñáñez y Fernández de Córdoba")
            .await;
        she.names_officer("DS-4471").await;
        let prima = she
            .trusts_with_app(WIDEST, "+526144100002", "token-prima")
            .await;
        let marta = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let place = json!({ "lat": 28.6353, "lon": -106.0889, "accuracy": 18.0 });
        let pressed = she
            .presses_with(json!({ "note": "Está en la puerta. Üff… ñ", "location": place }))
            .await;
        prima.gets_alarm().await;
        prima.answers(pressed.id(), "on_my_way").await;
        let record = marta.sees_one().await;
        marta.claims(&record).await.expect(200);
        marta.dispatches(&record, "Unidad U-204").await;
        // As long as a note may be, and without a place to break it.
        marta.notes(&record, &"W".repeat(2_000)).await;
        for n in 0..40 {
            marta
                .notes(
                    &record,
                    &format!("Anotación {n}: sigue en el tercer piso, la unidad espera abajo."),
                )
                .await;
        }
        browses(
            "printed.mjs",
            &json!({
                "base": town.app.base_url(), "path": path_of(&record, "/print"), "cookie": marta.cookie(),
                "folio": record["folio"], "words": ["28.635300, -106.088900 ± 18 m", HER_PHONE, "Üff… ñ", WIDEST, "DS-4471"],
            }),
        );
        assert_eq!(
            town.count("select count(*) as n from read_audit where action = 'printed'")
                .await,
            4
        );
    });
}

fn door(reply: &reqwest::Response) -> &str {
    reply
        .headers()
        .get("set-cookie")
        .map_or("", |value| value.to_str().unwrap())
}

both_engines! {
    async fn only_the_browser_in_which_see_was_pressed_fetches_the_page_and_a_fetch_marks_nothing_seen(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let vecina = she.trusts_by_phone("Vecina", "+526144100004").await;
        let pressed = she.presses().await;
        let link = vecina.expects_link().await;
        let (http, url) = (client::bare(), format!("{}{link}", town.app.base_url()));
        let fetch = async |cookie: &str| http.get(&url).header("cookie", cookie).send().await.unwrap();

        let shut = fetch("ampara_door=shut").await;
        assert_eq!(door(&shut), format!("ampara_door=shut; HttpOnly; SameSite=Strict; Secure; Path={link}; Max-Age=900"));
        assert!(!shut.text().await.unwrap().contains("28.63534"));
        assert!(fetch("ampara_door=open").await.text().await.unwrap().contains("28.63534"));
        assert_eq!(she.sees_reach(&pressed, &vecina.contact).await, "sent");

        let seen = http.post(&url).header("cookie", "ampara_door=shut").send().await.unwrap();
        assert_eq!((seen.status().as_u16(), seen.headers()["location"].to_str().unwrap()), (303, link.as_str()));
        assert!(door(&seen).starts_with("ampara_door=open; HttpOnly; SameSite=Strict; Secure;"), "{}", door(&seen));
        assert_eq!(she.sees_reach(&pressed, &vecina.contact).await, "seen");

        she.removes(&vecina.contact).await;
        let removed = fetch("ampara_door=open").await;
        assert_eq!(removed.status().as_u16(), 404);
        assert!(!removed.text().await.unwrap().contains("28.63534"));
    }
}
