//! Contacts are told again and again, over one way after the other.

use super::*;

impl World {
    /// Unanswered, each contact is told again and again.
    pub(super) fn never_quiet(
        &self,
        book: &Book,
        alert: &AlertRow,
        friend: usize,
        picture: &Picture,
    ) -> Check {
        let Some(told) = book.told.get(&(alert.id, friend)).copied() else {
            return self.everybody_is_told(book, alert, friend, picture);
        };
        let (first, ways) = (book.alerts[&alert.id].real, self.ways_of(friend, picture));
        if !self.is_active(friend) || ways == 0 {
            return Ok(());
        }
        let mut since = told;
        if let Some((said, at)) = self.memory.answers.get(&(alert.id, friend)) {
            let still = if said.counts() {
                Duration::from_secs(self.config.plan.answer_decays_s)
            } else {
                Duration::ZERO
            };
            if at.plus(still) > since.at {
                since = Since {
                    at: at.plus(still),
                    ..since
                };
            }
        }
        // The plan goes by the clock, whoever was away.
        let gap = match self.now.since(first.at).as_secs() {
            0..=380 => 60,
            381..=3_980 => 300,
            _ => 1_800,
        };
        if book.for_how_long(since, self.now) > Duration::from_secs(gap) + self.slack() {
            let quiet = self.now.since(since.at).as_secs();
            return broken(
                "never quiet while open and unanswered",
                format!("F{friend} heard nothing for {quiet} s"),
            );
        }
        Ok(())
    }

    pub(super) fn everybody_is_told(
        &self,
        book: &Book,
        alert: &AlertRow,
        friend: usize,
        picture: &Picture,
    ) -> Check {
        if !self.is_active(friend) || self.ways_of(friend, picture) == 0 {
            return Ok(());
        }
        let first = book.alerts[&alert.id].real;
        let joined = self
            .memory
            .accepted
            .get(&friend)
            .map_or(first.at, |at| first.at.max(*at));
        let since = Since {
            at: joined,
            ill: first.ill,
        };
        let most = if joined == first.at {
            0
        } else {
            self.config.plan.join_within_s
        };
        if book.for_how_long(since, self.now) > Duration::from_secs(most) + self.slack() {
            return broken("everybody is told", format!("F{friend} was never told"));
        }
        Ok(())
    }

    /// Live addresses of a friend.
    pub fn ways_of(&self, friend: usize, picture: &Picture) -> usize {
        let f = &self.friends()[friend];
        f.push
            .iter()
            .chain([&f.sms])
            .chain(&f.mail)
            .filter(|a| !picture.dead.contains(a))
            .count()
    }

    /// All tries over one way failed for good: the next is owed within fifteen seconds, or once a
    /// call is over.
    pub(super) fn next_way_after_a_refusal(
        &self,
        book: &Book,
        alert: &AlertRow,
        friend: usize,
        picture: &Picture,
    ) -> Check {
        let f = &self.friends()[friend];
        let first = |row: &&Row| Step::from_number(row.step).is_some_and(Step::first_alarm);
        let all = picture
            .rows
            .iter()
            .filter(|r| r.subject.alert() == alert.id && r.recipient == f.id.into());
        let mine: Vec<&Row> = all.filter(first).collect();
        let Some(latest) = mine.iter().map(|r| r.step).max() else {
            return Ok(());
        };
        let refused = || mine.iter().filter(|r| r.step == latest);
        let answered = self.memory.answers.contains_key(&(alert.id, friend));
        if answered
            || !self.is_active(friend)
            || !refused().all(|r| is_hard(r))
            || mine.iter().any(|r| is_reached(r))
        {
            return Ok(());
        }
        let live = |address: &AddressId| !picture.dead.contains(address);
        let number = live(&f.sms);
        let next = [
            (Step::Text, number),
            (Step::Call, number && self.story.calls),
            (Step::Email, f.mail.iter().any(live)),
        ];
        let Some((next, _)) = next
            .into_iter()
            .find(|(step, live)| *live && step.number() > latest)
        else {
            return Ok(());
        };
        let since = refused()
            .map(|r| book.entries[&r.id].changed)
            .max_by_key(|since| since.at)
            .unwrap();
        let line = Duration::from_secs(if next == Step::Call {
            self.config.plan.call_lasts_s
        } else {
            0
        });
        if book.for_how_long(since, self.now) > self.slack() + line {
            return broken(
                "the next way is tried after a refusal",
                format!("F{friend} is not told over {next}"),
            );
        }
        Ok(())
    }

    pub(super) fn record_gets_louder(
        &self,
        book: &Book,
        record: &RecordRow,
        picture: &Picture,
    ) -> Check {
        let Some(seen) = book.records.get(&record.alert) else {
            return Ok(());
        };
        let (slack, lasts) = (self.slack(), book.for_how_long(seen.since, self.now));
        let open = picture
            .alerts
            .iter()
            .any(|a| a.id == record.alert && a.state == "open");
        let plan = &self.config.plan;
        let longer_than = |seconds: u64| lasts > Duration::from_secs(seconds) + slack;
        if record.state == "waiting"
            && open
            && longer_than(plan.queue_unanswered_s + plan.postpone_max_s)
        {
            return broken("911 is told in the end", "the record still waits");
        }
        if record.state == "claimed" || record.state != "queued" {
            return Ok(());
        }
        if record.level < 3 && longer_than(plan.unclaimed_backup_s) {
            return broken(
                "a record that nobody claims gets louder",
                format!("level {}", record.level),
            );
        }
        let calls = picture
            .rows
            .iter()
            .filter(|r| r.subject.alert() == record.alert && r.step == Step::Unclaimed.number());
        let latest = calls.map(|r| book.entries[&r.id].born).max_by_key(|s| s.at);
        let begins = seen.since;
        let soon = plan.supervisors_again_s * plan.supervisors_again_times;
        let later = plan.supervisors_later_s * plan.supervisors_later_times;
        let again_s = match book.for_how_long(begins, self.now).as_secs() {
            waited if waited <= soon => plan.supervisors_again_s,
            waited if waited <= soon + later => plan.supervisors_later_s,
            _ => plan.supervisors_last_s,
        };
        let silent = match latest.filter(|s| s.at >= begins.at) {
            Some(latest) => {
                book.for_how_long(latest, self.now) > Duration::from_secs(again_s) + slack
            }
            None => longer_than(plan.unclaimed_supervisors_s),
        };
        if silent {
            return broken(
                "supervisors are called while nobody claims",
                "they hear nothing",
            );
        }
        Ok(())
    }
}
