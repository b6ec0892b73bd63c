//! The one error of the web: what a visitor is told, in their terms.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use mdt::permission::Action;
use store::StoreError;

use crate::view::errors::ErrorKind;

/// Why a page or a command was not answered as asked.
#[derive(Debug)]
pub enum WebError {
    /// Nobody is signed in: sign in, then back to this local path.
    SignIn {
        /// Where to go afterwards.
        next: String,
        /// When what was posted was kept as a draft.
        kept: bool,
    },
    /// Not there, or not for this visitor: the same words for both.
    NotFound,
    /// The visitor sees it, but may not do this.
    Forbidden(Action),
    /// The visitor sent the referral: they follow the case, and do not read it in full.
    OnlyStatus,
    /// The request itself cannot be read (400): not UTF-8, a field missing that every page sends.
    Malformed(String),
    /// A text holds a character that nobody sees (400); the words say which and where.
    Unseen(String),
    /// The body is not a form (415).
    NotAForm,
    /// More than the limit (413).
    TooLarge,
    /// Something of the domain stands in the way (409): the state, a second meeting.
    Refused(String),
    /// The form was sent before with other contents (409).
    CommandReused,
    /// The database does not answer, or the server is stopping (503).
    Unavailable,
    /// Ours (500). The cause is logged once, with the reference that the page shows.
    Internal(String),
}

/// What the layer of pages needs to render an error: it knows the visitor, the error does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorNotice {
    /// What the page says, and with it the status.
    pub kind: ErrorKind,
    /// What a 403 refused, for the audit event.
    pub action: Option<Action>,
    /// What to log; never shown.
    pub cause: Option<String>,
    /// Seconds after which to try again.
    pub retry_after: Option<u64>,
}

impl ErrorNotice {
    /// A notice with nothing besides its kind.
    pub fn of(kind: ErrorKind) -> Self {
        Self { kind, action: None, cause: None, retry_after: None }
    }

    /// Whether we failed, and somebody should look: what a visitor sends wrong raises no alarm.
    pub fn is_ours(&self) -> bool {
        self.status().is_server_error()
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The largest form, in bytes.
pub const LARGEST_FORM: usize = 1 << 20;

impl WebError {
    fn notice(self) -> ErrorNotice {
        match self {
            Self::SignIn { .. } | Self::NotFound => ErrorNotice::of(ErrorKind::NotFound),
            Self::Forbidden(action) => {
                let who_may = mdt::permission::refusal(action);
                ErrorNotice {
                    action: Some(action),
                    ..ErrorNotice::of(ErrorKind::Forbidden { who_may })
                }
            }
            Self::OnlyStatus => {
                let who_may = mdt::permission::refusal_in_full();
                ErrorNotice {
                    action: Some(Action::CaseRead),
                    ..ErrorNotice::of(ErrorKind::Forbidden { who_may })
                }
            }
            Self::Malformed(cause) => {
                let what = "Part of what was sent is not valid text.".to_owned();
                ErrorNotice {
                    cause: Some(cause),
                    ..ErrorNotice::of(ErrorKind::BadRequest { what })
                }
            }
            Self::Unseen(words) => {
                let what = format!("{}.", crate::pages::asked::capitalised(&words));
                ErrorNotice::of(ErrorKind::BadRequest { what })
            }
            Self::NotAForm => ErrorNotice::of(ErrorKind::UnsupportedType),
            Self::TooLarge => ErrorNotice::of(ErrorKind::TooLarge { limit: "1 MiB".to_owned() }),
            Self::Refused(what) => ErrorNotice::of(ErrorKind::InTheWay { what, link: None }),
            Self::CommandReused => ErrorNotice::of(ErrorKind::Reused),
            Self::Unavailable => {
                ErrorNotice { retry_after: Some(10), ..ErrorNotice::of(ErrorKind::Unavailable) }
            }
            Self::Internal(cause) => {
                let kind = ErrorKind::Internal { draft_saved: None };
                ErrorNotice { cause: Some(cause), ..ErrorNotice::of(kind) }
            }
        }
    }
}

impl IntoResponse for WebError {
    /// A bare response that carries its [`ErrorNotice`]; the layer in [`crate::layers::pages`] turns it into a page.
    fn into_response(self) -> Response {
        if let Self::SignIn { next, kept } = &self {
            return to_sign_in(next, *kept);
        }
        let notice = self.notice();
        let mut response = notice.status().into_response();
        response.extensions_mut().insert(notice);
        response
    }
}

fn to_sign_in(next: &str, kept: bool) -> Response {
    let path = crate::paths::SignIn.to_string();
    let query: String = form_encode(&[("next", next), ("kept", if kept { "1" } else { "" })]);
    (StatusCode::SEE_OTHER, [(header::LOCATION, format!("{path}?{query}"))]).into_response()
}

/// `application/x-www-form-urlencoded`, empty values left out.
pub(crate) fn form_encode(pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Forbidden(action) => Self::Forbidden(action),
            StoreError::Unavailable => Self::Unavailable,
            StoreError::CommandReused => Self::CommandReused,
            StoreError::AfterCutOff => {
                Self::Refused(format!("{}.", crate::pages::asked::capitalised(&error.to_string())))
            }
            StoreError::Refused(words) => Self::Refused(format!("{}.", crate::pages::asked::capitalised(&words))),
            StoreError::Stale { .. } => Self::Refused(
                "Somebody else changed this since you opened it. Open the page again to see the change, then make \
                 yours."
                    .to_owned(),
            ),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(format!("template: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_failures_are_logged_as_such() {
        let ours = |error: WebError| error.notice().is_ours();
        for sent_wrong in [
            WebError::Malformed("the form is not UTF-8".to_owned()),
            WebError::Unseen("character 2".to_owned()),
            WebError::NotAForm,
            WebError::CommandReused,
            WebError::Refused("the case is closed".to_owned()),
        ] {
            assert!(!ours(sent_wrong));
        }
        assert!(ours(WebError::Internal("template".to_owned())));
        assert!(ours(WebError::Unavailable));
    }
}
