//! A whole server in the test's own process, on a manual clock, with fakes for its providers.
//!
//! What: [`TestApp`] lays the foundation on a fresh database of one engine, runs the server on a
//! thread and runtime of its own, and moves its time. Invariant: nothing happens by itself as time
//! passes: [`TestApp::fast_forward`] moves the clock and then steps every worker until none has
//! anything to do. On failure: when the test ends, the server is stopped first, then each fake
//! gives its verdict.

use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use ampara::alerts::engine::run;
use ampara::app::App;
use ampara::clock::{At, Clock};
use ampara::delivery::Delivery;
use ampara::foundation::Foundation;
use ampara::http::Stop;
use ampara::readiness::reminder;

use super::client::Client;
use super::databases::TestDatabase;
use super::fcm::Fcm;
use super::settings::{PUBLIC_URL, TestSettings};
use super::twilio::Twilio;

/// When a test's story begins: a Tuesday evening in Chihuahua.
pub const EVENING: &str = "2026-11-24T21:40:00-06:00";
/// Rounds of steps after which workers that never come to rest are taken for a bug.
const RESTLESS: usize = 1_000;

/// One pass of a worker; says how many things it moved.
pub type Step = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = usize> + Send>> + Send + Sync>;

/// Wraps an async function as a [`Step`].
pub fn step<F>(work: impl Fn() -> F + Send + Sync + 'static) -> Step
where
    F: Future<Output = usize> + Send + 'static,
{
    Arc::new(move || Box::pin(work()))
}

/// What runs beside the requests, in the order in which it is stepped: the engine's plans, then
/// what they owe.
fn workers(app: &App) -> Vec<Step> {
    let (alerts, delivery) = (app.rooms().alerts().clone(), app.rooms().delivery().clone());
    let asks = move || {
        let alerts = alerts.clone();
        async move { run::tick(&alerts).await.unwrap() }
    };
    let sends = move || {
        let delivery = delivery.clone();
        async move { delivery.drain_due().await.unwrap() }
    };
    vec![step(asks), step(sends)]
}

/// The senders' sign of life, which a server gives every 2 s; one that cannot goes on without.
async fn tries_to_live(delivery: &Delivery) {
    let _ = delivery.says_it_lives().await;
}

/// The heartbeat, which a server makes each minute: apart from the workers, since it asks the
/// providers.
fn pulse(app: &App) -> Step {
    let (heartbeat, delivery) = (
        app.rooms().heartbeat().clone(),
        app.rooms().delivery().clone(),
    );
    step(move || {
        let (heartbeat, delivery) = (heartbeat.clone(), delivery.clone());
        async move {
            tries_to_live(&delivery).await;
            heartbeat.renew().await.unwrap();
            1
        }
    })
}

/// A look at how alerting stands, and the telling of those who run the server.
fn desk(app: &App) -> Step {
    let (ops, delivery) = (app.rooms().ops().clone(), app.rooms().delivery().clone());
    step(move || {
        let (ops, delivery) = (ops.clone(), delivery.clone());
        async move {
            tries_to_live(&delivery).await;
            ops.look().await;
            ops.pass().await
        }
    })
}

/// The reminders, which a server looks after each minute: apart from the workers, since a month
/// passes in many a test.
fn reminders(app: &App) -> Step {
    let (alerts, delivery) = (app.rooms().alerts().clone(), app.rooms().delivery().clone());
    step(move || {
        let (alerts, delivery) = (alerts.clone(), delivery.clone());
        async move { reminder::pass(&alerts, &delivery).await.unwrap() }
    })
}

async fn rest(steps: &[Step]) {
    for _ in 0..RESTLESS {
        let mut moved = 0;
        for step in steps {
            moved += step().await;
        }
        if moved == 0 {
            return;
        }
    }
    panic!("the workers don't come to rest after {RESTLESS} rounds");
}

/// The server's thread, stopped when this is dropped.
struct Running {
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.now();
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            assert!(
                matches!(ended, Some(Ok(()))),
                "the server's thread panicked"
            );
        }
    }
}

/// The server and all around it. Fields drop in this order: first the server, last the database.
pub struct TestApp {
    _running: Running,
    base_url: String,
    steps: Vec<Step>,
    pulse: Step,
    desk: Step,
    reminders: Step,
    /// The server's own database, keys, clock and settings, to look behind its back.
    pub foundation: Foundation,
    /// The server's own senders.
    pub delivery: Delivery,
    /// The clock that all of it goes by.
    pub clock: Clock,
    /// Where pushes arrive.
    pub fcm: Fcm,
    /// Where text messages arrive.
    pub twilio: Twilio,
    /// The engine and the folder.
    pub database: TestDatabase,
}

/// What the server's thread tells once it listens.
struct Begun {
    port: u16,
    stop: Stop,
    foundation: Foundation,
    delivery: Delivery,
    steps: Vec<Step>,
    pulse: Step,
    desk: Step,
    reminders: Step,
}

impl TestApp {
    /// Starts a server on a fresh database.
    ///
    /// # Panics
    /// With the server's reason when it doesn't start.
    pub fn start(database: TestDatabase) -> Self {
        Self::start_with(database, |_| {})
    }

    /// The same with settings changed.
    ///
    /// # Panics
    /// As [`TestApp::start`].
    pub fn start_with(database: TestDatabase, change: impl FnOnce(&mut TestSettings)) -> Self {
        let clock = Clock::manual(At::parse(EVENING).unwrap());
        let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
        let mut settings = TestSettings::new(&database, &fcm, &twilio, clock.now());
        change(&mut settings);
        let (config, hands, (tell, hear)) = (settings.config(), clock.clone(), mpsc::channel());
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                match App::build(config, hands).await {
                    Ok(app) => {
                        let foundation = app.foundation().clone();
                        let begun = Begun {
                            port: app.port(),
                            stop: app.stop(),
                            foundation,
                            delivery: app.rooms().delivery().clone(),
                            steps: workers(&app),
                            pulse: pulse(&app),
                            desk: desk(&app),
                            reminders: reminders(&app),
                        };
                        tell.send(Ok(begun)).unwrap();
                        app.run_until_stopped().await.unwrap();
                    }
                    Err(why) => tell.send(Err(why.to_string())).unwrap(),
                }
            });
        });
        let begun = hear
            .recv()
            .unwrap()
            .unwrap_or_else(|why| panic!("the server doesn't start: {why}"));
        let base_url = format!("http://127.0.0.1:{}", begun.port);
        twilio.serves(PUBLIC_URL, &base_url);
        let running = Running {
            stop: begun.stop.clone(),
            thread: Some(thread),
        };
        let Begun {
            foundation,
            delivery,
            steps,
            pulse,
            desk,
            reminders,
            ..
        } = begun;
        Self {
            _running: running,
            base_url,
            steps,
            pulse,
            desk,
            reminders,
            foundation,
            delivery,
            clock,
            fcm,
            twilio,
            database,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A client without a token.
    pub fn anyone(&self) -> Client {
        Client::anyone(self.base_url.clone())
    }

    /// A path on this server from a link that it sent out.
    ///
    /// # Panics
    /// When the link leads elsewhere.
    pub fn path_of<'a>(&self, link: &'a str) -> &'a str {
        link.strip_prefix(PUBLIC_URL)
            .unwrap_or_else(|| panic!("{link} doesn't lead to {PUBLIC_URL}"))
    }

    /// Steps every worker, again and again, until none moved anything.
    ///
    /// # Panics
    /// When they don't come to rest within 1,000 rounds.
    pub async fn settle(&self) {
        rest(&self.steps).await;
    }

    /// Steps every worker once, whatever is left to do.
    pub async fn works_once(&self) {
        for step in &self.steps {
            step().await;
        }
    }

    /// Sends what is due, once; no plan is asked.
    pub async fn sends_once(&self) {
        self.steps.last().unwrap()().await;
    }

    /// Makes the heartbeat anew, as the server does each minute.
    pub async fn beats(&self) {
        (self.pulse)().await;
    }

    /// Looks how alerting stands, as the server does each ten seconds, and tells those who run it:
    /// how many alarms.
    pub async fn tells_its_keepers(&self) -> usize {
        (self.desk)().await
    }

    /// Looks who is to be reminded, as the server does each minute, and sends what is due.
    pub async fn reminds(&self) {
        (self.reminders)().await;
        self.settle().await;
    }

    /// Moves the clock on and lets everything happen that is due by then. What would have happened
    /// on the way happens at its end: go in smaller steps where the order in time matters.
    pub async fn fast_forward(&self, by: Duration) {
        self.clock.advance(by);
        self.settle().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn owing(owed: &Arc<AtomicUsize>) -> Step {
        let owed = Arc::clone(owed);
        step(move || {
            let paid = owed
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                .is_ok();
            async move { usize::from(paid) }
        })
    }

    #[actix_web::test]
    async fn workers_are_stepped_until_they_rest() {
        let owed = Arc::new(AtomicUsize::new(3));
        rest(&[owing(&owed)]).await;
        assert_eq!(owed.load(Ordering::SeqCst), 0);
    }

    #[actix_web::test]
    #[should_panic(expected = "come to rest")]
    async fn a_worker_that_never_rests_fails_the_test() {
        rest(&[owing(&Arc::new(AtomicUsize::new(usize::MAX)))]).await;
    }

    crate::both_engines! {
        async fn a_server_starts_answers_and_stops(database) {
            let app = TestApp::start(database);
            app.anyone().get("/readyz").await.expect(200);
        }

        async fn time_moves_only_when_it_is_moved(database) {
            let app = TestApp::start(database);
            let before = app.clock.now();
            app.fast_forward(Duration::from_secs(60)).await;
            assert_eq!(app.foundation.clock.now().since(before), Duration::from_secs(60));
        }

        async fn the_real_binary_starts_is_killed_and_starts_again(database) {
            let clock = Clock::system();
            let (fcm, twilio) = (Fcm::start(clock.clone()), Twilio::start());
            let settings = TestSettings::new(&database, &fcm, &twilio, clock.now());
            let mut server = crate::harness::server::RealServer::new(database.folder.path(), &settings.file());
            server.start().await;
            server.crash_and_restart().await;
            server.client().get("/readyz").await.expect(200);
            assert!(server.stop().await, "{}", server.log());
        }
    }
}
