//! Bad input is told what to fix, in the caller's language, and never repeated.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer, get, post, put};
use ampara::http::envelope::{Methods, envelope, nothing_here, path_config, query_config};
use ampara::http::request_id::tracing_logger;
use ampara::http::{BodyLimits, Code, Failure, LenientBody, Problem, StrictJson, openapi};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa_actix_web::AppExt;
use uuid::Uuid;

use crate::harness::databases::tell;

#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    text: String,
    fixes: Option<Vec<Fix>>,
}

#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Fix {
    lat: f64,
}

#[utoipa::path(request_body = Note)]
#[post("/strict")]
async fn strict(note: StrictJson<Note>) -> HttpResponse {
    HttpResponse::Ok().json(note.0)
}

#[utoipa::path(request_body = Value)]
#[put("/lenient/{id}")]
async fn lenient(_: web::Path<Uuid>, body: LenientBody) -> HttpResponse {
    let read = body.salvage();
    let parsed = read.flaws.is_empty() && read.value.is_object();
    HttpResponse::Ok()
        .json(json!({"bytes": body.bytes.len(), "arrived": format!("{:?}", body.arrived), "parsed": parsed}))
}

#[utoipa::path]
#[get("/secret/{token}")]
async fn broken(_: web::Path<String>) -> Result<HttpResponse, Failure> {
    Err(Problem::of(Code::INTERNAL).into())
}

/// A server with one route of each kind; its address.
fn serve() -> String {
    let server = HttpServer::new(|| {
        let (app, api) = App::new()
            .app_data(path_config())
            .app_data(query_config())
            .app_data(Data::new(BodyLimits {
                lenient_wait: Duration::from_millis(300),
                ..BodyLimits::default()
            }))
            .wrap(from_fn(envelope))
            .wrap(tracing_logger())
            .into_utoipa_app()
            .openapi(openapi::frame())
            .service(strict)
            .service(lenient)
            .service(broken)
            .split_for_parts();
        app.app_data(Data::new(Methods::of(&api)))
            .default_service(web::to(nothing_here))
    })
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs()[0].to_string();
    actix_web::rt::spawn(server.run());
    address
}

struct Told {
    status: u16,
    language: String,
    body: Value,
    text: String,
}

async fn told(request: reqwest::RequestBuilder) -> Told {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .map(|v| v.to_str().unwrap().to_owned())
            .unwrap_or_default()
    };
    let (kind, language, id) = (
        header("content-type"),
        header("content-language"),
        header("x-request-id"),
    );
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(Uuid::parse_str(&id).is_ok(), "every answer has an id: {id}");
    let text = answer.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap();
    if status >= 400 {
        assert_eq!(kind, "application/problem+json");
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], id, "the same id in header and body");
        assert!(
            !body["detail"].as_str().unwrap().is_empty(),
            "it says what to fix"
        );
        assert_eq!(
            body["type"],
            format!("/docs/errors#{}", body["code"].as_str().unwrap())
        );
    }
    Told {
        status,
        language,
        body,
        text,
    }
}

/// Bodies that are wrong, each with its type, the status and the code.
fn wrong_bodies() -> Vec<(String, &'static str, u16, &'static str)> {
    let marker = "Guadalupe 6144900789";
    let deep = format!("{{\"text\": {}1{}}}", "[".repeat(40), "]".repeat(40));
    let large = json!({"text": marker.repeat(16_000)}).to_string();
    assert!(large.len() > 300 * 1024);
    vec![
        (
            format!("{{\"text\": \"{marker}\""),
            "application/json",
            400,
            "bad-json",
        ),
        (
            format!("{{\"text\": \"{marker}\", \"fixes\": [{{\"lat\": NaN}}]}}"),
            "application/json",
            400,
            "bad-json",
        ),
        (
            format!("{{\"text\": \"{marker}\", \"fixes\": [{{\"lat\": 1e999}}]}}"),
            "application/json",
            422,
            "out-of-range",
        ),
        (
            format!("{{\"text\": [\"{marker}\"]}}"),
            "application/json",
            422,
            "bad-value",
        ),
        (
            format!("{{\"text\": \"{marker}\", \"x\": \"{marker}\"}}"),
            "application/json",
            422,
            "unknown-field",
        ),
        (
            format!("{{\"text\": \"{marker}\", \"{marker}\": 1}}"),
            "application/json",
            422,
            "unknown-field",
        ),
        ("{}".to_owned(), "application/json", 422, "missing-field"),
        (deep, "application/json", 400, "too-deep"),
        (large, "application/json", 413, "too-large"),
        (
            format!("text={marker}"),
            "application/x-www-form-urlencoded",
            415,
            "wrong-content-type",
        ),
        (
            String::new(),
            "application/json; charset=utf-8",
            400,
            "bad-json",
        ),
    ]
}

#[test]
fn what_is_wrong_with_a_body_is_told_in_both_languages_and_never_repeated() {
    tell(async move {
        let (address, client) = (serve(), reqwest::Client::new());
        for (body, kind, status, code) in wrong_bodies() {
            let mut titles = Vec::new();
            for (asked, given) in [("en-US", "en"), ("es-MX,es;q=0.9", "es")] {
                let request = client
                    .post(format!("http://{address}/strict"))
                    .header("content-type", kind);
                let told = told(request.header("accept-language", asked).body(body.clone())).await;
                assert_eq!(
                    (told.status, told.body["code"].as_str().unwrap()),
                    (status, code)
                );
                assert_eq!(told.language, given);
                assert!(
                    !told.text.contains("Guadalupe") && !told.text.contains("6144900789"),
                    "{code} repeats input"
                );
                titles.push(told.body["title"].clone());
            }
            assert_ne!(titles[0], titles[1], "{code} speaks one language only");
        }
    });
}

#[test]
fn unknown_paths_wrong_methods_and_bad_ids_are_problems_too() {
    tell(async {
        let (address, client) = (serve(), reqwest::Client::new());
        let at = |path: &str| format!("http://{address}{path}");
        let nowhere = told(
            client
                .get(at("/nowhere"))
                .header("x-request-id", "chosen-by-a-stranger"),
        )
        .await;
        assert_eq!(
            (nowhere.status, nowhere.body["code"].as_str()),
            (404, Some("not-found"))
        );
        assert_eq!(nowhere.language, "es");
        assert!(!nowhere.text.contains("chosen"));
        let method = client.delete(at("/strict")).send().await.unwrap();
        assert_eq!(method.headers().get("allow").unwrap(), "POST");
        assert_eq!(
            told(client.delete(at("/strict"))).await.body["code"],
            "method-not-allowed"
        );
        let id = told(client.put(at("/lenient/not-a-uuid"))).await;
        assert_eq!(
            (id.status, id.body["code"].as_str()),
            (400, Some("bad-path"))
        );
        assert_eq!(
            told(client.get(at("/secret/abc"))).await.body["code"],
            "internal"
        );
    });
}

#[test]
fn a_lenient_body_is_taken_whatever_it_is() {
    tell(async {
        let (address, client) = (serve(), reqwest::Client::new());
        let put = || client.put(format!("http://{address}/lenient/{}", Uuid::now_v7()));
        for (body, bytes, arrived, parsed) in [
            (b"{\"a\": 1}".to_vec(), 8, "Whole", true),
            (b"\xff\x00 garbage".to_vec(), 10, "Whole", false),
            (Vec::new(), 0, "Whole", false),
            ("[".repeat(5_000).into_bytes(), 5_000, "Whole", false),
            (vec![b' '; 300 * 1024], 64 * 1024, "TooLarge", false),
        ] {
            let told = told(put().body(body)).await;
            assert_eq!(told.status, 200);
            assert_eq!(
                told.body,
                json!({"bytes": bytes, "arrived": arrived, "parsed": parsed})
            );
        }
    });
}

#[test]
fn a_body_that_dawdles_is_not_waited_for() {
    tell(async {
        let address = serve();
        let answer = actix_web::rt::task::spawn_blocking(move || {
            let mut wire = TcpStream::connect(&address).unwrap();
            wire.set_read_timeout(Some(Duration::from_secs(60)))
                .unwrap();
            let path = Uuid::now_v7();
            write!(
                wire,
                "PUT /lenient/{path} HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{{\"kind\":"
            )
            .unwrap();
            let mut heard = String::new();
            while !heard.contains("parsed") {
                let mut some = [0; 1024];
                let n = wire.read(&mut some).unwrap();
                assert!(n > 0, "closed before it answered: {heard}");
                heard.push_str(&String::from_utf8_lossy(&some[..n]));
            }
            // The rest of the body never comes: what answers has not waited for it.
            heard
        })
        .await
        .unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.contains("\"arrived\":\"TooSlow\"") && answer.contains("\"bytes\":8"),
            "{answer}"
        );
    });
}
