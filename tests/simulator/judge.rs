//! What must hold of each message as it leaves, and of all that contacts see.

use std::time::Duration;

use ampara::alerts::AlertError;
use ampara::alerts::views::contacts::{self, Ended, Watch};
use ampara::db::schema::{alert_names, alerts, notifications};
use ampara::db::{Conn, DbError};
use ampara::delivery::channels::terminal::client::Shown;
use ampara::delivery::model::Channel;
use ampara::identity::model::Policy;
use ampara::ids::{ClientId, NotificationId, RecipientId, Secret};
use ampara::on;
use ampara::plan::model::{Purpose, Step};
use ampara::wording::say;
use diesel::prelude::*;

use super::cast::{Friend, cast};
use super::node::ended;
use super::people::friend_of;
use super::rows::Row;
use super::story::{Deed, When};
use super::world::World;

/// After she has ended it, or taken somebody off her list.
pub const GRACE: Duration = Duration::from_secs(2);

impl World {
    /// Whom a recipient stands for.
    pub fn whose(&self, recipient: RecipientId) -> String {
        if let Some(n) = self
            .friends()
            .iter()
            .position(|f| RecipientId::from(f.id) == recipient)
        {
            return format!("F{n}");
        }
        if recipient == self.her().person.into() {
            "H".to_owned()
        } else {
            "S".to_owned()
        }
    }

    pub fn row(&self, id: NotificationId) -> Row {
        let read = move |conn: &mut Conn| -> Result<Row, DbError> {
            Ok(on!(conn, |c| notifications::table
                .find(id)
                .select(Row::as_select())
                .first(c))?)
        };
        ended(self.db.read(read)).unwrap().unwrap()
    }

    /// For whom a message is, and its row.
    pub fn told(&self, message: &Shown) -> (String, Row) {
        (
            self.whose(message.recipient),
            self.row(message.notification),
        )
    }

    pub fn told_friend(&self, message: &Shown) -> Option<(String, Row)> {
        Some(self.told(message)).filter(|(who, _)| friend_of(who).is_some())
    }

    /// Without ids, which differ each time.
    pub fn described(&self, who: &str, row: &Row) -> String {
        let number = self
            .book
            .entries
            .get(&row.id)
            .map_or("new".to_owned(), |e| format!("#{}", e.number));
        let step = Step::from_number(row.step).map_or("?", Step::as_str);
        format!(
            "{step}/{} to {who} over {} ({number})",
            row.repeat, row.channel
        )
    }

    /// A message has just begun to leave.
    pub fn judge_call(&mut self, node: usize, who: &str, row: &Row, message: &Shown) {
        let name = self.described(who, row);
        let off = Duration::from_secs(self.memory.most_off_s);
        if row.deadline.plus(GRACE + off) < self.now && row.deadline > row.created_at {
            let (alert, at) = (row.subject.alert(), self.now);
            let closed = self.book.alerts.get(&alert).and_then(|a| a.closed);
            if closed.is_none_or(|c| c.at.plus(GRACE) < at) {
                self.breaks("nothing is sent after its deadline", name.clone());
            }
        }
        let step = Step::from_number(row.step).unwrap();
        let closed = self
            .book
            .alerts
            .get(&row.subject.alert())
            .and_then(|a| a.closed);
        let born = self
            .book
            .entries
            .get(&row.id)
            .map_or(self.now, |e| e.born.at);
        let clock_is_off = self.nodes[node].off_ms.abs() > 1_000;
        if let Some(closed) = closed.filter(|c| c.at.plus(GRACE) < self.now && !clock_is_off) {
            let news_of_it = matches!(step.purpose(), Purpose::Over | Purpose::NoNews);
            let of_911 = step.purpose() == Purpose::Supervisor && born >= closed.at;
            if !news_of_it && !of_911 {
                self.breaks("nothing starts later than 2 s after a close", name.clone());
            }
        }
        let removed = friend_of(who).and_then(|f| self.memory.removed.get(&f));
        if removed.is_some_and(|at| at.plus(GRACE) < self.now) && !clock_is_off {
            self.breaks("nothing reaches whom she has taken off", name.clone());
        }
        self.judge_once(row, &name);
        self.judge_drill(node, who, row, &name);
        let Some(friend) = friend_of(who) else { return };
        let over_number = matches!(message.channel, Channel::Sms | Channel::Voice);
        if over_number && self.memory.stopped.contains_key(&friend) {
            self.breaks("nothing goes to a number that said STOP", name.clone());
        }
        if message.channel == Channel::Voice {
            self.judge_line(friend, row, &name);
        }
        self.judge_words(friend, step, message, &name);
    }

    /// Twice only after an answer that said so, or where a process was away, or a clock off.
    fn judge_once(&mut self, row: &Row, name: &str) {
        let excused = |call: &super::world::Call| {
            call.again
                || self.nodes[call.node].was_away_since(call.at)
                || self.clocks_were_off_since(call.at)
        };
        if self
            .calls
            .iter()
            .filter(|c| c.id == row.id)
            .any(|c| !excused(c))
        {
            self.breaks("no two first sends of one rung", name.to_owned());
        }
    }

    /// The words are those of the step, the contact's language and the alias, and of nothing else.
    fn judge_words(&mut self, friend: usize, step: Step, message: &Shown, name: &str) {
        let f = &self.friends()[friend];
        let rehearsed =
            step.first_alarm() && self.was_told_of_a_drill(friend, message.subject.alert());
        let stem = if rehearsed {
            "no-drill"
        } else {
            stem(step.purpose(), f.alias.is_some())
        };
        let link = message.words.split_once("/w/").map_or("", |(_, rest)| rest);
        let token: String = link.chars().take_while(|c| !c.is_whitespace()).collect();
        if message.words != words(f, stem, message.channel, &token) {
            self.breaks(
                "contacts' bytes obey the one rule",
                format!("{name} says {:?}", message.words),
            );
        }
        if message.channel == Channel::Fcm && message.kind != step.purpose().as_str() {
            self.breaks(
                "contacts' bytes obey the one rule",
                format!("{name} is of the kind {}", message.kind),
            );
        }
    }

    /// What a friend sees now, in the app and on the page.
    pub fn judge_what_is_seen(&mut self, friend: usize) {
        let (Some(f), Some(node)) = (self.friends().get(friend), self.somebody(friend as u64))
        else {
            return;
        };
        let Some((alert, _, open)) = self.her_alert() else {
            return;
        };
        if let Some(person) = f.person {
            let alerts = self.nodes[node].alerts.clone();
            let Some(seen) = self.drive(
                node,
                async move { contacts::watching(&alerts, person).await },
            ) else {
                return;
            };
            let told = self.memory.arrived.iter().any(|(who, id)| {
                *who == friend
                    && self
                        .book
                        .entries
                        .get(id)
                        .is_some_and(|e| e.alert_id() == alert)
            });
            match seen {
                Err(error) => self.breaks("contacts see it", error.to_string()),
                Ok(seen) => {
                    if seen.is_empty() && open && told && self.is_active(friend) {
                        self.breaks(
                            "who was told sees it",
                            format!("F{friend} has it on no list"),
                        );
                    }
                    seen.iter()
                        .for_each(|watch| self.judge_watch(friend, watch));
                }
            }
        }
        if let Some(link) = self
            .memory
            .links
            .get(&friend)
            .and_then(|link| Secret::parse(link))
        {
            let alerts = self.nodes[node].alerts.clone();
            match self.drive(node, async move { contacts::look(&alerts, &link).await }) {
                Some(Ok(watch)) => self.judge_watch(friend, &watch),
                Some(Err(AlertError::NotFound)) if !self.is_active(friend) => {}
                Some(Err(error)) => self.breaks("contacts see it", error.to_string()),
                None => {}
            }
        }
    }

    fn judge_watch(&mut self, friend: usize, watch: &Watch) {
        let Some(alert) = self
            .picture
            .alerts
            .iter()
            .find(|a| a.id == watch.alert)
            .cloned()
        else {
            return;
        };
        let f = &self.friends()[friend];
        let ended = match (alert.state.as_str(), alert.close_kind.as_deref()) {
            ("open", _) => None,
            (_, Some("expired")) if !alert.drill => Some(Ended::NoNews),
            _ => Some(Ended::Closed),
        };
        let wrong = |what: &str, seen: String| format!("F{friend} sees {what}: {seen}");
        let rule = "contacts' bytes obey the one rule";
        if (
            watch.ended,
            watch.drill,
            watch.who.as_deref(),
            watch.language,
        ) != (ended, alert.drill, f.alias, f.language)
        {
            self.breaks(rule, wrong("the state", format!("{watch:?}")));
        }
        let first = self.book.alerts.get(&alert.id).map(|a| a.first.at);
        let latest = self
            .memory
            .places
            .iter()
            .rfind(|(at, _)| first.is_none_or(|first| *at >= first));
        let place = watch.place.as_ref().map(|p| p.fix().lat);
        let expected = latest.map(|(_, lat)| *lat).filter(|_| ended.is_none());
        if place != expected && !self.answers_may_be_lost() {
            self.breaks(rule, wrong("her place", format!("{}", place.is_some())));
        }
        let said = self
            .memory
            .answers
            .get(&(alert.id, friend))
            .map(|(said, _)| *said);
        let unsure = self.memory.unsure.contains(&(alert.id, friend));
        if watch.answer != said && !unsure && !self.answers_may_be_lost() {
            self.breaks(rule, wrong("the answer", format!("{:?}", watch.answer)));
        }
        let told_before = self.book.alerts.get(&alert.id).is_some_and(|a| a.call_911);
        if ended.is_none() && told_before && !watch.call_911 {
            self.breaks(rule, wrong("call_911", "taken back".to_owned()));
        }
        let minute =
            self.book.unclaimed(alert.id) + Duration::from_secs(1 + self.memory.most_off_s);
        let justified = self.story.policy == Policy::Now && minute >= Duration::from_secs(60);
        if watch.call_911 && (ended.is_some() || !justified) {
            self.breaks(rule, wrong("call_911", "without a cause".to_owned()));
        }
    }

    /// A process that dies after a commit leaves people who do not know that it was done.
    fn answers_may_be_lost(&self) -> bool {
        let edge = |when| matches!(when, When::BeforeWrite(_) | When::AfterWrite(_));
        self.story
            .acts
            .iter()
            .any(|act| matches!(act.deed, Deed::Crashes { when, .. } if edge(when)))
    }

    /// Whether the server knows an alert by that name.
    pub fn knows(&self, client_id: ClientId) -> bool {
        let read = move |conn: &mut Conn| -> Result<i64, DbError> {
            let own = alerts::table
                .filter(alerts::client_id.eq(client_id))
                .count();
            let other = alert_names::table
                .filter(alert_names::client_id.eq(client_id))
                .count();
            let count: i64 = on!(conn, |c| own.get_result(c))?;
            let more: i64 = on!(conn, |c| other.get_result(c))?;
            Ok(count + more)
        };
        ended(self.db.read(read)).unwrap().unwrap() > 0
    }
}

/// Which texts a message of that purpose is made of.
fn stem(purpose: Purpose, alias: bool) -> &'static str {
    match (purpose, alias) {
        (Purpose::Alarm, true) => "alarm-alias",
        (Purpose::Alarm, false) => "alarm",
        (Purpose::PressedAgain, true) => "again-alias",
        (Purpose::PressedAgain, false) => "again",
        (Purpose::Call911, _) => "call-911",
        (Purpose::NoNews, _) => "no-news",
        (Purpose::Drill, _) => "drill",
        (Purpose::Asked, _) => "how-to-answer",
        _ => "over",
    }
}

/// What it says to that friend.
fn words(friend: &Friend, stem: &str, channel: Channel, token: &str) -> String {
    let link = format!("{}/w/{token}", cast().config.http.public_url);
    let says = |over: &str| {
        let args = [("who", friend.alias.unwrap_or_default()), ("link", &link)];
        say(friend.language, &format!("{over}-{stem}"), &args)
    };
    match channel {
        Channel::Fcm => says("lock"),
        Channel::Voice => says("call"),
        Channel::Email => say(
            friend.language,
            "mail-frame",
            &[("words", &says("mail")), ("link", &link)],
        ),
        _ => says("sms"),
    }
}
