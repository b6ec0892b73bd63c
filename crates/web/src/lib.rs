//! HTTP and HTML of Spineboard: routes, handlers and pages. Start with [`view`] for what pages show.

pub mod static_files;
pub mod view;
