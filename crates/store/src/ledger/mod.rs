//! x
pub mod bundle;
pub mod key;
pub mod note;
pub mod tree;
