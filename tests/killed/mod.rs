//! Killed, nothing lost: the real binary under 50 alerts a second, killed at any instant.
//!
//! What: [`stage`] starts the server with its fakes and makes people; [`phones`] press in an open
//! loop and try again until they are answered, as an app does; [`reckoning`] holds what the server
//! answered against what arrived. Invariant: an alert that was answered 2xx is there under its
//! client id, with its 911 record; each message it owed arrives, under one notification id; it
//! arrives twice only where the server was stopped between the send and the writing down of its
//! outcome. With several nodes ([`nodes`]) the rest take over what one that was frozen or killed
//! had begun, within ten seconds. Those who run it hear of a database that is gone from the server
//! itself ([`keepers`]). On failure: the panic names the alerts that lack something, by the
//! server's own ids.

mod keepers;
mod nodes;
mod phones;
mod postgres_cut;
mod reckoning;
mod server_killed;
mod stage;
