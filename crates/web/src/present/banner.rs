//! The patient banner and the tabs of a case.

use chrono::NaiveDate;
use chrono_tz::Tz;
use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use clinical::marks::Reason;
use mdt::case::{CloseReason, UrgencyClass};
use mdt::coded::Coded;
use mdt::display;
use mdt::permission::{Action, CaseView};
use mdt::referral::ReferralState;
use rules::value::FactValue;
use store::CaseKey;
use store::cases::{CaseHead, ReferralNow};
use store::patients::Patient;

use super::facts::words;
use crate::view::{CaseTab, Link, PatientBanner, Referred, Tabs, Tag, Tone};
use crate::visitor::Visitor;

/// How a deficit changes, and since when there is one: shown together.
const COURSE: &str = "deficit-course";
const ONSET: &str = "deficit-onset-at";

/// The banner of a case, as much of it as the reader may see.
pub fn of_case(
    visitor: &Visitor,
    case: &CaseKey,
    head: &CaseHead,
    current: Option<&Assessment>,
) -> PatientBanner {
    let zone = visitor.sites.zone(case.site);
    let mut banner = match head.view {
        CaseView::Deidentified => without_names(visitor, case, &head.patient),
        CaseView::Full | CaseView::Status => of_patient(visitor, &head.patient),
    };
    banner.case_number = Some(case.number.to_string());
    if head.view != CaseView::Status {
        banner.summary = current.map(summary).filter(|text| !text.is_empty());
        banner.cord_at_risk = head.cord_at_risk;
    }
    banner.referred = head.referred.map(|(at, site)| Referred {
        at: display::date_time(at, zone),
        by: visitor.sites.name(site),
    });
    banner.urgency = head.referral.filter(|_| case.open).map(|now| urgency(now.urgency));
    banner.waiting = head
        .referral
        .filter(|now| case.open && now.state != ReferralState::Accepted)
        .map(|now| waiting(visitor, case, now));
    banner.meeting = head.listed.map(|(_, starts_at)| {
        let day = display::date_with_day(display::day_of(starts_at, zone));
        let time = starts_at.with_timezone(&zone).format("%H:%M");
        format!("{day} {time}")
    });
    banner.closed = head.closed_code.as_deref().map(|code| {
        let reason = CloseReason::from_code(code)
            .map_or_else(|_| code.to_owned(), |one| one.label().to_lowercase());
        format!("Closed: {reason}")
    });
    banner
}

/// The class of a referral, in words and colour.
pub fn urgency(class: UrgencyClass) -> Tag {
    let tone = match class {
        UrgencyClass::U1 => Tone::Crit,
        UrgencyClass::U2 | UrgencyClass::U3 => Tone::Warn,
        UrgencyClass::U4 | UrgencyClass::U5 => Tone::Plain,
    };
    Tag::new(tone, format!("{} {}", class.code(), class.label())).with_icon()
}

/// A referral that is not accepted, and where it is answered: the list of those that wait, for who answers
/// them.
fn waiting(visitor: &Visitor, case: &CaseKey, now: ReferralNow) -> Link {
    let words = match now.state {
        ReferralState::Received | ReferralState::Accepted => "Referral not accepted yet".to_owned(),
        other => format!("Referral {}, not accepted", other.label().to_lowercase()),
    };
    let answers = visitor.actor.may(Action::ReferralTriage, now.addressed);
    if answers && now.state.waits() {
        Link::new(words, format!("/referrals?open={}#answer", now.id))
    } else {
        Link::new(words, format!("/cases/{}/referral", case.number))
    }
}

/// The banner of a patient without a case.
pub fn of_patient(visitor: &Visitor, patient: &Patient) -> PatientBanner {
    let zone = visitor.sites.zone(patient.site);
    let today = display::day_of(visitor.app.now(), zone);
    let particulars = &patient.particulars;
    let name = &particulars.name;
    let age = |day: NaiveDate| {
        particulars.birth_date.age_at(day).map(|age| format!(" ({age}y)")).unwrap_or_default()
    };
    PatientBanner {
        name: name.to_string(),
        short_name: format!("{}, {}", name.family().to_uppercase(), name.given()),
        born: match patient.death_date {
            Some(_) => particulars.birth_date.to_string(),
            None => format!("{}{}", particulars.birth_date, age(today)),
        },
        died: patient.death_date.map(|day| format!("{}{}", display::date(day), age(day))),
        sex: particulars.sex.label().to_owned(),
        nhs_number: particulars.nhs_number.as_ref().map(ToString::to_string),
        hospital_number: particulars.hospital_number.clone(),
        case_number: None,
        summary: None,
        referred: None,
        meeting: None,
        closed: None,
        cord_at_risk: false,
        withheld: false,
        waiting: None,
        urgency: None,
    }
}

/// For an auditor: number, age and sex.
fn without_names(visitor: &Visitor, case: &CaseKey, patient: &Patient) -> PatientBanner {
    let today = display::day_of(visitor.app.now(), visitor.sites.zone(case.site));
    let age = patient.particulars.birth_date.age_at(today);
    PatientBanner {
        name: format!("Case {}", case.number),
        short_name: format!("Case {}", case.number),
        born: age.map_or_else(
            || "Not shown to you".to_owned(),
            |age| format!("Not shown to you ({age}y)"),
        ),
        died: patient.death_date.map(|_| "Yes, date not shown to you".to_owned()),
        withheld: true,
        nhs_number: None,
        hospital_number: None,
        ..of_patient(visitor, patient)
    }
}

/// "Renal cell carcinoma, T10 index".
pub fn summary(assessment: &Assessment) -> String {
    let tumour = match assessment.value("histology", None) {
        Some(value @ FactValue::Code(_)) => {
            dictionary().entry("histology").map(|entry| entry.shown(value))
        }
        _ => None,
    };
    let index = index_level(assessment).map(|level| format!("{level} index"));
    tumour.into_iter().chain(index).collect::<Vec<_>>().join(", ")
}

/// The index lesion: stated, or the only one. Anything beyond that is derived by a rule set of package 2.
pub fn index_level(assessment: &Assessment) -> Option<String> {
    if let Some(FactValue::Code(level)) = assessment.value("index-lesion", None) {
        return Some(level.clone());
    }
    match assessment.levels().as_slice() {
        [only] => Some(only.to_string()),
        _ => None,
    }
}

/// Why a case is marked, in a sentence: `High-grade compression: ESCC 2 at T10`. Whether it is was
/// settled when the assessment was saved, so the banner, the lists and the case page say the same.
pub fn cord_at_risk(assessment: &Assessment, zone: Tz) -> String {
    let marks = clinical::marks::of(assessment).unwrap_or_default();
    if marks.cord_at_risk.is_empty() {
        return "Marked so when the assessment was saved".to_owned();
    }
    let reasons = marks.cord_at_risk.iter().map(|reason| reason_words(assessment, reason, zone));
    reasons.collect::<Vec<_>>().join("; ")
}

fn reason_words(assessment: &Assessment, reason: &Reason, zone: Tz) -> String {
    let facts = reason.facts.iter().filter_map(|fact| {
        let entry = dictionary().entry(&fact.fact)?;
        let shown = entry.shown(&fact.value);
        let onset = || assessment.fact(ONSET, None).filter(|_| fact.fact == COURSE);
        Some(match (fact.level, onset()) {
            (Some(level), _) => format!("{} {shown} at {level}", entry.label()),
            (None, Some(onset)) => {
                let since = words::fact(dictionary().entry(ONSET)?, &onset.fact, zone);
                format!("{} since {since}", shown.to_lowercase())
            }
            // A grade without the name of its scale says nothing.
            (None, None) if entry.coded => format!("{} {shown}", entry.label()),
            (None, None) => shown.to_lowercase(),
        })
    });
    let facts = facts.collect::<Vec<_>>().join(", ");
    if facts.is_empty() { reason.words.clone() } else { format!("{}: {facts}", reason.words) }
}

/// The tabs that this visitor may open.
pub fn tabs(
    visitor: &Visitor,
    case: &CaseKey,
    current: Option<CaseTab>,
    lesions: Option<usize>,
) -> Tabs {
    let at = |action| visitor.actor.may(action, case.site);
    let member = at(Action::CaseRead);
    let visible: Vec<CaseTab> = CaseTab::ALL
        .into_iter()
        .filter(|tab| match tab {
            CaseTab::Overview => true,
            CaseTab::Referral => member || visitor.may_somewhere(Action::ReferralSend),
            CaseTab::Lesions | CaseTab::Assessment | CaseTab::Decision => member,
            CaseTab::History => at(Action::HistoryRead),
        })
        .collect();
    Tabs::case(&case.number.to_string(), current, &visible, lesions)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clinical::assessment::{Answers, Context, Route};

    use super::*;

    fn assessment(fields: &[(&str, &str)]) -> Assessment {
        let now = "2026-11-23T21:06:40Z".parse().unwrap();
        let fields: Vec<(String, String)> =
            fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let answers = Answers::parse(&fields, &now).unwrap();
        let context = Context {
            recorded_by: "u1".to_owned(),
            recorded_at: now,
            assessed_at: now,
            route: Route::Form,
            patient: BTreeMap::new(),
        };
        Assessment::next(None, &answers, &context).unwrap().0
    }

    #[test]
    fn the_cord_at_risk_is_said_with_every_fact_that_makes_it_so() {
        let both = assessment(&[
            ("lesion.T10.escc-grade", "2"),
            ("lesion.L1.escc-grade", "3"),
            ("case.deficit-course", "slow"),
            ("case.deficit-onset-at", "2026-11-20"),
        ]);
        assert_eq!(
            cord_at_risk(&both, Tz::Europe__London),
            "High-grade compression: ESCC 2 at T10, ESCC 3 at L1; Weakness is getting worse: slowly worse \
             since 20-Nov-2026"
        );
        let timed = assessment(&[
            ("case.deficit-course", "slow"),
            ("case.deficit-onset-at", "14-Jun-2026 18:30"),
        ]);
        assert!(!cord_at_risk(&timed, Tz::Europe__London).contains("UTC"), "the time of the site");
        let course = assessment(&[("case.deficit-course", "rapid")]);
        assert_eq!(
            cord_at_risk(&course, Tz::Europe__London),
            "Weakness is getting worse: rapidly worse, within 24 hours"
        );
    }

    #[test]
    fn a_mark_that_the_present_rules_would_not_set_is_still_explained() {
        let calm = assessment(&[("lesion.T10.escc-grade", "0")]);
        assert_eq!(
            cord_at_risk(&calm, Tz::Europe__London),
            "Marked so when the assessment was saved"
        );
    }
}
