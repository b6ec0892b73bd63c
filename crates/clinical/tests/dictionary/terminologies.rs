//! Codes in public terminologies have the form of those.

use std::collections::BTreeSet;

use spineboard_clinical::dictionary::dictionary;
use spineboard_clinical::level::VertebralLevel;

/// An ICD-10 category or subcategory of one chapter letter: `C50`, `C22.0`.
fn icd_10(code: &str, chapter: impl Fn(char) -> bool) -> bool {
    let mut signs = code.chars();
    signs.next().is_some_and(chapter)
        && match signs.as_str().split_once('.') {
            None => digits(signs.as_str(), 2),
            Some((category, subcategory)) => digits(category, 2) && digits(subcategory, 1),
        }
}

fn digits(text: &str, number: usize) -> bool {
    text.len() == number && text.bytes().all(|sign| sign.is_ascii_digit())
}

/// A concept id of the international edition of SNOMED CT: 6 to 18 digits, the partition `00`, and a
/// last digit that makes the Verhoeff check come out.
fn snomed_ct(id: &str) -> bool {
    (6..=18).contains(&id.len())
        && id.strip_suffix(|_: char| true).is_some_and(|rest| rest.ends_with("00"))
        && verhoeff(id)
}

/// Each digit, counted from the right, goes through the permutation as often as its place says; the
/// product of all of them in the symmetries of the pentagon must be 0.
fn verhoeff(number: &str) -> bool {
    const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut product = 0;
    for (place, sign) in number.bytes().rev().enumerate() {
        if !sign.is_ascii_digit() {
            return false;
        }
        // The permutation is back where it was after eight times.
        let moved = (0..place % 8).fold(sign - b'0', |digit, _| PERMUTATION[usize::from(digit)]);
        product = pentagon(product, moved);
    }
    product == 0
}

/// The product of two symmetries of the pentagon: 0 to 4 turn it, 5 to 9 turn it over.
fn pentagon(left: u8, right: u8) -> u8 {
    match (left < 5, right < 5) {
        (true, true) => (left + right) % 5,
        (true, false) => 5 + (left + right) % 5,
        (false, true) => 5 + (left - right) % 5,
        (false, false) => (5 + left - right) % 5,
    }
}

#[test]
fn the_check_digit_finds_every_wrong_digit_and_every_swap_of_neighbours() {
    // The example of the literature: 236 has the check digit 3.
    assert!(verhoeff("2363"));
    let right = "254837009";
    assert!(snomed_ct(right));
    for place in 0..right.len() {
        for digit in '0'..='9' {
            let other: String = right
                .chars()
                .enumerate()
                .map(|(at, sign)| if at == place { digit } else { sign })
                .collect();
            assert_eq!(verhoeff(&other), other == right, "{other}");
        }
    }
    for place in 1..right.len() {
        let mut signs: Vec<char> = right.chars().collect();
        signs.swap(place - 1, place);
        let other = String::from_iter(signs);
        assert_eq!(verhoeff(&other), other == right, "{other}");
    }
    // What a shifted column would bring.
    for wrong in ["8046", "8046/3", "C50", "sensitive", "", "254837109"] {
        assert!(!snomed_ct(wrong), "{wrong}");
    }
}

#[test]
fn every_code_of_a_tumour_has_the_form_of_its_terminology() {
    let tumours = || dictionary().tumours().iter().flat_map(|group| &group.tumours);
    let cancer = |code: &str| icd_10(code, |chapter| chapter == 'C');
    for tumour in tumours() {
        let name = &tumour.code;
        for code in &tumour.icd_10 {
            let fits = match code.split_once('–') {
                Some((from, to)) => cancer(from) && cancer(to) && from < to,
                None => cancer(code),
            };
            assert!(fits, "{name}: ICD-10 {code}");
        }
        if let Some(code) = &tumour.icd_o_3 {
            let parts = code.split_once('/');
            let fits = parts.is_some_and(|(kind, nature)| digits(kind, 4) && digits(nature, 1));
            assert!(fits, "{name}: ICD-O-3 {code}");
        }
        if let Some(code) = &tumour.snomed_ct {
            assert!(snomed_ct(code), "{name}: SNOMED CT {code}");
        }
    }
    assert_eq!(tumours().filter(|tumour| !tumour.icd_10.is_empty()).count(), 45);
    assert_eq!(tumours().filter(|tumour| tumour.icd_o_3.is_some()).count(), 19);
    let known: Vec<&str> = tumours().filter_map(|tumour| tumour.snomed_ct.as_deref()).collect();
    assert_eq!((known.len(), BTreeSet::from_iter(&known).len()), (20, 20));
}

#[test]
fn every_code_of_a_level_has_its_check_digit() {
    let mut known = 0;
    for level in VertebralLevel::all() {
        for code in [level.snomed_ct(), level.snomed_ct_body()].into_iter().flatten() {
            assert!(snomed_ct(code), "{level}: SNOMED CT {code}");
            known += 1;
        }
        // The two columns name the vertebra and its body, one thing only at C1, C2 and S1.
        let same = level.snomed_ct().is_some() && level.snomed_ct() == level.snomed_ct_body();
        assert_eq!(same, ["C1", "C2", "S1"].contains(&level.code()), "{level}");
    }
    assert_eq!(known, 25 + 30);
}

#[test]
fn every_code_of_a_fact_has_the_form_of_its_terminology() {
    let mut known = BTreeSet::new();
    for entry in dictionary().facts() {
        let fields = entry.fields.iter().flat_map(|field| &field.choices);
        let choices = entry.choices.iter().chain(fields).flat_map(|choice| &choice.codes);
        for term in entry.codes.iter().chain(choices) {
            let fits = match term.system.as_str() {
                "SNOMED CT" => snomed_ct(&term.code),
                "ICD-10" => icd_10(&term.code, |chapter| chapter.is_ascii_uppercase()),
                "LOINC" | "RadElement" => !term.code.is_empty(),
                _ => false,
            };
            assert!(fits, "{}: {} {}", entry.code(), term.system, term.code);
            known.insert((term.system.as_str(), term.code.as_str()));
        }
    }
    let number = |system: &str| known.iter().filter(|(of, _)| *of == system).count();
    assert_eq!((number("SNOMED CT"), number("ICD-10")), (12, 2));
}
