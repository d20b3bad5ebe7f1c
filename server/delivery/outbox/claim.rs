//! Finds work: rows that are due, and rows whose sender died. The same way after a crash as on any
//! day.

use std::collections::HashSet;

use super::message::{Content, Destination, Lease, NewNotification, SealedMessage, SendJob};
use super::receipt_secret;
use super::sender::Delivery;
use crate::clock::At;
use crate::db::{Conn, DbError, WritePriority};
use crate::delivery::MessageKey;
use crate::delivery::model::{Channel, FailReason};
use crate::delivery::store::{addresses, leases, rows, senders};
use crate::ids::{AddressId, BootId};
use crate::moments::{ALIVE, LEASE};

/// Rows claimed in one transaction.
const AT_ONCE: usize = 200;

impl Delivery {
    /// Leases what is due, as far as there is room, and gives it to the senders. The number of
    /// rows.
    ///
    /// # Errors
    /// What the database says.
    pub(in crate::delivery) async fn claim_due(&self) -> Result<usize, DbError> {
        self.free_handed_back().await?;
        let outbox = &self.parts().outbox;
        let limit = AT_ONCE.min(outbox.room());
        let now = self.now();
        // A read first: on SQLite it passes by the one writer.
        if limit == 0 || !outbox.is_leasing() || self.oldest_due().await?.is_none() {
            return Ok(0);
        }
        let Some(slots) = outbox.reserve(limit) else {
            return Ok(0);
        };
        let lease = slots.lease(now);
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let claimed = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                claim(conn, &lease, now, most)
            })
            .await?;
        let jobs: Vec<SendJob> = claimed
            .into_iter()
            .map(|(key, row, retired)| self.open(key, row, retired, now))
            .collect();
        let found = jobs.len();
        slots.hand_over(
            jobs.into_iter()
                .map(super::message::Enqueued::from)
                .collect(),
        );
        Ok(found)
    }

    /// The moment at which the longest-waiting row became due.
    pub(in crate::delivery) async fn oldest_due(&self) -> Result<Option<At>, DbError> {
        let now = self.now();
        self.parts()
            .foundation
            .db
            .read(move |conn| leases::oldest_due(conn, now))
            .await
    }

    /// Frees rows of dead senders. The number of rows. A node whose clock is off cannot say who is
    /// dead.
    pub(in crate::delivery) async fn free_dead(&self) -> Result<usize, DbError> {
        if !self.parts().outbox.is_leasing() {
            return Ok(0);
        }
        let boot = self.parts().outbox.boot();
        let (alive, leased) = (self.until(ALIVE), self.until(LEASE));
        let alone = self.parts().foundation.db.is_alone();
        let any = self
            .parts()
            .foundation
            .db
            .read(move |conn| {
                let living = living(conn, alone, boot, alive)?;
                leases::any_dead(conn, &living, leased)
            })
            .await?;
        if !any {
            return Ok(0);
        }
        let freed = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, move |conn| {
                let living = living(conn, alone, boot, alive)?;
                leases::free_dead(conn, &living, leased)
            })
            .await?;
        if freed > 0 {
            tracing::warn!(rows = freed, "rows of a dead sender are free again");
            self.parts().outbox.nudge();
        }
        Ok(freed)
    }

    pub(in crate::delivery) async fn free_handed_back(&self) -> Result<(), DbError> {
        let back = self.parts().outbox.take_to_free();
        if back.is_empty() {
            return Ok(());
        }
        let rows = back.clone();
        let free = move |conn: &mut Conn| leases::free(conn, &rows);
        let freed = self
            .parts()
            .foundation
            .db
            .write(WritePriority::Alert, free)
            .await;
        let (left, done) = match freed {
            Ok(left) => (left, Ok(())),
            Err(error) => (back, Err(error)),
        };
        left.into_iter()
            .for_each(|(id, fence)| self.parts().outbox.free_later(id, fence));
        done
    }

    /// Unseals a claimed row. One that cannot be read is sent nowhere and fails.
    fn open(&self, key: MessageKey, row: leases::Claimed, retired: bool, now: At) -> SendJob {
        let opened = row.sealed.as_deref().and_then(|sealed| {
            let plain = self
                .parts()
                .foundation
                .keys
                .open("notifications", "sealed", row.id.bytes(), sealed)
                .ok()?;
            let message = serde_json::from_slice::<SealedMessage<'static>>(&plain).ok()?;
            Some((message.to.into_owned(), message.content.into_owned()))
        });
        let channel = Channel::parse(&row.channel);
        let unreadable = || {
            let content = Content::Push {
                kind: String::new(),
                words: String::new(),
                data: Default::default(),
            };
            (Destination::unreadable(), content)
        };
        let (to, content) = opened
            .filter(|_| channel.is_some())
            .unwrap_or_else(unreadable);
        let message = NewNotification {
            subject_kind: row.subject_kind.into(),
            key,
            // A newer server's channel: nothing here can send over it.
            channel: channel.unwrap_or(Channel::Terminal),
            senders: senders::of_column(row.sender.as_deref()),
            to,
            content,
            deadline: row.deadline,
            due_at: now,
        };
        SendJob {
            id: row.id,
            message,
            receipt_secret: receipt_secret::of(&self.parts().foundation.keys, row.id),
            attempts: row.attempts,
            fence: row.fence,
            lease_until: self.parts().outbox.lease(now).until,
            known_at: now,
            retired,
        }
    }
}

/// The processes whose leases are good. One that is alone is the only one: the leases of all others
/// died with them.
fn living(
    conn: &mut Conn,
    alone: bool,
    boot: BootId,
    until: (At, At),
) -> Result<Vec<BootId>, DbError> {
    if alone {
        Ok(vec![boot])
    } else {
        leases::living(conn, until)
    }
}

fn claim(
    conn: &mut Conn,
    lease: &Lease,
    now: At,
    most: i64,
) -> Result<Vec<(MessageKey, leases::Claimed, bool)>, DbError> {
    let (mut keyed, mut broken) = (Vec::new(), Vec::new());
    for row in leases::claim(conn, lease, now, most)? {
        match row.key.read() {
            Some(key) => keyed.push((key, row)),
            None => broken.push(row.id),
        }
    }
    rows::fail(conn, &broken, FailReason::Unreadable, now)?;
    let ids: Vec<AddressId> = keyed.iter().map(|(key, _)| key.address).collect();
    let gone: HashSet<AddressId> = match ids.is_empty() {
        true => HashSet::new(),
        false => addresses::not_live(conn, &ids)?.into_iter().collect(),
    };
    let with_fate = |(key, row): (MessageKey, _)| {
        let is_gone = gone.contains(&key.address);
        (key, row, is_gone)
    };
    Ok(keyed.into_iter().map(with_fate).collect())
}
