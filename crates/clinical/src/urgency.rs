//! What is due by when in each class of urgency, from `dictionary/urgency.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// What is due in a class of urgency, and within how many hours.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The code of the class (`U1`).
    pub class: String,
    /// When the clock starts.
    pub starts: Start,
    /// Within how many hours.
    pub hours: u32,
    /// What is due.
    pub due: String,
    /// What is due once the whole spine was imaged.
    pub due_after_mri: String,
    /// Who asks for it; empty for a default of this product.
    pub source: String,
    /// What of it is a rule of this product; empty for what a source states.
    #[serde(default)]
    pub local_rule: String,
}

/// When a clock starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// With the first suspicion.
    Suspicion,
    /// When the referral was received.
    Receipt,
}

/// How a fact that nobody has answered is read, on the safe side, when the class that facts demand is worked out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unanswered {
    /// The code of the fact, one of the case.
    pub fact: String,
    /// The code that it is read as.
    pub read_as: String,
    /// The class that counts when the facts demand it under this reading; another one does not.
    pub class: String,
    /// Why: a rule of this product.
    pub local_rule: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    limit: Vec<Limit>,
    unanswered: Vec<Unanswered>,
}

/// The limits, the most urgent class first.
pub fn limits() -> &'static [Limit] {
    &file().limit
}

/// The facts that are read in one way while nobody has answered them.
pub fn unanswered() -> &'static [Unanswered] {
    &file().unanswered
}

fn file() -> &'static File {
    static FILE: LazyLock<File> = LazyLock::new(|| {
        #[expect(
            clippy::expect_used,
            reason = "the embedded file is fixed at build time and a test loads it; without its limits nothing \
                      can be said to be overdue, so nothing may go on"
        )]
        let file = toml::from_str(include_str!("../dictionary/urgency.toml"))
            .expect("the embedded limits of urgency load");
        file
    });
    &FILE
}

/// The limit of a class.
pub fn limit(class: &str) -> Option<&'static Limit> {
    limits().iter().find(|limit| limit.class == class)
}

#[cfg(test)]
mod tests {
    use rules::types::FactType;

    use super::*;
    use crate::dictionary::dictionary;

    #[test]
    fn every_class_of_the_dictionary_has_one_limit_with_a_source_or_a_local_rule() {
        let classes: Vec<String> = limits().iter().map(|limit| limit.class.clone()).collect();
        let entry = dictionary().entry("urgency-class").unwrap();
        assert_eq!(entry.fact_type(), &FactType::Codes(classes));
        for limit in limits() {
            assert_ne!(limit.source.is_empty(), limit.local_rule.is_empty(), "{}", limit.class);
        }
    }

    #[test]
    fn what_is_read_for_an_unanswered_fact_is_one_of_its_answers() {
        for one in unanswered() {
            let entry = dictionary().entry(&one.fact).unwrap();
            assert_eq!(entry.scope(), rules::types::Scope::Case, "{}", one.fact);
            assert!(dictionary().value_label(&one.fact, &one.read_as).is_some(), "{}", one.fact);
            assert!(limit(&one.class).is_some() && !one.local_rule.is_empty(), "{}", one.fact);
        }
    }

    /// NICE QS56 and CG75 for U1 and U2. For U3 the shorter of two readings (24 and 72 hours), for the others the
    /// defaults of the service.
    #[test]
    fn the_limits_are_those_of_the_sources_or_the_shorter_of_two_readings() {
        let hours: Vec<u32> = limits().iter().map(|limit| limit.hours).collect();
        assert_eq!(hours, [24, 7 * 24, 24, 7 * 24, 14 * 24]);
    }
}
