//! Compiled protocols, by the hash of their version: compiling takes milliseconds, evaluating
//! microseconds, and a version never changes.
#[derive(Debug, Default)]
pub struct RulesCache;
