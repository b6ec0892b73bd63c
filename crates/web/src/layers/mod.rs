//! What every request passes through, from the outside in: log, headers, session, then each route's gate.

pub mod gate;
pub mod headers;
pub mod pages;
pub mod request_log;
