//! The pages for people without the app, in a real browser without script.
//!
//! What: a town with invitations to answer and alerts to look at; `pages.mjs` opens their links in Chromium and holds each
//! page to what somebody on a phone needs of it.
//! Invariant: nothing is loaded but from the server under test.
//! Path: the links go to node as one JSON text in `STORY`; it leaves pictures of every page in `target/pages/`.
//! On failure: the panic is what node printed, a sentence a check. Where node, Chromium or playwright-core is missing,
//! it says what to install.

use std::process::Command;

use serde_json::json;

use crate::both_engines;
use crate::harness::people::{Her, PhoneOnly, Town};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser");
/// As long as an alias may be, and as wide.
const WIDEST: &str = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW";

fn browses(story: &serde_json::Value) {
    let mut node = Command::new("node");
    node.args(["--test-reporter=spec", "pages.mjs"]).current_dir(FOLDER).env("STORY", story.to_string());
    let ended = node.output().unwrap_or_else(|e| panic!("node 20 or newer is needed (Debian: nodejs, npm): {e}"));
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
}

/// Somebody who said yes on the page, in this language.
async fn neighbour<'t>(she: &Her<'t>, phone: &str, alias: &str, language: &str) -> (PhoneOnly<'t>, String) {
    let (contact, link) = she.invites("Vecina", phone).await;
    let answer = [("answer", "accept"), ("alias", alias), ("language", language)];
    she.town.app.anyone().form(&link, &answer).await;
    (PhoneOnly::new(she.town, contact, phone), link)
}

both_engines! {
    async fn people_without_the_app_find_their_way_in_a_browser_without_script(database) {
        let town = Town::found(database).await;
        let (ana, eva, sol) = (
            Her::signs_in(&town, "+526144100001").await,
            Her::signs_in(&town, "+526144100002").await,
            Her::signs_in(&town, "+526144100003").await,
        );
        for (she, name) in [(&ana, "Ana Prueba"), (&eva, "Eva Prueba"), (&sol, "Sol Prueba")] {
            she.is_called(name).await;
        }
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
        let watch = [vecina.expects_link().await, friend.expects_link().await, wide.expects_link().await];
        let (drill, over) = (practises.expects_link().await, too_late.expects_link().await);
        sol.closes(&closed, "").await.expect(200);
        town.after(190).await;

        let story = json!({
            "base": town.app.base_url(), "accept": accept, "decline": decline, "leave": leaves,
            "watch": watch[0], "in_english": watch[1], "wide": watch[2], "drill": drill, "over": over,
            "alert": pressed.path(""), "token": ana.alert_token, "contact": vecina.contact,
        });
        browses(&story);

        assert_eq!(ana.sees_reach(&pressed, &vecina.contact).await, "answered");
        assert_eq!(town.count("select count(*) as n from timeline where kind = 'answered'").await, 1, "answered once");
        let states: Vec<_> = eva.lists().await.iter().map(|c| (c["name"].clone(), c["state"].clone())).collect();
        assert!(states.contains(&(json!("Hermana"), json!("active"))), "{states:?}");
        assert!(!states.iter().any(|(name, _)| name == "Primo"), "{states:?}");
        assert!(sol.lists().await.is_empty(), "the one contact left");
        town.app.twilio.take_all();
    }
}
