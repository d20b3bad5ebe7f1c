//! The commands, run as the real binary beside or without a server.

mod accesses;
mod audit;
mod backup;
mod channels;
mod demo;
mod doctor;
mod keys;
mod plain;
mod retention;
mod stage;
mod towns;
