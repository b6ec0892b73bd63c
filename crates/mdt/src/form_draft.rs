//! Unfinished forms: which form of which object, and what of it may be kept.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;

use crate::coded::{Coded, UnknownCode, coded};

coded! {
    /// A form whose unfinished text is kept on the server.
    FormKind, "form" {
        Patient = "patient", "Register a patient";
        Correction = "correction", "Correct a patient";
        Referral = "referral", "Referral";
        Amendment = "amendment", "Amend a referral";
        Urgency = "urgency", "Change the urgency";
        Assessment = "assessment", "Assessment";
        Decision = "decision", "Decision";
        Meeting = "meeting", "Plan a meeting";
        Closure = "closure", "Close a case";
        User = "user", "User";
        Site = "site", "Site";
    }
}

/// The object of a form that makes something new.
pub const NEW: &str = "new";
/// The longest name of an object, in bytes.
const OBJECT_MAX: usize = 64;
/// How long a draft is kept after it was last saved.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(14);

/// Why a text is no key of a draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftKeyError {
    /// No such form.
    #[error(transparent)]
    Form(#[from] UnknownCode),
    /// Not the name of an object.
    #[error("`{0}` is not the name of an object of a form")]
    Object(String),
}

/// Which form of which object; with the user it is the key of a draft, `decision/NF-2026-0148`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftKey {
    form: FormKind,
    object: String,
}

impl DraftKey {
    /// A key from its parts: the object is [`NEW`], an id or a case number.
    ///
    /// # Errors
    /// [`DraftKeyError::Object`] when the object is empty, too long or has other characters than letters,
    /// digits and hyphens.
    pub fn new(form: FormKind, object: &str) -> Result<Self, DraftKeyError> {
        let fits = (1..=OBJECT_MAX).contains(&object.len())
            && object.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if fits {
            Ok(Self { form, object: object.to_owned() })
        } else {
            Err(DraftKeyError::Object(object.to_owned()))
        }
    }

    /// Which form.
    pub fn form(&self) -> FormKind {
        self.form
    }

    /// Of which object.
    pub fn object(&self) -> &str {
        &self.object
    }
}

impl fmt::Display for DraftKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.form, self.object)
    }
}

impl FromStr for DraftKey {
    type Err = DraftKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (form, object) = text.split_once('/').unwrap_or((text, ""));
        Self::new(FormKind::from_code(form)?, object)
    }
}

/// The fields of a post that a draft may keep: everything but passwords and codes.
pub fn keepable(posted: &[(String, String)]) -> Vec<(String, String)> {
    posted.iter().filter(|(name, _)| !is_secret(name)).cloned().collect()
}

/// Is the field one whose value is never kept and never shown again?
pub fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("password") || name == "factor" || name.ends_with(".factor")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_what_it_shows() {
        for form in FormKind::all() {
            let key = DraftKey::new(*form, "NF-2026-0148").unwrap();
            assert_eq!(key.to_string().parse::<DraftKey>(), Ok(key));
        }
        assert!(DraftKey::new(FormKind::Patient, NEW).is_ok());
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        for object in ["", "../x", "a b", &"x".repeat(65)] {
            assert!(DraftKey::new(FormKind::Patient, object).is_err(), "{object}");
        }
        assert_eq!(
            "letter/new".parse::<DraftKey>().unwrap_err().to_string(),
            "unknown form `letter`"
        );
        assert!("patient".parse::<DraftKey>().is_err());
    }

    #[test]
    fn a_password_is_never_kept() {
        let posted: Vec<(String, String)> =
            [("note", "a"), ("password", "b"), ("new_Password", "c"), ("sign.factor", "d")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec();
        assert_eq!(keepable(&posted), [("note".to_owned(), "a".to_owned())]);
    }
}
