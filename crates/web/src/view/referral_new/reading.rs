//! A referral as it was typed: what is missing before it can be sent, and its lines once it is.

use super::super::form::{Control, FieldView, FormInput, Problem};
use super::fields;

/// What blocks the sending of an emergency: rows marked E of the minimum dataset. The rest is asked later.
const NEEDED_IN_EMERGENCY: [&str; 14] = [
    "urgency",
    "mscc-status",
    "t_suspect",
    "red-flags",
    "haematological-suspected",
    "ambulatory-status",
    "bladder-function",
    "bowel-function",
    "immobilised",
    "steroid",
    "location",
    "referrer_name",
    "referrer_phone",
    "responsible_clinician",
];

/// Fields that have to be answered before the referral can be sent, in the order of the form.
///
/// Only presence is checked here: dates, codes and lengths are the business of whoever parses them.
pub fn missing(input: &FormInput) -> Vec<Problem> {
    let emergency = ["U1", "unsure"].iter().any(|code| input.has("urgency", code));
    std::iter::once(fields::urgency())
        .chain(fields::clock())
        .chain(fields::sections(Vec::new(), input).into_iter().flat_map(|section| section.fields))
        .filter(|field| {
            !field.optional && field.name != "site" && input.value(&field.name).trim().is_empty()
        })
        .filter(|field| !emergency || NEEDED_IN_EMERGENCY.contains(&field.name.as_str()))
        .map(|field| Problem { message: needed(&field), field: field.name })
        .collect()
}

/// Answers that the form does not offer, and answers that contradict each other: "none of these" or "not
/// assessed" beside another answer of the same question.
pub fn impossible(input: &FormInput) -> Vec<Problem> {
    std::iter::once(fields::urgency())
        .chain(fields::clock())
        .chain(fields::sections(Vec::new(), input).into_iter().flat_map(|section| section.fields))
        .filter(|field| !field.choices.is_empty())
        .filter_map(|field| {
            let given = input.values.get(&field.name)?;
            let offered = |value: &String| field.choices.iter().any(|one| one.value == *value);
            let alone = |value: &String| value.starts_with('_');
            let label = field.label.trim_end_matches('?');
            let message = if !given.iter().all(|value| value.is_empty() || offered(value)) {
                format!("{label}: choose one of the answers")
            } else if given.len() > 1
                && (field.control != Control::Checkboxes || given.iter().any(alone))
            {
                format!("{label}: these answers contradict each other")
            } else {
                return None;
            };
            Some(Problem { field: field.name, message })
        })
        .collect()
}

fn needed(field: &FieldView) -> String {
    let label = field.label.trim_end_matches('?');
    if field.choices.iter().any(|choice| choice.value == "_not-assessed") {
        format!("{label}: choose an answer, or “not assessed”")
    } else if field.control == Control::Radio || field.control == Control::Select {
        format!("{label}: choose an answer")
    } else {
        format!("{label}: this is needed")
    }
}

/// The lines of a referral as sent: title of each section, and label with value of each answered field.
pub fn as_sent(input: &FormInput) -> Vec<(String, Vec<(String, String)>)> {
    read(input, |_| true)
}

/// The same for a reader who sees no free text: only what was chosen from a list, and times, which were read as
/// such before the referral was sent.
pub fn as_coded(input: &FormInput) -> Vec<(String, Vec<(String, String)>)> {
    read(input, |field| {
        !field.choices.is_empty() || matches!(field.name.as_str(), "t_suspect" | "deficit-onset-at")
    })
}

fn read(input: &FormInput, shown: fn(&FieldView) -> bool) -> Vec<(String, Vec<(String, String)>)> {
    let lines = |fields: Vec<FieldView>| lines(fields.into_iter().filter(shown).collect(), input);
    let urgency = [fields::urgency(), fields::less_urgent()].into_iter().chain(fields::clock());
    let urgency = urgency.collect();
    let mut sections = vec![("Urgency".to_owned(), lines(urgency))];
    let levels: Vec<&str> =
        input.values.get("level").into_iter().flatten().map(String::as_str).collect();
    for section in fields::sections(Vec::new(), input) {
        let mut lines = lines(section.fields);
        if section.id == "spine" && !levels.is_empty() {
            lines.insert(0, ("Levels".to_owned(), levels.join(", ")));
        }
        sections.push((section.title.to_owned(), lines));
    }
    sections.retain(|(_, lines)| !lines.is_empty());
    sections
}

fn lines(fields: Vec<FieldView>, input: &FormInput) -> Vec<(String, String)> {
    fields
        .into_iter()
        .filter(|field| field.name != "site")
        .map(|field| field.filled(input))
        .map(|field| {
            let answer = answer(&field);
            (field.label, answer)
        })
        .filter(|(_, answer)| !answer.is_empty())
        .collect()
}

fn answer(field: &FieldView) -> String {
    if field.choices.is_empty() {
        return field.value.trim().to_owned();
    }
    let chosen = field.choices.iter().filter(|choice| choice.chosen && !choice.value.is_empty());
    chosen.map(|choice| choice.label.as_str()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(names: &[&str]) -> FormInput {
        FormInput::from_pairs(names.iter().map(|name| (*name, "x")))
    }

    #[test]
    fn an_emergency_needs_less_than_a_routine_referral() {
        let emergency = FormInput::from_pairs([("urgency", "U1")]);
        let routine = FormInput::from_pairs([("urgency", "U5")]);
        assert_eq!(missing(&emergency).len(), NEEDED_IN_EMERGENCY.len() - 1);
        assert!(missing(&routine).len() > missing(&emergency).len());
        assert!(missing(&routine).iter().any(|problem| problem.field == "question"));
        assert!(!missing(&emergency).iter().any(|problem| problem.field == "question"));
    }

    #[test]
    fn not_sure_counts_as_an_emergency() {
        let unsure = missing(&FormInput::from_pairs([("urgency", "unsure")]));
        assert_eq!(unsure, missing(&FormInput::from_pairs([("urgency", "U1")])));
    }

    #[test]
    fn every_name_that_an_emergency_needs_is_a_field_of_the_form() {
        assert_eq!(
            missing(&answered(&NEEDED_IN_EMERGENCY))
                .iter()
                .filter(|problem| NEEDED_IN_EMERGENCY.contains(&problem.field.as_str()))
                .count(),
            0
        );
        let all: Vec<String> =
            missing(&FormInput::default()).into_iter().map(|problem| problem.field).collect();
        for name in NEEDED_IN_EMERGENCY {
            assert!(all.contains(&name.to_owned()), "{name}");
        }
    }

    #[test]
    fn an_answer_that_is_not_offered_or_contradicts_another_is_refused() {
        let field_of = |pairs: &[(&str, &str)]| {
            let input = FormInput::from_pairs(pairs.iter().copied());
            impossible(&input).into_iter().map(|problem| problem.field).collect::<Vec<_>>()
        };
        assert_eq!(field_of(&[("urgency", "U9")]), ["urgency"]);
        assert_eq!(field_of(&[("red-flags", "_none"), ("red-flags", "rf-night")]), ["red-flags"]);
        assert_eq!(field_of(&[("kps", "70"), ("kps", "80")]), ["kps"]);
        assert_eq!(
            field_of(&[("red-flags", "rf-night"), ("red-flags", "rf-gait"), ("kps", "")]),
            [""; 0]
        );
    }

    #[test]
    fn a_reader_without_names_sees_no_free_text() {
        let input =
            FormInput::from_pairs([("urgency", "U5"), ("question", "Re-irradiate Mrs Reid?")]);
        let coded = as_coded(&input);
        assert_eq!(coded.len(), 1);
        assert_eq!(coded[0].1, [("How urgent is it?".to_owned(), "Routine".to_owned())]);
    }

    #[test]
    fn lines_are_in_words_and_skip_what_was_not_answered() {
        let input = FormInput::from_pairs([
            ("urgency", "U5"),
            ("red-flags", "rf-night"),
            ("red-flags", "rf-tender"),
            ("level", "T9"),
            ("level", "T12"),
            ("question", "Re-irradiate?"),
        ]);
        let sent = as_sent(&input);
        assert_eq!(sent[0].1[0], ("How urgent is it?".to_owned(), "Routine".to_owned()));
        assert_eq!(sent[0].1[1].1, "Disturbs sleep; Localised tenderness");
        assert_eq!(
            sent[1],
            ("Spine and imaging".to_owned(), vec![("Levels".to_owned(), "T9, T12".to_owned())])
        );
        assert_eq!(
            sent[2].1,
            vec![("Question to the meeting".to_owned(), "Re-irradiate?".to_owned())]
        );
        assert_eq!(sent.len(), 3);
    }
}
