//! A table that cannot be read costs what needs it, and no more: a press is kept.

use ampara::db::{Conn, DbError};
use ampara::identity::model::Role;
use ampara::on;
use diesel::RunQueryDsl;
use serde_json::json;
use uuid::Uuid;

use super::broken_rows::behind_its_back;
use crate::both_engines;
use crate::harness::databases::TestEngine;
use crate::harness::people::{HER_PHONE, Her, Operator911, Town};

const PRIMA: &str = "+526144100002";

/// Tables without which no press can be kept, each with what it is needed for. A press must be kept
/// without any other.
const NEEDED: [(&str, &str); 5] = [
    (
        "people",
        "her row is taken, so that two presses of hers are one alert",
    ),
    ("devices", "it says whose the token is"),
    ("alerts", "the alert"),
    ("records", "the 911 record"),
    (
        "timeline",
        "what happened, which no later entry could prove",
    ),
];

/// Tables without which contacts are told only once they are back: of their addresses, of what was
/// sent, and what messages are made of.
const TOLD_LATER: [&str; 6] = [
    "addresses",
    "attempts",
    "contacts",
    "nodes",
    "notifications",
    "suppressions",
];

/// All tables of the schema.
async fn tables(town: &Town) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Table {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let all = match town.app.database.engine {
        TestEngine::Sqlite => {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
        }
        TestEngine::Postgres => {
            "select tablename as name from pg_tables where schemaname = current_schema()"
        }
    };
    let read = move |conn: &mut Conn| -> Result<Vec<Table>, DbError> {
        Ok(on!(conn, |c| diesel::sql_query(all).load(c))?)
    };
    let tables = town.app.foundation.db.read(read).await.unwrap();
    let names = tables.into_iter().map(|table| table.name);
    names
        .filter(|name| name != "__diesel_schema_migrations")
        .collect()
}

async fn take_away(town: &Town, table: &str) {
    behind_its_back(town, &format!("alter table {table} rename to gone"), "").await;
}

async fn bring_back(town: &Town, table: &str) {
    behind_its_back(town, &format!("alter table gone rename to {table}"), "").await;
}

both_engines! {
    async fn a_press_is_kept_and_told_without_any_table_that_it_does_not_need(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let mut wrong = Vec::new();
        let tables = tables(&town).await;
        assert!(tables.len() > 40, "{tables:?}");
        for table in tables.iter().filter(|table| NEEDED.iter().all(|(needed, _)| needed != table)) {
            let (first, second) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
            let body = json!({ "location": { "lat": 28.63, "lon": -106.07, "seq": 1 } });
            let alarmed = || town.app.fcm.take_all().iter().any(|push| push.data["kind"] == "alarm");
            take_away(&town, table).await;
            let pressed = she.presses_as(&first, &body).await;
            let again = she.presses_as(&second, &body).await;
            if !TOLD_LATER.contains(&table.as_str()) {
                town.app.settle().await;
            }
            let told = alarmed();
            bring_back(&town, table).await;
            town.after(5).await;
            let told_later = alarmed();
            let failing = town.count("select count(*) as n from alerts where plan_failures > 0").await;
            let came = (pressed.status.as_u16(), again.status.as_u16(), told, told || told_later, failing);
            if came != (201, 200, !TOLD_LATER.contains(&table.as_str()), true, 0) {
                wrong.push((table, came));
            }
            she.alarm().post(&format!("/v1/alerts/{first}/cancel"), &json!({})).await;
            town.app.fcm.take_all();
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        town.app.twilio.take_all();
        prima.expects_nothing();
    }

    async fn whom_she_named_cannot_be_read_and_no_officer_whom_she_named_sees_it(database) {
        let town = Town::found(database).await;
        let (she, other) = (Her::signs_in(&town, HER_PHONE).await, Her::signs_in(&town, "+526144100005").await);
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        let amiga = other.trusts_with_app("Amiga", "+526144100003", "token-amiga").await;
        let named = Operator911::sits_down(&town, "marta", Role::Operator).await;
        let unlisted = Operator911::sits_down_unlisted(&town, "jefa").await;
        she.names_officer("MARTA").await;
        take_away(&town, "conflicts").await;
        let (first, second) = (she.presses().await, other.presses().await);
        prima.gets_alarm().await;
        amiga.gets_alarm().await;
        for (who, pressed) in [(&she, &first), (&other, &second)] {
            assert_eq!(who.sees(pressed).await["nine11"], "waiting", "shown to no operator before it is read");
        }
        bring_back(&town, "conflicts").await;
        town.after(5).await;
        let failing = town.count("select count(*) as n from alerts where plan_failures > 0").await;
        assert_eq!(failing, 0, "both plans were asked for 911 too");
        assert_eq!((named.sees_queue().await.len(), unlisted.sees_queue().await.len()), (1, 2));
    }

    async fn answers_that_cannot_be_read_delay_no_plan(database) {
        let town = Town::found(database).await;
        let she = Her::signs_in(&town, HER_PHONE).await;
        let prima = she.trusts_with_app("Prima", PRIMA, "token-prima").await;
        she.presses().await;
        prima.expects_push().await;
        take_away(&town, "inbound").await;
        town.after(30).await;
        town.app.twilio.expects_sms(PRIMA).await;
        bring_back(&town, "inbound").await;
    }
}
