//! What she and her contacts do in their apps and on the page, and what the world remembers of it.

mod machines;
mod memory;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ampara::alerts::press::body::Press;
use ampara::alerts::press::raise;
use ampara::alerts::views::contacts as seen;
use ampara::alerts::{AlertError, answer, close, escalate, receipt, remove};
use ampara::clock::At;
use ampara::db::schema::contacts;
use ampara::db::{Conn, DbError, WritePriority};
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::receipts::Receipt;
use ampara::escalation::shift::Presence;
use ampara::http::HungUp;
use ampara::identity::{AlertCaller, PinVerdict};
use ampara::ids::{AlertId, ClientId, NotificationId, Secret};
use ampara::language::Language;
use ampara::location::Fix;
use ampara::network::model::Answer;
use ampara::on;
use ampara::plan::model::CloseKind;
use diesel::prelude::*;

pub use self::memory::Memory;
use super::cast::Friend;
use super::lines::{Line, Saying};
use super::node::{Blow, State, ended};
use super::story::{Deed, Pin, When};
use super::world::{Event, World};

/// A phone that got no answer tries again so long after.
const TRIES_AGAIN: Duration = Duration::from_millis(1_500);

/// Which friend `F0` is.
pub fn friend_of(who: &str) -> Option<usize> {
    who.strip_prefix('F')?.parse().ok()
}

impl World {
    pub fn friends(&self) -> &'static [Friend] {
        &self.her().friends
    }

    /// Whether she counts on this friend now.
    pub fn is_active(&self, friend: usize) -> bool {
        let said_yes = self.friends()[friend].active || self.memory.accepted.contains_key(&friend);
        said_yes && !self.memory.removed.contains_key(&friend)
    }

    /// Lets an act happen; what nobody could take, or whose answer was lost, comes again.
    pub fn acts(&mut self, place: usize) {
        let act = self.story.acts[place];
        if self.befalls(act.deed) {
            return;
        }
        let Some(node) = self.somebody(act.number as u64) else {
            return self.after(TRIES_AGAIN, Event::Act(place));
        };
        self.note(format!("{:?} by way of node {node}", act.deed));
        // What the same moment has brought before is known to who acts.
        self.picture = self.look();
        let boot = self.nodes[node].boot;
        self.does(node, act.number, act.deed);
        if self.nodes[node].state == State::Down && self.nodes[node].boot == boot {
            return self.after(TRIES_AGAIN, Event::Act(place));
        }
        self.nodes[node].nudged = true;
        self.sends(node);
    }

    fn does(&mut self, node: usize, number: usize, deed: Deed) {
        match deed {
            Deed::Presses => self.presses(node, number, false),
            Deed::PressesWithPlace => self.presses(node, number, true),
            Deed::Drills => {
                self.memory.drills.insert(number);
                self.presses(node, number, true);
            }
            Deed::Retries => {
                if let Some((latest, _)) = self
                    .memory
                    .client_ids
                    .last_key_value()
                    .map(|(n, id)| (*n, *id))
                {
                    self.presses(node, latest, false);
                }
            }
            Deed::Closes(kind, pin) => self.closes(node, kind, pin),
            Deed::Escalates => self.escalates(node),
            Deed::Removes(friend) => self.removes(node, friend),
            Deed::Accepts(friend) => self.accepts(friend),
            Deed::Answers(friend, said) => self.answers(node, friend, said),
            Deed::Looks(friend) => self.looks_at_it(node, friend),
            Deed::Texts(friend, words) => self.texts(node, friend, words),
            Deed::OnShift(on) => self.set_shift(on),
            _ => self.operates(node, number, deed),
        }
    }

    fn caller(&self) -> AlertCaller {
        AlertCaller {
            person: self.her().person,
            device: self.her().device,
            language: Language::Es,
            only_open_alert: false,
        }
    }

    fn presses(&mut self, node: usize, number: usize, with_place: bool) {
        let client_id = *self
            .memory
            .client_ids
            .entry(number)
            .or_insert_with(ClientId::new);
        let seq = i64::try_from(number).unwrap();
        let lat = 28.5 + f64::from(u32::try_from(number).unwrap()) / 1_000.0;
        let fix = with_place.then(|| fix(seq, self.now, lat));
        let drill = self.memory.drills.contains(&number);
        let press = Press {
            drill,
            policy: Some(self.story.policy),
            phone_at: Some(self.phone_time()),
            fix,
            ..Press::default()
        };
        let (alerts, caller) = (self.nodes[node].alerts.clone(), self.caller());
        let was_drill = self
            .picture
            .alerts
            .iter()
            .any(|a| a.drill && a.state == "open");
        let done = self.drive(node, async move {
            let raised = raise::raise(&alerts, &caller, client_id, press, HungUp::default());
            raised.await.map(Option::unwrap)
        });
        match done {
            Some(Ok(raised)) => {
                if with_place && raised.view.state == ampara::alerts::model::AlertState::Open {
                    self.memory.places.push((self.now, lat));
                }
                self.memory.acknowledged.push(client_id);
                if was_drill && !raised.view.drill {
                    // What was said to the drill is no answer to the alarm.
                    let open = self
                        .look()
                        .alerts
                        .iter()
                        .find(|a| a.state == "open")
                        .map(|a| a.id);
                    self.memory
                        .answers
                        .retain(|(alert, _), _| Some(*alert) != open);
                }
            }
            Some(Err(error)) => self.breaks("a press is never refused", error.to_string()),
            // Whether it was taken, her phone does not know: it sends it again.
            None => {}
        }
    }

    /// What her phone's clock says.
    fn phone_time(&self) -> At {
        let week = 7 * 24 * 60 * 60 * 1_000_000;
        At::from_micros(self.now.micros() + self.story.phone_off_weeks * week)
    }

    /// Her alert: the open one, or the latest.
    pub fn her_alert(&self) -> Option<(AlertId, ClientId, bool)> {
        let all = &self.picture.alerts;
        let open = all.iter().find(|a| a.state == "open").or(all.last());
        open.map(|a| (a.id, a.client_id, a.state == "open"))
    }

    fn closes(&mut self, node: usize, kind: CloseKind, pin: Pin) {
        let Some((alert, client_id, _)) = self.her_alert() else {
            return;
        };
        let verdict = match pin {
            Pin::Right => PinVerdict::Right,
            Pin::Wrong => PinVerdict::Wrong,
            Pin::NoneSet => PinVerdict::NoneSet,
        };
        if pin != Pin::Wrong {
            self.memory.ends_asked.insert(alert);
        }
        let (alerts, caller) = (self.nodes[node].alerts.clone(), self.caller());
        let work = async move {
            close::by_verdict(&alerts, &caller, (alert, client_id), kind, verdict).await
        };
        match self.drive(node, work) {
            Some(Ok(_)) => {
                self.memory.ends.insert(alert);
            }
            Some(Err(AlertError::WrongPin)) if pin == Pin::Wrong => {}
            Some(Err(error)) => self.breaks("she can end it", error.to_string()),
            None => {}
        }
    }

    fn escalates(&mut self, node: usize) {
        let Some((_, client_id, _)) = self.her_alert() else {
            return;
        };
        let (alerts, caller) = (self.nodes[node].alerts.clone(), self.caller());
        let done = self.drive(node, async move {
            escalate::escalate(&alerts, &caller, client_id).await
        });
        if let Some(Err(error)) = done {
            self.breaks("she can ask for 911", error.to_string());
        }
    }

    fn removes(&mut self, node: usize, friend: usize) {
        let Some(contact) = self.friends().get(friend).map(|f| f.id) else {
            return;
        };
        let (alerts, person) = (self.nodes[node].alerts.clone(), self.her().person);
        let done = self.drive(node, async move {
            remove::by_her(&alerts, person, contact).await
        });
        if done.is_some() {
            self.memory.removed.entry(friend).or_insert(self.now);
        }
    }

    /// By the link of the invitation, which is another story's.
    fn accepts(&mut self, friend: usize) {
        let Some(contact) = self.friends().get(friend).map(|f| f.id) else {
            return;
        };
        if self.friends()[friend].active || self.memory.removed.contains_key(&friend) {
            return;
        }
        let now = self.now;
        let accepted = self
            .db
            .write(WritePriority::Background, move |conn: &mut Conn| {
                on!(conn, |c| diesel::update(contacts::table.find(contact))
                    .set((
                        contacts::state.eq("active"),
                        contacts::answered_at.eq(Some(now))
                    ))
                    .execute(c))?;
                Ok::<_, DbError>(())
            });
        ended(accepted).unwrap().unwrap();
        self.memory.accepted.entry(friend).or_insert(now);
    }

    fn answers(&mut self, node: usize, friend: usize, said: Answer) {
        let Some((alert, _, true)) = self.her_alert() else {
            return;
        };
        if self.friends().get(friend).is_none()
            || !self.memory.arrived.iter().any(|(f, _)| *f == friend)
        {
            return;
        }
        if self.picture.alerts.iter().any(|a| a.id == alert && a.drill)
            && !self.takes_part(friend, alert)
        {
            return;
        }
        // Who answers sees the alert as it is at that moment.
        let saying = answer::GivenAnswer {
            answer: said,
            to_drill: false,
        };
        let (alerts, db) = (self.nodes[node].alerts.clone(), self.db.clone());
        let link = self.memory.links.get(&friend).cloned();
        let done = match (
            self.friends()[friend].person,
            link.and_then(|l| Secret::parse(&l)),
        ) {
            (Some(person), _) => self.drive(node, async move {
                let as_whom = move |conn: &mut Conn| seen::contact_of(conn, person, alert);
                let contact = db.read(as_whom).await?;
                answer::answer(&alerts, alert, contact, saying)
                    .await
                    .map(|()| Some(alert))
            }),
            (None, Some(link)) => {
                let work = async move { seen::answer_by_link(&alerts, &link, saying).await };
                // The latest link may be that of an alert that is over: it takes no answer any
                // more.
                self.drive(node, work)
                    .map(|watch| watch.map(|w| w.ended.is_none().then_some(w.alert)))
            }
            (None, None) => return,
        };
        match done {
            Some(Ok(Some(alert))) => {
                self.memory
                    .answers
                    .insert((alert, friend), (said, self.now));
                self.memory.unsure.remove(&(alert, friend));
            }
            Some(Ok(None)) => {}
            Some(Err(AlertError::NotFound)) if !self.is_active(friend) => {}
            Some(Err(error)) => {
                self.breaks("who was told can answer", format!("F{friend}: {error}"));
            }
            None => {}
        }
    }

    /// Looks as a friend does who means to, and may be counted as having seen it.
    fn looks_at_it(&mut self, node: usize, friend: usize) {
        let link = self
            .memory
            .links
            .get(&friend)
            .and_then(|link| Secret::parse(link));
        if let Some(link) = link.filter(|_| self.friends()[friend].person.is_none()) {
            let alerts = self.nodes[node].alerts.clone();
            self.drive(node, async move {
                seen::reveal(&alerts, &link).await.map(|_| ())
            });
        }
        self.picture = self.look();
        self.judge_what_is_seen(friend);
    }

    /// The app says that a push is there, or was looked at.
    pub fn phone_says(&mut self, call: usize, said: Receipt) {
        let id = self.calls[call].id;
        let friend = self
            .memory
            .arrived
            .iter()
            .find(|(_, arrived)| *arrived == id)
            .map(|(f, _)| *f);
        let Some(person) = friend.and_then(|f| self.friends()[f].person) else {
            return;
        };
        let again = Event::Receipt(call, said);
        let Some(node) = self.somebody(call as u64 + 77) else {
            return self.after(TRIES_AGAIN, again);
        };
        let alerts = self.nodes[node].alerts.clone();
        self.nodes[node].nudged = true;
        match self.drive(node, async move {
            receipt::receive(&alerts, person, id, said).await
        }) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.breaks("a receipt is taken", error.to_string()),
            None => self.after(TRIES_AGAIN, again),
        }
    }
}

fn fix(seq: i64, at: At, lat: f64) -> Fix {
    Fix {
        seq,
        effective_at: at,
        received_at: at,
        plausible: true,
        phone_at: Some(at),
        lat,
        lon: -106.5,
        accuracy_m: Some(12.0),
        altitude_m: None,
        speed_mps: None,
        heading_deg: None,
        battery: None,
        mock: false,
        provider: None,
    }
}
