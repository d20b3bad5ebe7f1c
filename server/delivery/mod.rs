//! Addresses, and the messages that are owed to them. Knows no alert.
//!
//! **What.** [`addresses`] says where somebody can be reached. [`enqueue`](fn@enqueue) writes down,
//! in the caller's transaction, what is owed; [`Delivery`] sends it, over [`fcm`], [`sms`],
//! [`voice`], [`email`], [`webhook`] or the demo's [`terminal`], and records what came of it;
//! [`receipts`] take what phones and carriers say later; [`inbound`] what people reply;
//! [`withdraw`](fn@withdraw) calls back what nobody wants any more; [`retention`] forgets addresses
//! that ended.
//!
//! **Invariant.** A row owes one message to one address and ends in one way that can be seen:
//! delivered, seen, expired, or failed with a reason. It is sent by whoever holds its lease, and an
//! outcome counts only while the fence it was claimed with stands. No transaction is open while a
//! provider is asked. What goes out holds no place and no name; what is stored of it is sealed, and
//! wiped as soon as nothing more is to be sent. Past its deadline nothing is sent.
//!
//! **Path.** A row is born leased to the process that took the press and handed over in memory
//! ([`Outbox`]); or it is born free and found ([`claim`]). [`send`] asks: is the lease good, is it
//! wanted, is the provider there? The answer becomes a verdict by a table ([`answer`]), and
//! [`record`] writes it down with up to a hundred others, together with what the subject's owner
//! does about it ([`Aftermath`]): the next channel is owed in the transaction in which this one
//! failed.
//!
//! **On failure.** A process that dies leaves leases that die with it: another takes them within
//! ten seconds, or this one at its next start, by the same claim as on any day. A message may then
//! go twice, with the same notification id, by which phones drop the second. A provider that fails
//! is left alone by its [`breaker`] but for a probe a second; its rows wait by a schedule
//! ([`retry`]). A database that is away keeps outcomes waiting until their leases end. A message on
//! which the code fails, or whose follow-up fails every time, is set aside as a dead letter and
//! wakes somebody; one that does not open fails as unreadable.

pub mod addresses;
pub mod aftermath;
pub mod answer;
pub mod breaker;
mod by_hand;
pub mod channels;
mod claim;
pub mod email;
mod enqueue;
pub mod facts;
mod fault;
pub mod fcm;
pub mod gateway;
pub mod gsm7;
pub mod inbound;
pub mod leases;
pub mod limits;
pub mod model;
mod numbers;
mod outbox;
mod parcel;
mod probe;
pub mod receipts;
mod record;
pub mod retention;
pub mod retry;
pub mod routes;
pub mod script;
mod send;
pub mod set_aside;
pub mod sms;
pub mod stopped;
mod store;
pub mod terminal;
pub mod voice;
pub mod webhook;
mod withdraw;
mod worker;

pub use addresses::PHONE_LOOKUP;
pub use aftermath::{Aftermath, NoAftermath, Settled};
pub use by_hand::{Sent, Waiting};
pub use channels::{ChannelSettings, Channels};
pub use enqueue::{Owing, enqueue};
pub use facts::{Attempt, NotificationFact, Signs, attempts_of, notifications_of, signs_of};
pub use fault::DeliveryError;
pub use numbers::{Numbers, Standing, standing};
pub use outbox::{Outbox, Places};
pub use parcel::{Content, Destination, Lease, NewNotification, Owed};
pub use probe::Works;
pub use withdraw::{withdraw, withdraw_recipient};
pub use worker::Delivery;
