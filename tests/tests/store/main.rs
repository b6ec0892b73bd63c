//! The store against a database of its own a test, as the application role: a superuser would pass
//! every policy in silence.

mod arrange;
mod decisions;
mod demo;
mod meetings;
