//! The class of urgency that facts demand, held against the one that a person chose.

use clinical::marks::{self, Reason};
use mdt::case::UrgencyClass;
use mdt::coded::Coded;
use rules::value::Facts;

use super::ReferralDocument;
use crate::StoreError;

/// The field of a referral that says why its class is lower than its answers demand.
pub const LESS_URGENT: &str = "less_urgent_reason";

/// The class that facts demand for sure, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The class: [`UrgencyClass::U5`] where nothing is asked for.
    pub class: UrgencyClass,
    /// The rows of the rule that ask for it, with their facts.
    pub reasons: Vec<Reason>,
}

impl Demand {
    /// What the facts of an assessment demand.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when a recorded value is none of the dictionary's.
    pub fn of(facts: &Facts) -> Result<Self, StoreError> {
        let refused = |error: &dyn std::fmt::Display| {
            StoreError::Refused(format!("the urgency cannot be told: {error}"))
        };
        let demand = marks::demand(facts).map_err(|error| refused(&error))?;
        let class = UrgencyClass::from_code(&demand.class).map_err(|error| refused(&error))?;
        Ok(Self { class, reasons: demand.reasons })
    }

    /// What the answers of a referral demand.
    ///
    /// # Errors
    /// As [`Demand::of`].
    pub fn of_referral(document: &ReferralDocument) -> Result<Self, StoreError> {
        Self::of(&marks::facts_of_answers(&document.fields))
    }

    /// Whether a class is less urgent than this.
    pub fn is_above(&self, class: UrgencyClass) -> bool {
        self.class.is_lowered_by(class)
    }
}

/// A referral below what its own answers demand says why.
pub(super) fn check(class: UrgencyClass, document: &ReferralDocument) -> Result<(), StoreError> {
    let reason = document.answer(LESS_URGENT).unwrap_or_default();
    let demand = Demand::of_referral(document)?;
    if demand.is_above(class) && reason.trim().is_empty() {
        return Err(StoreError::Refused(format!(
            "the answers demand the class {}: choose it, or say why the case is less urgent",
            demand.class.code()
        )));
    }
    Ok(())
}
