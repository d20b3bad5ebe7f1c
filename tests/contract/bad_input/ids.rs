//! Ids and queries that no app should send.

use super::*;

#[test]
fn what_is_no_id_is_refused_in_every_path() {
    let long = "0".repeat(300);
    let wrong = [
        "not-a-uuid",
        "%00",
        "%F0%9F%98%80",
        "%27%3B--",
        "Canario",
        "00000000-0000-0000-0000-00000000000g",
        &long,
    ];
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let bodies: std::collections::BTreeMap<_, _> = with_json_bodies()
            .into_iter()
            .map(|(name, body, _)| (name, body))
            .collect();
        for (name, _) in Description::get()
            .operations()
            .filter(|(name, _)| name.contains('{'))
        {
            for id in wrong {
                let mut request = callers.request(&name, &filled(&name, || id.to_owned()));
                if let Some(body) = bodies.get(&name) {
                    request = request.json(body);
                }
                refused(&format!("{name} with {id}"), &client::sent(request).await);
            }
        }
    });
}

#[test]
fn what_is_no_query_is_refused() {
    tell(async {
        let town = Town::found(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        for (name, operation) in Description::get().operations() {
            for asked in operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|p| p["in"] == "query")
            {
                let key = asked["name"].as_str().unwrap();
                let wrong: &[&str] = match key {
                    "limit" => &[
                        "",
                        "-1",
                        "0",
                        "101",
                        "NaN",
                        "Canario",
                        "99999999999999999999",
                    ],
                    "municipality" => &[],
                    _ => &["Canario", "%00", "zz"],
                };
                for value in wrong {
                    let request =
                        callers.request(&name, &format!("{}?{key}={value}", nobodys(&name)));
                    refused(
                        &format!("{name}?{key}={value}"),
                        &client::sent(request).await,
                    );
                }
            }
        }
    });
}

/// Ids of other people's objects, by where their paths begin.
async fn anothers(town: &Town) -> Vec<(&'static str, String)> {
    let ana = Her::signs_in(town, "+526144100011").await;
    let prima = ana
        .trusts_with_app("Prima", "+526144100012", "token-prima")
        .await;
    let (invited, _) = ana.invites("Otra", "+526144100013").await;
    let west = Operator911::sits_down(town, "west", Role::Operator).await;
    let pressed = ana.presses().await;
    let push = prima.gets_alarm().await;
    let record = west.sees_one().await;
    vec![
        ("/v1/contacts/", invited),
        ("/v1/named-by/", prima.contact.clone()),
        ("/v1/sessions/", ana.session.clone()),
        ("/v1/devices/", ana.device.clone()),
        ("/v1/alerts/", pressed.client_id.clone()),
        ("/v1/watching/", pressed.id().to_owned()),
        ("/v1/notifications/", push.notification().to_owned()),
        (
            "/v1/escalations/",
            record["id"].as_str().unwrap().to_owned(),
        ),
    ]
}

#[test]
fn anothers_object_is_the_same_as_none() {
    tell(async {
        let town = Town::found_at_a_border(TestDatabase::fresh(TestEngine::Sqlite)).await;
        let callers = Callers::of(&town).await;
        let theirs = anothers(&town).await;
        let bodies: std::collections::BTreeMap<_, _> = with_json_bodies()
            .into_iter()
            .map(|(name, body, _)| (name, body))
            .collect();
        let mut tried = 0;
        for (name, _) in Description::get()
            .operations()
            .filter(|(name, _)| name.contains('{'))
        {
            let Some((_, id)) = theirs
                .iter()
                .find(|(prefix, _)| path_of(&name).starts_with(prefix))
            else {
                continue;
            };
            // She chooses the ids of her own alerts.
            if name == "PUT /v1/alerts/{client_id}" {
                continue;
            }
            let ask = async |path: String| {
                let request = callers.request(&name, &path);
                client::sent(if let Some(body) = bodies.get(&name) {
                    request.json(body)
                } else {
                    request
                })
                .await
            };
            let (theirs, nobodys) = (
                ask(filled(&name, || id.clone())).await,
                ask(nobodys(&name)).await,
            );
            refused(&name, &theirs);
            assert_eq!(
                (theirs.status, theirs.code()),
                (nobodys.status, nobodys.code()),
                "{name}"
            );
            tried += 1;
        }
        assert!(tried > 15, "{tried} were tried");
    });
}
