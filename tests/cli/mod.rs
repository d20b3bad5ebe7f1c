//! The commands, run as the real binary beside or without a server.

mod accesses;
mod audit;
mod backup;
mod channels;
mod demo;
mod doctor;
mod keys;
mod outbox;
mod plain;
mod rehearse;
mod remedies;
mod retention;
mod stage;
mod towns;
mod trace;
mod walk;
