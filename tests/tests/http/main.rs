//! The application in process: every route, every command, every form, as a browser without JavaScript
//! would use it.

mod assessments;
mod decisions;
mod meetings;
mod routes;
mod sign_in;
mod story;
