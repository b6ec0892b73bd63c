//! The class of urgency that facts demand, in words.

use clinical::dictionary::dictionary;
use clinical::marks::Reason;
use mdt::case::UrgencyClass;
use mdt::coded::Coded;
use store::referrals::{Demand, ReferralDocument};

/// What the answers of a referral demand, where its class is less urgent than that. Answers that cannot be
/// evaluated demand nothing here; sending them is refused.
pub fn above(class: UrgencyClass, document: &ReferralDocument) -> Option<Demand> {
    Demand::of_referral(document).ok().filter(|demand| demand.is_above(class))
}

/// `U1, Emergency: cord compression`.
pub fn class(demand: &Demand) -> String {
    format!("{}, {}", demand.class.code(), demand.class.label())
}

/// Why: `A neurological symptom or sign in somebody who has or had cancer (Limb weakness, Current cancer)`.
pub fn because(demand: &Demand) -> String {
    demand.reasons.iter().map(reason).collect::<Vec<_>>().join("; ")
}

fn reason(reason: &Reason) -> String {
    let facts = reason.facts.iter().filter_map(|fact| {
        let entry = dictionary().entry(&fact.fact)?;
        let shown = entry.shown(&fact.value);
        let named = entry.coded || !matches!(fact.value, rules::value::FactValue::Codes(_));
        Some(match fact.level {
            Some(level) => format!("{} {shown} at {level}", entry.label()),
            None if named => format!("{}: {shown}", entry.label()),
            None => shown,
        })
    });
    let facts = facts.collect::<Vec<_>>().join(", ");
    if facts.is_empty() { reason.words.clone() } else { format!("{} ({facts})", reason.words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_are_named_in_words() {
        let fields = [
            ("cancer-history", "current"),
            ("red-flags", "rf-limb-weakness"),
            ("red-flags", "rf-night"),
            ("bladder-function", "retention"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let document = ReferralDocument::of(fields);
        let demand = above(UrgencyClass::U3, &document).unwrap();
        assert_eq!(class(&demand), "U1, Emergency: cord compression");
        assert_eq!(
            because(&demand),
            "A neurological symptom or sign in somebody who has or had cancer (Cancer known: Current cancer, \
             Limb weakness); Signs of the cauda equina: a new disturbance of bladder, bowel or saddle (Bladder: \
             Retention)"
        );
        assert_eq!(above(UrgencyClass::U1, &document), None);
    }
}
