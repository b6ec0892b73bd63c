//! The application in process: every route, every command, every form, as a browser without JavaScript
//! would use it.

mod sign_in;
