//! The product as processes, and what befalls them: PostgreSQL killed and stopped, the server killed, a
//! bundle that somebody touched. Whatever was acknowledged is there afterwards.

mod bundle;
mod kill;
mod outage;
mod process;
mod site;
