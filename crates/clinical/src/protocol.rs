//! Bundled protocols made ready for evaluation, and the evaluation of a case.

use std::sync::{Arc, LazyLock};

use rules::value::Facts;
use rules::{CompileError, Compiled, Evaluation, InputError, ParseErrors, Protocol, RuleSet};

use crate::dictionary::dictionary;
use crate::rulesets::bundled;

/// The protocol that `evaluate` takes when none is named.
pub const DEFAULT: &str = "core-scores";

/// Why a bundled protocol is not there.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// No bundled protocol bears the name.
    #[error("there is no protocol `{name}`; there are `{}`", .known.join("`, `"))]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The bundled ones.
        known: Vec<String>,
    },
    /// A bundled file does not parse.
    #[error("a bundled file cannot be read")]
    Parse(#[source] &'static ParseErrors),
    /// The protocol does not hold together.
    #[error("the protocol cannot be made ready")]
    Compile(#[source] CompileError),
}

/// A bundled protocol made ready: the newest version of that name.
///
/// # Errors
/// When there is none of that name, or when it does not hold together, which a test rules out.
pub fn compile_bundled(name: &str) -> Result<Arc<Compiled>, ProtocolError> {
    let bundle = bundled().map_err(ProtocolError::Parse)?;
    compile(name, bundle.protocols(), bundle.rule_sets())
}

/// The newest protocol of a name, made ready from the rule sets at hand.
pub(crate) fn compile(
    name: &str,
    protocols: &[Protocol],
    at_hand: &[Arc<RuleSet>],
) -> Result<Arc<Compiled>, ProtocolError> {
    let named = protocols.iter().filter(|one| one.id == name);
    let protocol = named.max_by_key(|one| one.version).ok_or_else(|| ProtocolError::Unknown {
        name: name.to_owned(),
        known: protocols.iter().map(|one| one.id.clone()).collect(),
    })?;
    let compiled = Compiled::new(protocol, at_hand, dictionary());
    compiled.map(Arc::new).map_err(ProtocolError::Compile)
}

/// The default protocol, made ready once.
///
/// # Errors
/// When it does not hold together, which a test rules out.
pub fn default_protocol() -> Result<Arc<Compiled>, &'static ProtocolError> {
    static READY: LazyLock<Result<Arc<Compiled>, ProtocolError>> =
        LazyLock::new(|| compile_bundled(DEFAULT));
    READY.as_ref().map(Arc::clone)
}

/// Evaluates a protocol for one case.
///
/// # Errors
/// When a fact has a value that the dictionary does not give it.
pub fn evaluate(compiled: &Arc<Compiled>, facts: &Facts) -> Result<Evaluation, InputError> {
    rules::evaluate(compiled, facts)
}
