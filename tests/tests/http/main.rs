//! The application in process: every route, every command, every form, as a browser without JavaScript
//! would use it.

mod assessments;
mod decisions;
mod meetings;
mod audit;
mod bad_input;
mod routes;
mod sign_in;
mod story;
mod patients;
mod referrals;
mod admin;
