//! A patient's particulars: from a form to the domain and back.

use chrono::NaiveDate;
use mdt::coded::Coded;
use mdt::display;
use mdt::nhs_number::NhsNumber;
use mdt::person::{BirthDate, PersonError, PersonName, Sex};
use store::patients::Particulars;
use store::sites::InstallationKind;

use crate::form::PostedForm;
use crate::pages::asked::{capitalised, text_problem};
use crate::view::FormInput;

/// The fields of an identity, with their labels, in the order of the form.
pub(super) const FIELDS: [(&str, &str); 7] = [
    ("family_name", "Family name"),
    ("given_name", "Given names"),
    ("title", "Title"),
    ("birth_date", "Date of birth"),
    ("sex", "Sex"),
    ("nhs_number", "NHS number"),
    ("hospital_number", "Hospital number"),
];

/// The longest hospital number, in characters.
const HOSPITAL_MAX: usize = 32;

/// What was typed, as particulars; or the form with what is wrong with it.
pub(super) fn parse(
    form: &PostedForm,
    today: NaiveDate,
    kind: InstallationKind,
) -> Result<Particulars, FormInput> {
    let mut problems = Vec::new();
    let name = name(form, &mut problems);
    let birth_date = birth_date(form.value("birth_date"), today)
        .map_err(|why| problems.push(("birth_date", why)));
    let sex = Sex::from_code(form.value("sex")).map_err(|_| {
        problems.push(("sex", "Choose the sex as it is recorded, or “not known”".to_owned()));
    });
    let nhs = form.given("nhs_number").map(|text| nhs_number(text, kind)).transpose();
    let nhs_number = nhs.map_err(|why| problems.push(("nhs_number", why)));
    let hospital = form.given("hospital_number").map(hospital_number).transpose();
    let hospital_number = hospital.map_err(|why| problems.push(("hospital_number", why)));
    match (name, birth_date, sex, nhs_number, hospital_number) {
        (Some(name), Ok(birth_date), Ok(sex), Ok(nhs_number), Ok(hospital_number)) => {
            Ok(Particulars { name, birth_date, sex, nhs_number, hospital_number })
        }
        _ => Err(problems
            .into_iter()
            .fold(form.input(), |input, (field, why)| input.with_problem(field, why))),
    }
}

/// Each part is judged by itself, so that all that is wrong is said at once.
fn name(form: &PostedForm, problems: &mut Vec<(&'static str, String)>) -> Option<PersonName> {
    let [family, given, title] =
        ["family_name", "given_name", "title"].map(|field| form.value(field));
    let parts = [
        ("family_name", PersonName::new(family, "-", None)),
        ("given_name", PersonName::new("-", given, None)),
        ("title", PersonName::new("-", "-", Some(title))),
    ];
    for (field, part) in parts {
        if let Err(error) = part {
            problems.push((field, capitalised(&error.to_string())));
        }
    }
    PersonName::new(family, given, Some(title)).ok()
}

fn birth_date(text: &str, today: NaiveDate) -> Result<BirthDate, String> {
    if text.is_empty() {
        return Err(capitalised(&PersonError::Missing("date of birth").to_string()));
    }
    let date = display::parse_date(text, today).map_err(|error| capitalised(&error.to_string()))?;
    BirthDate::new(date, today).map_err(|error| capitalised(&error.to_string()))
}

/// A demonstration takes only numbers that no patient has, a production system only others.
fn nhs_number(text: &str, kind: InstallationKind) -> Result<NhsNumber, String> {
    let number: NhsNumber = text
        .parse()
        .map_err(|error: mdt::nhs_number::NhsNumberError| capitalised(&error.to_string()))?;
    match (kind, number.is_test_range()) {
        (InstallationKind::Demonstration, false) => Err(
            "This is a demonstration: use a number of the test range, which begins with 999, never a real one".to_owned(),
        ),
        (InstallationKind::Production, true) => {
            Err("Numbers that begin with 999 are for tests: this is no patient's number".to_owned())
        }
        _ => Ok(number),
    }
}

fn hospital_number(text: &str) -> Result<String, String> {
    let tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text_problem(&tidy, HOSPITAL_MAX).map_or(Ok(tidy), Err)
}

/// The particulars as the form has them.
pub(super) fn fields_of(particulars: &Particulars) -> [(&'static str, String); 7] {
    let name = &particulars.name;
    [
        ("family_name", name.family().to_owned()),
        ("given_name", name.given().to_owned()),
        ("title", name.title().unwrap_or_default().to_owned()),
        ("birth_date", particulars.birth_date.to_string()),
        ("sex", particulars.sex.code().to_owned()),
        (
            "nhs_number",
            particulars.nhs_number.as_ref().map(ToString::to_string).unwrap_or_default(),
        ),
        ("hospital_number", particulars.hospital_number.clone().unwrap_or_default()),
    ]
}

/// A value of a field in words, for the page that compares two of them.
pub(super) fn in_words(field: &str, value: &str) -> String {
    match field {
        "sex" => {
            Sex::from_code(value).map_or_else(|_| value.to_owned(), |sex| sex.label().to_owned())
        }
        _ if value.is_empty() => "None".to_owned(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, 15).unwrap()
    }

    fn typed(changes: &[(&str, &str)]) -> PostedForm {
        let defaults = [
            ("family_name", "Ashworth"),
            ("given_name", "Margaret"),
            ("title", "Mrs"),
            ("birth_date", "12/3/1962"),
            ("sex", "female"),
            ("nhs_number", "999 012 3470"),
            ("hospital_number", "NF  482 117"),
        ];
        let value = |name: &str, default: &str| {
            changes
                .iter()
                .find(|(field, _)| *field == name)
                .map_or(default, |(_, value)| *value)
                .to_owned()
        };
        PostedForm::of(
            defaults
                .iter()
                .map(|(name, default)| ((*name).to_owned(), value(name, default)))
                .collect(),
        )
    }

    fn problem(field: &str, value: &str) -> String {
        let input =
            parse(&typed(&[(field, value)]), today(), InstallationKind::Demonstration).unwrap_err();
        assert_eq!(input.value(field), value, "what was typed is kept");
        input.problem(field).unwrap().to_owned()
    }

    #[test]
    fn what_was_typed_becomes_particulars_and_back() {
        let particulars = parse(&typed(&[]), today(), InstallationKind::Demonstration).unwrap();
        assert_eq!(particulars.name.to_string(), "ASHWORTH, Margaret (Mrs)");
        assert_eq!(particulars.hospital_number.as_deref(), Some("NF 482 117"));
        let fields = fields_of(&particulars);
        assert_eq!(fields[3].1, "12-Mar-1962");
        assert_eq!(fields[5].1, "999 012 3470");
        assert_eq!(fields.map(|(name, _)| name), FIELDS.map(|(name, _)| name));
    }

    #[test]
    fn impossible_values_are_refused_in_words_and_kept() {
        assert_eq!(problem("family_name", " "), "Enter the family name");
        assert_eq!(problem("birth_date", ""), "Enter the date of birth");
        assert_eq!(
            problem("birth_date", "16-Jun-2026"),
            "The birth date 16-Jun-2026 is in the future"
        );
        assert_eq!(problem("birth_date", "30-Feb-1960"), "There is no 30-Feb-1960");
        assert_eq!(
            problem("nhs_number", "999 012 3471"),
            "The last digit does not fit: after these nine it must be 0, not 1"
        );
        assert_eq!(problem("sex", "f"), "Choose the sex as it is recorded, or “not known”");
        assert_eq!(
            problem("hospital_number", &"9".repeat(33)),
            "At most 32 characters, this has 33"
        );
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let form =
            typed(&[("family_name", ""), ("given_name", ""), ("birth_date", "x"), ("sex", "")]);
        let input = parse(&form, today(), InstallationKind::Demonstration).unwrap_err();
        assert_eq!(input.problems.len(), 4);
    }

    #[test]
    fn test_numbers_and_real_ones_never_mix() {
        let real = typed(&[("nhs_number", "943 476 5919")]);
        assert!(parse(&real, today(), InstallationKind::Demonstration).is_err());
        assert!(parse(&real, today(), InstallationKind::Production).is_ok());
        assert!(parse(&typed(&[]), today(), InstallationKind::Production).is_err());
    }
}
