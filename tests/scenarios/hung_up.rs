//! A phone that hangs up, or a database that does, right after a press: what follows a commit does
//! not depend on either.

use std::time::Duration;

use ampara::db::WritePriority;
use ampara::identity;
use ampara::municipality::chihuahua;
use futures_util::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::both_engines;
use crate::harness::databases::{TestDatabase, TestEngine, tell};
use crate::harness::people::{HER_PHONE, Her, Town};
use crate::harness::proxy::{Cut, Proxy};
use crate::write_path::gate::Gate;

/// Sends these bytes of a press, under an id of its own.
async fn presses(town: &Town, she: &Her<'_>, body: &str, announced: usize) -> TcpStream {
    let base = town.app.base_url().trim_start_matches("http://");
    let mut line = TcpStream::connect(base).await.unwrap();
    let head = format!(
        "PUT /v1/alerts/{} HTTP/1.1\r\nhost: {base}\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: {announced}\r\n\r\n{body}",
        Uuid::new_v4(),
        she.alert_token
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line
}

/// Presses so and resets the connection, until one of the presses is kept: a reset may also take
/// away what the server has not read yet.
async fn presses_and_resets(town: &Town, she: &Her<'_>, body: &str, announced: usize) {
    let pressing = async {
        while town.count("select count(*) as n from alerts").await == 0 {
            let line = presses(town, she, body, announced).await;
            tokio::time::sleep(Duration::from_millis(3)).await;
            line.set_zero_linger().unwrap();
            drop(line);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), pressing).await;
    assert!(waited.is_ok(), "no press raised an alert");
}

/// Goes on once that many presses wait for their turn.
async fn wait_for_their_turn(town: &Town, wanted: impl Fn(u64) -> bool) {
    let waiting = async {
        loop {
            let health = town.app.anyone().get("/health/alerting").await.json();
            if wanted(health["presses_waiting"].as_u64().unwrap()) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), waiting).await;
    assert!(waited.is_ok(), "other presses wait for their turn");
}

/// Steps the server, without moving its time, until the alarm is on that phone.
async fn gets_its_alarm(town: &Town, token: &str) {
    let asked = async {
        loop {
            town.app.settle().await;
            let pushes = town.app.fcm.take_all();
            if !pushes.is_empty() {
                return pushes;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let pushes = tokio::time::timeout(Duration::from_secs(60), asked).await;
    let tokens: Vec<_> = pushes
        .unwrap()
        .into_iter()
        .map(|push| push.target)
        .collect();
    assert_eq!(tokens, [token]);
}

both_engines! {
    async fn a_press_whose_caller_hangs_up_is_sent_at_once(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        town.app.settle().await;
        presses_and_resets(&town, &she, "{}", 2).await;
        // No time passes: the lease of a message that was not handed over would not end.
        gets_its_alarm(&town, &prima.token).await;
    }

    async fn a_phone_that_presses_and_hangs_up_without_end_leaves_one_press_waiting(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        she.presses().await;
        // Her row is held, so that each press of hers waits.
        let (gate, foundation) = (Gate::shut(), town.app.foundation.clone());
        let holds = gate.holds();
        let hold = town.app.foundation.db.write(WritePriority::Alert, move |conn| {
            let her = identity::person_by_phone(conn, &foundation.keys, HER_PHONE).unwrap().unwrap();
            identity::take_person(conn, her)?;
            holds(conn)
        });
        let flood = async {
            gate.entered().await;
            let lines = join_all((0..50).map(|_| presses(&town, &she, "{}", 2))).await;
            wait_for_their_turn(&town, |waiting| waiting >= 49).await;
            for line in lines {
                line.set_zero_linger().unwrap();
            }
            wait_for_their_turn(&town, |waiting| waiting <= 1).await;
            gate.open().await;
        };
        let (held, ()) = tokio::join!(hold, flood);
        held.unwrap();
        she.presses_as(&Uuid::new_v4().to_string(), &json!({})).await.expect(200);
        assert!(town.count("select count(*) as n from alert_names").await <= 3);
    }

    async fn half_a_body_raises_although_the_line_is_cut(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", "+526144100002", "token-prima").await;
        town.app.settle().await;
        presses_and_resets(&town, &she, "{\"location\": {", 500).await;
        gets_its_alarm(&town, &prima.token).await;
    }
}

#[test]
fn a_press_whose_commit_was_not_heard_is_sent_at_once() {
    tell(async {
        let database = TestDatabase::fresh(TestEngine::Postgres);
        let proxy = Proxy::start();
        let url = proxy.url(database.name.as_deref().unwrap());
        let town = Town::found_with(database, chihuahua::CENTRES_GEOJSON, |settings| {
            settings.set("database.url", url);
        })
        .await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she
            .trusts_with_app("Prima", "+526144100002", "token-prima")
            .await;
        town.app.settle().await;
        proxy.cuts("COMMIT", Cut::After, 1);
        let reply = she
            .presses_as(&Uuid::new_v4().to_string(), &json!({}))
            .await;
        assert_eq!((reply.status.as_u16(), proxy.left()), (201, 0));
        town.app.settle().await;
        prima.gets_alarm().await;
        prima.expects_nothing();
    });
}
