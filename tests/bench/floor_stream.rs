//! The floor under "fix → watcher": the same framework takes a POST and hands it to one stream,
//! with nothing in between.

use std::convert::Infallible;
use std::sync::mpsc;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::{StreamExt as _, stream};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

type Line = broadcast::Sender<Bytes>;

async fn publish(line: Data<Line>, body: Bytes) -> HttpResponse {
    let event = [b"data: ".as_slice(), &body, b"\n\n"].concat();
    let _ = line.send(Bytes::from(event));
    HttpResponse::Ok().finish()
}

async fn listen(line: Data<Line>) -> HttpResponse {
    let hello = stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b": here\n\n")) });
    let events = BroadcastStream::new(line.subscribe()).filter_map(|e| async { e.ok().map(Ok) });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(hello.chain(events))
}

/// Serves `POST /fix` and `GET /stream` for as long as the bench runs; its address.
pub fn start() -> String {
    let (tell, hear) = mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let line = Data::new(broadcast::channel::<Bytes>(4_096).0);
            let routes = move || {
                let app = App::new().app_data(line.clone());
                app.route("/fix", web::post().to(publish))
                    .route("/stream", web::get().to(listen))
            };
            let server = HttpServer::new(routes)
                .workers(2)
                .disable_signals()
                .bind(("127.0.0.1", 0))
                .unwrap();
            tell.send(server.addrs()[0].to_string()).unwrap();
            server.run().await.unwrap();
        });
    });
    hear.recv().unwrap()
}
