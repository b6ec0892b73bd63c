//! The application in process: every route, every command, every form, as a browser without JavaScript
//! would use it.

#![expect(clippy::unwrap_used, reason = "a test that cannot arrange should fail loudly")]

mod admin;
mod assessments;
mod audit;
mod bad_fields;
mod bad_input;
mod commands;
mod decisions;
mod lesions;
mod marks;
mod meetings;
mod overview;
mod patients;
mod pool;
mod prompts;
mod referrals;
mod routes;
mod rules;
mod sent_again;
mod sign_in;
mod story;
mod urgency;
