//! HTTP and HTML: the only crate that knows either.
//!
//! A request passes the layers of [`app`], then the gate of its row in the table ([`routes`]), then a
//! handler in [`pages`]: it extracts, calls one function of the store, fills a page of [`view`]. Errors
//! are [`error::WebError`]; [`layers::pages`] gives them their page. Start at [`app::router`].

pub mod app;
pub mod draft;
pub mod error;
pub mod form;
pub mod layers;
pub mod pages;
pub mod paths;
pub mod present;
pub mod routes;
pub mod session_store;
pub mod state;
pub mod static_files;
pub mod view;
pub mod visitor;
