//! A referral as typed: what is wrong with it, and the document that is locked once it is sent.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clinical::level::VertebralLevel;
use mdt::case::UrgencyClass;
use mdt::display;
use mdt::person::BirthDate;
use store::referrals::{LESS_URGENT, ReferralDocument};

use crate::form::PostedForm;
use crate::pages::asked::{capitalised, text_problem};
use crate::pages::clock::moment;
use crate::present::demand;
use crate::view::referral_new::{impossible, missing};
use crate::view::{FormInput, Problem};

/// The longest question to the meeting, and news since the last presentation (minimum dataset rows 10 and 11).
const QUESTION_MAX: usize = 500;
/// The longest of the other texts.
const TEXT_MAX: usize = 2000;
/// Fields of the form that are no answers.
const NO_ANSWERS: [&str; 3] = ["patient", "site", "draft"];

/// What decides whether a referral can be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
    pub(super) born: BirthDate,
    /// The patient has an open case: what is new since then is asked.
    pub(super) again: bool,
}

/// The class and the document, or the form with everything that is wrong with it.
pub(super) fn parse(
    form: &PostedForm,
    circumstances: Circumstances,
) -> Result<(UrgencyClass, ReferralDocument), FormInput> {
    let mut input = form.input();
    let mut problems = missing(&input);
    problems.extend(impossible(&input));
    let mut times = Vec::new();
    for (field, what) in
        [("t_suspect", "The first suspicion"), ("deficit-onset-at", "The onset of weakness")]
    {
        match form.given(field).map(|text| time(text, what, circumstances)).transpose() {
            Ok(shown) => times.extend(shown.map(|shown| (field, shown))),
            Err(message) => problems.push(problem(field, message)),
        }
    }
    problems.extend(levels(form));
    problems.extend(lengths(form));
    if circumstances.again && form.value("whats_new").is_empty() {
        problems.push(problem("whats_new", "The patient has an open case: say what is new"));
    }
    let urgency = match form.value("urgency") {
        "unsure" => Some(UrgencyClass::U1),
        code => code.parse().ok(),
    };
    match urgency {
        Some(urgency) if problems.is_empty() => {
            let mut document = document(form, &times);
            match less_urgent(urgency, &mut document) {
                None => Ok((urgency, document)),
                Some(problem) => {
                    input.problems = vec![problem];
                    Err(input)
                }
            }
        }
        _ => {
            input.problems = once_each(problems);
            Err(input)
        }
    }
}

fn problem(field: &str, message: impl Into<String>) -> Problem {
    Problem { field: field.to_owned(), message: message.into() }
}

/// A class below what the answers demand needs a reason; where it is not below, none is kept.
fn less_urgent(urgency: UrgencyClass, document: &mut ReferralDocument) -> Option<Problem> {
    let Some(demand) = demand::above(urgency, document) else {
        document.fields.remove(LESS_URGENT);
        return None;
    };
    document.answer(LESS_URGENT).is_none().then(|| {
        let message = format!(
            "The answers demand class {}. Choose that class, or say here why the case is less urgent. Reason: {}",
            demand::class(&demand),
            demand::because(&demand),
        );
        problem(LESS_URGENT, message)
    })
}

/// The first problem of each field is enough.
fn once_each(problems: Vec<Problem>) -> Vec<Problem> {
    let mut kept: Vec<Problem> = Vec::new();
    for problem in problems {
        if kept.iter().all(|one| one.field != problem.field) {
            kept.push(problem);
        }
    }
    kept
}

/// A day, perhaps with a time, that can have been: written out, since "yesterday" means another day later.
fn time(text: &str, what: &str, circumstances: Circumstances) -> Result<String, String> {
    let Circumstances { now, zone, born, .. } = circumstances;
    let today = display::day_of(now, zone);
    let at = moment(text, today, zone).map_err(|error| capitalised(&error.to_string()))?;
    if at > now {
        return Err(format!("{what} is in the future"));
    }
    let day = display::day_of(at, zone);
    if day < born.date() {
        return Err(format!("{what} is before the patient’s birth, {born}"));
    }
    Ok(if text.contains(':') { display::date_time(at, zone) } else { display::date(day) })
}

fn levels(form: &PostedForm) -> Option<Problem> {
    let fields = form.content();
    let ticked: Vec<&str> = fields
        .iter()
        .filter(|(name, _)| name == "level")
        .map(|(_, level)| level.as_str())
        .collect();
    if let Some(unknown) = ticked.iter().find(|level| level.parse::<VertebralLevel>().is_err()) {
        return Some(problem(
            "level",
            format!("{unknown} is no level: write it under unusual numbering"),
        ));
    }
    let index = form.given("index-lesion")?;
    (!ticked.is_empty() && !ticked.contains(&index)).then(|| {
        problem("index-lesion", format!("{index} is not among the levels that are ticked"))
    })
}

fn lengths(form: &PostedForm) -> Vec<Problem> {
    let limit =
        |name: &str| if matches!(name, "question" | "whats_new") { QUESTION_MAX } else { TEXT_MAX };
    let wrong = |(name, value): (String, String)| {
        text_problem(value.trim(), limit(&name)).map(|message| Problem { field: name, message })
    };
    form.content().into_iter().filter_map(wrong).collect()
}

/// Only what was answered; times as they were understood.
fn document(form: &PostedForm, times: &[(&str, String)]) -> ReferralDocument {
    let answered = form.content().into_iter().filter_map(|(name, value)| {
        if NO_ANSWERS.contains(&name.as_str()) {
            return None;
        }
        let understood =
            times.iter().find(|(field, _)| *field == name).map(|(_, shown)| shown.clone());
        let value = understood.unwrap_or_else(|| value.trim().to_owned());
        (!value.is_empty()).then_some((name, value))
    });
    ReferralDocument::of(answered)
}

/// The answers of a document, as a page reads them.
pub(super) fn input_of(document: &ReferralDocument) -> FormInput {
    let answers = document.fields.iter();
    FormInput::from_pairs(
        answers.flat_map(|(field, values)| {
            values.iter().map(move |value| (field.clone(), value.clone()))
        }),
    )
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    const EMERGENCY: [(&str, &str); 18] = [
        ("mscc-status", "suspected"),
        ("command_id", "0197a1b2-c3d4-7e5f-8a6b-0123456789ab"),
        ("patient", "0197a1b2-c3d4-7e5f-8a6b-0123456789ac"),
        ("urgency", "U1"),
        ("t_suspect", "yesterday 06:50"),
        ("red-flags", "rf-limb-weakness"),
        ("haematological-suspected", "no"),
        ("ambulatory-status", "with-aid"),
        ("bladder-function", "normal"),
        ("bowel-function", "normal"),
        ("immobilised", "yes"),
        ("steroid", "no"),
        ("location", "Ward 4"),
        ("referrer_name", "J. Adler"),
        ("referrer_phone", "2222"),
        ("responsible_clinician", "Dr Lind"),
        ("level", "T9"),
        ("site", "0197a1b2-c3d4-7e5f-8a6b-0123456789ad"),
    ];

    fn circumstances() -> Circumstances {
        Circumstances {
            now: "2026-06-15T07:25:00Z".parse().unwrap(),
            zone: chrono_tz::Europe::London,
            born: BirthDate::stored(NaiveDate::from_ymd_opt(1962, 3, 12).unwrap()),
            again: false,
        }
    }

    fn emergency(changes: &[(&str, &str)]) -> PostedForm {
        let kept =
            EMERGENCY.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        let fields =
            kept.chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        PostedForm::of(fields.collect())
    }

    fn problem_of(changes: &[(&str, &str)], field: &str) -> String {
        let input = parse(&emergency(changes), circumstances()).unwrap_err();
        input.problem(field).unwrap_or_else(|| panic!("{:?}", input.problems)).to_owned()
    }

    #[test]
    fn an_emergency_is_sent_with_what_an_emergency_needs() {
        let (urgency, document) = parse(&emergency(&[]), circumstances()).unwrap();
        assert_eq!(urgency, UrgencyClass::U1);
        assert_eq!(
            document.answer("t_suspect"),
            Some("14-Jun-2026 06:50"),
            "a relative day is written out"
        );
        for machinery in ["command_id", "patient", "site"] {
            assert_eq!(document.answer(machinery), None);
        }
        assert_eq!(input_of(&document).value("level"), "T9");
    }

    #[test]
    fn not_sure_counts_as_an_emergency_and_stays_as_it_was_said() {
        let (urgency, document) =
            parse(&emergency(&[("urgency", "unsure")]), circumstances()).unwrap();
        assert_eq!(urgency, UrgencyClass::U1);
        assert_eq!(document.answer("urgency"), Some("unsure"));
    }

    /// A routine referral whose answers demand an emergency.
    const LOW: [(&str, &str); 11] = [
        ("urgency", "U3"),
        ("cancer-history", "current"),
        ("whole-spine-imaged", "mri"),
        ("imaging", "MRI"),
        ("prior_treatment", "no"),
        ("kps", "70"),
        ("antithrombotic-drugs", "_none"),
        ("question_kind", "surgery"),
        ("question", "Operate?"),
        ("bladder-function", "retention"),
        ("red-flags", "rf-gait"),
    ];

    #[test]
    fn a_class_below_what_the_answers_demand_needs_a_reason() {
        let message = problem_of(&LOW, LESS_URGENT);
        assert!(message.contains("The answers demand class U1, Emergency"), "{message}");
        assert!(message.contains("Gait disturbance") && message.contains("Retention"), "{message}");
        let said = [&LOW[..], &[(LESS_URGENT, "An old weakness")]].concat();
        let (urgency, document) = parse(&emergency(&said), circumstances()).unwrap();
        assert_eq!(urgency, UrgencyClass::U3);
        assert_eq!(document.answer(LESS_URGENT), Some("An old weakness"));
    }

    #[test]
    fn a_reason_that_is_not_needed_any_more_is_not_kept() {
        let raised = emergency(&[(LESS_URGENT, "An old weakness"), ("cancer-history", "current")]);
        let (urgency, document) = parse(&raised, circumstances()).unwrap();
        assert_eq!((urgency, document.answer(LESS_URGENT)), (UrgencyClass::U1, None));
    }

    #[test]
    fn impossible_dates_are_refused() {
        assert_eq!(
            problem_of(&[("t_suspect", "15-Jun-2026 08:26")], "t_suspect"),
            "The first suspicion is in the future"
        );
        assert_eq!(
            problem_of(&[("t_suspect", "11-Mar-1962")], "t_suspect"),
            "The first suspicion is before the patient’s birth, 12-Mar-1962"
        );
        assert_eq!(
            problem_of(&[("t_suspect", "31-Jun-2026")], "t_suspect"),
            "There is no 31-Jun-2026"
        );
    }

    #[test]
    fn levels_have_to_be_levels() {
        assert_eq!(
            problem_of(&[("level", "T14")], "level"),
            "T14 is no level: write it under unusual numbering"
        );
        assert_eq!(
            problem_of(&[("index-lesion", "T8")], "index-lesion"),
            "T8 is not among the levels that are ticked"
        );
    }

    #[test]
    fn a_question_has_an_end_and_a_second_referral_says_what_is_new() {
        let long = "x".repeat(501);
        assert_eq!(
            problem_of(&[("question", &long)], "question"),
            "At most 500 characters, this has 501"
        );
        let again = Circumstances { again: true, ..circumstances() };
        let input = parse(&emergency(&[]), again).unwrap_err();
        assert_eq!(
            input.problem("whats_new"),
            Some("The patient has an open case: say what is new")
        );
    }

    #[test]
    fn each_field_is_named_once() {
        let input = parse(&PostedForm::default(), circumstances()).unwrap_err();
        let mut fields: Vec<&str> =
            input.problems.iter().map(|problem| problem.field.as_str()).collect();
        let all = fields.len();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), all);
        assert!(all > 10);
    }
}
