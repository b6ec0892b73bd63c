//! The program `spineboard`: command line, configuration, the private PostgreSQL, and the wiring of
//! the other crates. What a command does is in `commands/`, one file each; what it does it *with* is
//! in `store`, `web`, `clinical` and `rules`.
//!
//! Start at [`run`]. This crate knows no SQL, no HTML and no rule of medicine.

pub mod postgres;
pub mod config;
