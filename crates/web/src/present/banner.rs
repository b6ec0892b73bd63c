//! The patient banner and the tabs of a case.

use chrono::NaiveDate;
use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use mdt::case::CloseReason;
use mdt::coded::Coded;
use mdt::display;
use mdt::permission::{Action, CaseView};
use rules::value::FactValue;
use store::CaseKey;
use store::cases::CaseHead;
use store::patients::Patient;

use crate::view::{CaseTab, PatientBanner, Referred, Tabs};
use crate::visitor::Visitor;

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
        banner.cord_at_risk = current.is_some_and(|assessment| cord_at_risk(assessment).is_some());
    }
    banner.referred = head.referred.map(|(at, site)| Referred {
        at: display::date_time(at, zone),
        by: visitor.sites.name(site),
    });
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
        similar_name: false,
    }
}

/// For an auditor: number, age and sex.
fn without_names(visitor: &Visitor, case: &CaseKey, patient: &Patient) -> PatientBanner {
    let today = display::day_of(visitor.app.now(), visitor.sites.zone(case.site));
    let age = patient.particulars.birth_date.age_at(today);
    PatientBanner {
        name: format!("Case {}", case.number),
        short_name: format!("Case {}", case.number),
        born: age.map_or_else(|| "Not known".to_owned(), |age| format!("{age} years ago")),
        died: patient.death_date.map(|_| "Yes".to_owned()),
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

/// Why the cord is at risk, if it is: ESCC 2 or 3 at a level, or weakness that is getting worse. Only
/// these earn the yellow strip.
pub fn cord_at_risk(assessment: &Assessment) -> Option<String> {
    let mut reasons = Vec::new();
    for level in assessment.levels() {
        if let Some(FactValue::Code(grade)) = assessment.value("escc-grade", Some(level))
            && matches!(grade.as_str(), "2" | "3")
        {
            reasons.push(format!("ESCC {grade} at {level}"));
        }
    }
    if let Some(FactValue::Code(course)) = assessment.value("deficit-course", None)
        && matches!(course.as_str(), "slow" | "rapid")
    {
        let since = assessment.value("deficit-onset-at", None).and_then(|onset| {
            dictionary()
                .entry("deficit-onset-at")
                .map(|entry| format!(" since {}", entry.shown(onset)))
        });
        reasons.push(format!("weakness getting worse{}", since.unwrap_or_default()));
    }
    (!reasons.is_empty()).then(|| reasons.join(", "))
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
