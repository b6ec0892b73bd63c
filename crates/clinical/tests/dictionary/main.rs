//! The data dictionary holds every fact of its specification and is sound.

mod codes;
mod facts;
mod terminologies;
