//! A server's delivery alone: a database, a manual clock, fakes, and an aftermath that remembers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ampara::bus::Bus;
use ampara::clock::{At, Clock};
use ampara::config::Config;
use ampara::db::schema::nodes;
use ampara::db::{Conn, Db, DbError, WritePriority};
use ampara::delivery::addresses::{self, OwnerKind, PushRegistration};
use ampara::delivery::channels::fcm::client::account;
use ampara::delivery::channels::terminal::client::Printer;
use ampara::delivery::channels::twilio::Account;
use ampara::delivery::channels::webhook::guard::Guard;
use ampara::delivery::enqueue;
use ampara::delivery::model::Channel;
use ampara::delivery::{
    ChannelSettings, Channels, Content, Delivery, Destination, Enqueued, MessageKey,
    NewNotification, NotificationFact, Outbox, OutcomeHook, Settled, notifications_of,
};
use ampara::foundation::Foundation;
use ampara::ids::{AddressId, DeviceId, PersonId, RecipientId, SubjectId};
use ampara::on;
use ampara::seal::Keyring;
use diesel::prelude::*;

use crate::harness::databases::TestDatabase;
use crate::harness::fcm::Fcm;

pub const APP: &str = "mx.example.mia";
/// Another app, of another project.
pub const OTHER_APP: &str = "mx.example.otra";
pub const OTHER_PROJECT: &str = "otra-chihuahua";
/// How long a provider is waited for: longer than any answer takes on a busy machine.
const PATIENT: Duration = Duration::from_secs(20);
/// The same where a provider hangs in the test.
pub const IMPATIENT: Duration = Duration::from_millis(500);

/// Remembers what it was told, and may owe a text message after a failure for good.
#[derive(Default)]
pub struct Memory {
    pub told: Mutex<Vec<Settled>>,
    pub published: Mutex<Vec<Settled>>,
    pub next: Mutex<Option<(Arc<Keyring>, NewNotification)>>,
    /// Fails whenever it is called.
    pub fails: std::sync::atomic::AtomicBool,
    /// The repeat of the message on which the code panics, in the transaction and on publishing.
    pub panics_on: Mutex<Option<i64>>,
    pub panics_on_publishing: Mutex<Option<i64>>,
}

fn panic_on(repeat: &Mutex<Option<i64>>, settled: &[Settled]) {
    let repeat = *repeat.lock().unwrap();
    assert!(
        repeat.is_none_or(|repeat| settled.iter().all(|s| s.key.repeat != repeat)),
        "the code fails on this message"
    );
}

impl OutcomeHook for Memory {
    fn settle(&self, conn: &mut Conn, now: At, settled: &[Settled]) -> Result<(), DbError> {
        if self.fails.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(DbError::NotFound);
        }
        panic_on(&self.panics_on, settled);
        self.told.lock().unwrap().extend_from_slice(settled);
        let next = self.next.lock().unwrap();
        if let Some((keys, next)) = next.as_ref()
            && settled.iter().any(|s| s.state.lost())
        {
            enqueue(conn, keys, now, None, std::slice::from_ref(next))?;
        }
        Ok(())
    }

    fn published(&self, settled: &[Settled]) {
        panic_on(&self.panics_on_publishing, settled);
        self.published.lock().unwrap().extend_from_slice(settled);
    }
}

pub struct Stage {
    pub clock: Clock,
    pub db: Db,
    pub keys: Arc<Keyring>,
    pub foundation: Foundation,
    pub memory: Arc<Memory>,
    pub delivery: Delivery,
    pub fcm: Fcm,
    pub subject: SubjectId,
    patience: Duration,
}

impl Stage {
    pub async fn set(database: &TestDatabase) -> Self {
        Self::with(database, None).await
    }

    pub async fn with(database: &TestDatabase, sms: Option<Account>) -> Self {
        Self::waiting(database, sms, PATIENT).await
    }

    /// With `patience` for each answer of a provider.
    pub async fn waiting(
        database: &TestDatabase,
        sms: Option<Account>,
        patience: Duration,
    ) -> Self {
        let clock = Clock::manual(At::parse("2026-11-24T21:40:00-06:00").unwrap());
        let stage = Self::at(database, clock, sms, patience);
        assert_eq!(stage.delivery.step().await.unwrap(), 0);
        stage
    }

    /// On the machine's clock, with both apps, and a provider that may take as long as settings
    /// allow.
    pub fn live_with_two_apps(database: &TestDatabase) -> Self {
        let mut stage = Self::live(database);
        let mut settings = settings(&stage.fcm, None, PATIENT);
        let file = std::fs::read_to_string(stage.fcm.service_account_file(OTHER_PROJECT)).unwrap();
        let other = (OTHER_APP.to_owned(), account(&file).unwrap());
        settings.fcm_apps.push(other);
        settings.send = Duration::from_secs(30);
        stage.delivery = node_of(&stage.foundation, settings, &stage.memory);
        stage
    }

    /// On the machine's clock, to be run instead of stepped.
    pub fn live(database: &TestDatabase) -> Self {
        Self::at(database, Clock::system(), None, PATIENT)
    }

    fn at(database: &TestDatabase, clock: Clock, sms: Option<Account>, patience: Duration) -> Self {
        let fcm = Fcm::start(clock.clone());
        let db = database.open();
        let folder = database.folder.path().join("keys");
        if !folder.exists() {
            Keyring::make(&folder, clock.now(), 2).unwrap();
        }
        let keys = Arc::new(Keyring::open_dir(&folder).unwrap());
        let foundation = Foundation {
            db: db.clone(),
            bus: Bus::default(),
            keys: Arc::clone(&keys),
            clock: clock.clone(),
            config: Arc::new(Config::load(None, std::iter::empty()).unwrap()),
            meters: std::sync::Arc::default(),
        };
        let memory = Arc::new(Memory::default());
        let delivery = node_of(&foundation, settings(&fcm, sms, patience), &memory);
        Self {
            clock,
            db,
            keys,
            foundation,
            memory,
            delivery,
            fcm,
            subject: SubjectId::new(),
            patience,
        }
    }

    /// In the place of its senders, ones over other channels.
    pub async fn speaking(mut self, change: impl FnOnce(&mut ChannelSettings)) -> Self {
        let mut settings = settings(&self.fcm, None, self.patience);
        change(&mut settings);
        self.delivery = node_of(&self.foundation, settings, &self.memory);
        assert_eq!(self.delivery.step().await.unwrap(), 0);
        self
    }

    /// Another process on the same database.
    pub fn another_node(&self) -> Delivery {
        let settings = settings(&self.fcm, None, self.patience);
        node_of(&self.foundation, settings, &self.memory)
    }

    /// Another process, whose messages go to `printer`.
    pub async fn printing(&self, printer: Printer) -> Delivery {
        let outcome_hook: Arc<dyn OutcomeHook> = Arc::clone(&self.memory) as Arc<dyn OutcomeHook>;
        let outbox = Outbox::new(&self.foundation.config.delivery);
        let node = Delivery::new(
            self.foundation.clone(),
            outbox,
            Channels::demo(printer),
            outcome_hook,
        );
        node.step().await.unwrap();
        node
    }

    /// A contact's phone with the app.
    pub async fn a_phone(&self, token: &'static str) -> AddressId {
        self.registers(PersonId::new(), DeviceId::new(), token)
            .await
    }

    pub async fn registers(
        &self,
        person: PersonId,
        device: DeviceId,
        token: &'static str,
    ) -> AddressId {
        let (keys, now) = (Arc::clone(&self.keys), self.clock.now());
        let written = self.db.write(WritePriority::Background, move |conn| {
            let new = PushRegistration {
                person,
                device,
                channel: Channel::Fcm,
                app_id: APP,
                token,
            };
            addresses::put_push(conn, &keys, &new, now)
        });
        written.await.unwrap()
    }

    pub async fn a_number(&self, owner: RecipientId, e164: &'static str) -> AddressId {
        let (keys, now) = (Arc::clone(&self.keys), self.clock.now());
        let written = self.db.write(WritePriority::Background, move |conn| {
            addresses::put_phone(conn, &keys, OwnerKind::Contact, owner, e164, now)
        });
        written.await.unwrap()
    }

    /// A push that is due now and good for a quarter of an hour.
    pub fn push(&self, address: AddressId, token: &str) -> NewNotification {
        let data = BTreeMap::from([("drill".to_owned(), "false".to_owned())]);
        NewNotification {
            subject_kind: "alert".into(),
            key: MessageKey {
                subject: self.subject,
                recipient: RecipientId(address.0),
                address,
                step: 0,
                repeat: 0,
            },
            channel: Channel::Fcm,
            senders: vec![APP.to_owned()],
            to: Destination::new(token),
            content: Content::Push {
                kind: "alarm".to_owned(),
                words: "Tu vecina".to_owned(),
                data,
            },
            deadline: self.clock.now().plus(Duration::from_secs(900)),
            due_at: self.clock.now(),
        }
    }

    pub fn text(&self, address: AddressId, e164: &str, despite_stop: bool) -> NewNotification {
        let new = NewNotification {
            channel: Channel::Sms,
            senders: vec!["+526140000001".to_owned()],
            to: Destination::new(e164),
            content: Content::Sms {
                text: "Tienes un aviso urgente".to_owned(),
                despite_stop,
            },
            ..self.push(address, "")
        };
        with_step(new, 1)
    }

    /// Owes it, free or born leased to this process.
    pub async fn owes(&self, new: NewNotification) {
        let owed = self.owes_free(new).await;
        assert_eq!(owed.len(), 1);
    }

    pub async fn owes_all(&self, new: Vec<NewNotification>) {
        let (keys, now, count) = (Arc::clone(&self.keys), self.clock.now(), new.len());
        let owed = self.db.write(WritePriority::Alert, move |conn| {
            enqueue(conn, &keys, now, None, &new)
        });
        assert_eq!(owed.await.unwrap().len(), count);
    }

    /// Owes it born leased to a process that then dies.
    pub async fn a_dead_process_owes(&self, new: NewNotification) {
        let dead = self.another_node();
        dead.says_it_lives().await.unwrap();
        let boot = dead.outbox().boot();
        drop(self.owes_leased(dead.outbox(), new).await);
        let now = self.clock.now();
        let written = self.db.write(WritePriority::Background, move |conn| {
            let its = nodes::table.filter(nodes::boot.eq(boot));
            let dies = diesel::update(its).set(nodes::alive_until.eq(now));
            Ok::<_, DbError>(on!(conn, |c| dies.execute(c))?)
        });
        written.await.unwrap();
    }

    pub async fn owes_free(&self, new: NewNotification) -> Vec<Enqueued> {
        let (keys, now) = (Arc::clone(&self.keys), self.clock.now());
        let new = vec![new];
        self.db
            .write(WritePriority::Alert, move |conn| {
                enqueue(conn, &keys, now, None, &new)
            })
            .await
            .unwrap()
    }

    /// Owes it born leased; the caller hands it over, or dies first.
    pub async fn owes_leased(
        &self,
        outbox: &Outbox,
        new: NewNotification,
    ) -> (ampara::delivery::Slots, Vec<Enqueued>) {
        let places = outbox.reserve(1).unwrap();
        let (keys, now, lease) = (
            Arc::clone(&self.keys),
            self.clock.now(),
            places.lease(self.clock.now()),
        );
        let new = vec![new];
        let owed = self
            .db
            .write(WritePriority::Alert, move |conn| {
                enqueue(conn, &keys, now, Some(&lease), &new)
            })
            .await
            .unwrap();
        (places, owed)
    }

    pub async fn facts(&self) -> Vec<NotificationFact> {
        let (subject, now) = (self.subject, self.clock.now());
        self.db
            .read(move |conn| notifications_of(conn, subject, now))
            .await
            .unwrap()
    }

    /// The only fact there is.
    pub async fn fact(&self) -> NotificationFact {
        let mut facts = self.facts().await;
        assert_eq!(facts.len(), 1, "{facts:?}");
        facts.remove(0)
    }

    pub async fn fast_forward(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.delivery.drain_due().await.unwrap();
    }
}

/// The same message at another step of the plan.
pub fn with_step(mut new: NewNotification, step: i64) -> NewNotification {
    new.key.step = step;
    new
}

/// The same message once more: another repeat of its step.
pub fn with_repeat(mut new: NewNotification, repeat: i64) -> NewNotification {
    new.key.repeat = repeat;
    new
}

fn settings(fcm: &Fcm, sms: Option<Account>, patience: Duration) -> ChannelSettings {
    let file = std::fs::read_to_string(fcm.service_account_file("mia-chihuahua")).unwrap();
    ChannelSettings {
        connect: patience,
        send: patience,
        fcm_base_url: fcm.base_url(),
        push_ttl: Duration::from_secs(900),
        fcm_apps: vec![(APP.to_owned(), account(&file).unwrap())],
        sms: sms.into_iter().collect(),
        voice: None,
        email: None,
        guard: Guard::new(&[]).unwrap(),
    }
}

fn node_of(foundation: &Foundation, settings: ChannelSettings, memory: &Arc<Memory>) -> Delivery {
    let channels = Channels::open(&foundation.clock, settings).unwrap();
    let outcome_hook: Arc<dyn OutcomeHook> = Arc::clone(memory) as Arc<dyn OutcomeHook>;
    Delivery::new(
        foundation.clone(),
        Outbox::new(&foundation.config.delivery),
        channels,
        outcome_hook,
    )
}
