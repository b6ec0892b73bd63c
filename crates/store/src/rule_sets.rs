//! Rule sets and protocols: loading the bundled files, activating a protocol, and the compiled form of
//! a protocol version.

mod activation;
mod compiled;
mod load;
mod read;

pub(crate) use activation::in_force;
pub use activation::{activate, protocol_in_force};
pub(crate) use compiled::CompiledProtocols;
pub use load::Loaded;
pub use read::{Activation, Approval, ProtocolRow, RuleSetRow};
