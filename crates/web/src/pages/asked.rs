//! Small things that several handlers ask: ids from addresses, rights without a thing, refusals as
//! problems of a form, the event of a list.

use std::str::FromStr;

use clinical::dictionary::dictionary;
use mdt::case_number::CaseNumber;
use mdt::event::{DataValue, Event, EventKind, SubjectKind};
use mdt::ids::SiteId;
use mdt::permission::Action;
use mdt::text;
use store::StoreError;

use crate::error::WebError;
use crate::view::FormInput;
use crate::visitor::Visitor;

/// The id in an address; a text that is none is a thing that does not exist.
///
/// # Errors
/// [`WebError::NotFound`].
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T, WebError> {
    text.parse().map_err(|_| WebError::NotFound)
}

/// The case number in an address.
///
/// # Errors
/// [`WebError::NotFound`].
pub(crate) fn case_number(text: &str) -> Result<CaseNumber, WebError> {
    id(text)
}

/// The site at which the visitor does what needs no thing yet: the home site where they may, else the
/// first of those where they may.
///
/// # Errors
/// [`WebError::Forbidden`] when they may nowhere.
pub(crate) fn site_for(visitor: &Visitor, action: Action) -> Result<SiteId, WebError> {
    let sites = visitor.actor.sites_where(action);
    let home = visitor.actor.home;
    if sites.contains(&home) {
        return Ok(home);
    }
    sites.first().copied().ok_or(WebError::Forbidden(action))
}

/// A guard of the domain that stands in the way of a form: its words on top of the form. Any other error
/// stays one.
///
/// # Errors
/// The error itself, when it is no refusal.
pub(crate) fn refused(input: FormInput, error: StoreError) -> Result<FormInput, WebError> {
    match error {
        StoreError::Refused(words) => Ok(input.with_problem("", capitalised(&words))),
        other => Err(other.into()),
    }
}

/// A message of the domain as the line of a form: capital first, no full stop.
pub(crate) fn capitalised(message: &str) -> String {
    let mut letters = message.trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is wrong with a reason, if anything; `missing` says what to write.
pub(crate) fn reason_problem(reason: &str, missing: &str) -> Option<String> {
    if reason.is_empty() {
        return Some(missing.to_owned());
    }
    text_problem(reason, text::REASON_MAX)
}

/// What to say when a text is longer than `max` characters, or holds some that are not seen.
pub(crate) fn text_problem(typed: &str, max: usize) -> Option<String> {
    text::check(typed, max).err().map(|error| capitalised(&error.to_string()))
}

/// A primary tumour in words.
pub(crate) fn tumour(code: &str) -> String {
    dictionary().value_label("histology", code).unwrap_or(code).to_owned()
}

/// The event of a list: which page, and the ids of what it shows.
pub(crate) fn list_read<T: ToString>(page: &str, ids: &[T], named: bool) -> Event {
    Event::new(EventKind::ListRead)
        .subject(SubjectKind::List, page)
        .data("page", page)
        .data("ids", DataValue::texts(ids.iter().map(ToString::to_string)))
        .data("count", ids.len())
        .data("named", named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_the_domain_becomes_a_line_of_a_form() {
        assert_eq!(
            capitalised("the case is closed: reopen it first"),
            "The case is closed: reopen it first"
        );
        assert_eq!(capitalised("Élan vital."), "Élan vital");
        assert_eq!(capitalised(""), "");
    }

    #[test]
    fn a_refusal_is_a_problem_of_the_form_and_nothing_else_is() {
        let input =
            refused(FormInput::default(), StoreError::Refused("say why".to_owned())).unwrap();
        assert_eq!(input.problem(""), Some("Say why"));
        assert!(matches!(
            refused(FormInput::default(), StoreError::NotFound),
            Err(WebError::NotFound)
        ));
    }

    #[test]
    fn a_reason_is_needed_and_has_an_end() {
        assert_eq!(reason_problem("", "Say why"), Some("Say why".to_owned()));
        assert_eq!(reason_problem("new pain", "Say why"), None);
        let long = "x".repeat(501);
        assert_eq!(
            reason_problem(&long, "Say why"),
            Some("At most 500 characters, this has 501".to_owned())
        );
    }

    #[test]
    fn what_is_no_id_is_not_found() {
        assert!(case_number("NF-2026-0148").is_ok());
        assert!(matches!(case_number("../x"), Err(WebError::NotFound)));
        assert!(matches!(id::<mdt::ids::PatientId>("7"), Err(WebError::NotFound)));
    }
}
