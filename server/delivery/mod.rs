//! Addresses, and the messages that are queued for them. Knows no alert.
//!
//! **What.** [`addresses`] says where a person can be reached. [`outbox`] holds messages as rows and
//! sends them over [`channels`]: FCM, SMS, voice, email, webhook, or the demo's terminal.
//! [`receipts`] take what phones and carriers report later, [`inbound`] what people reply;
//! [`stops`] and [`limits`] say what may not be sent; [`retention`] deletes addresses that ended.
//!
//! **Invariant.** A row is one message to one address and ends in one visible way: delivered, seen,
//! expired, or failed with a reason. The node that holds its lease sends it, and an outcome counts
//! only while the fence it was claimed with is unchanged. No transaction is open while a provider is
//! asked. What goes out holds no place and no name; what is stored of it is sealed, and wiped once
//! nothing more will be sent. Past its deadline nothing is sent.
//!
//! **Path.** A row is born leased to the process that took the press and handed over in memory
//! ([`Outbox`]); or it is born free and found by a claim. Before a send the row's lease, the wish for
//! it and the provider's breaker are checked. A table turns the answer into a verdict
//! ([`channels::verdict`]), and up to a hundred outcomes are recorded together with what the
//! subject's owner does about them ([`OutcomeHook`]): the next channel is queued in the transaction in
//! which this one failed.
//!
//! **On failure.** A process that dies leaves leases that die with it: another node takes its rows
//! within ten seconds, or this one at its next start, by the same claim as always. A message may then
//! go twice, with the same notification id, by which phones drop the second. A provider that fails is
//! left alone by its [`breaker`](outbox::breaker) but for one probe a second; its rows wait by a
//! schedule ([`outbox::retry`]). While the database is away, outcomes wait until their leases end. A
//! message on which the code fails three times becomes a dead letter and raises an alarm; one that
//! does not open fails as unreadable.

pub mod addresses;
pub mod channels;
mod error;
pub mod facts;
pub mod inbound;
pub mod limits;
pub mod model;
pub mod outbox;
pub mod receipts;
pub mod retention;
pub mod routes;
pub mod stops;
mod store;

pub use addresses::PHONE_LOOKUP;
pub use channels::probe::Works;
pub use channels::{ChannelSettings, Channels};
pub use error::DeliveryError;
pub use facts::{
    Attempt, NotificationFact, Signs, attempts_of, last_texts, may_have_been_told,
    notifications_of, signs_of,
};
pub use outbox::enqueue::{NewMessages, enqueue, free_subject};
pub use outbox::follow_up::{NoOutcomeHook, OutcomeHook, Settled};
pub use outbox::handoff::{Outbox, Slots};
pub use outbox::message::{Content, Destination, Enqueued, Lease, NewNotification};
pub use outbox::sender::Delivery;
pub use outbox::stats::{DeliveryStats, Standing, standing};
pub use outbox::stepwise::{Sent, Waiting};
pub use outbox::withdraw::{withdraw, withdraw_all, withdraw_recipient, withdraw_step};
pub use store::key::MessageKey;
pub use store::moments::{bring_back, newest};
