//! Error pages: what happened, what was kept, what to do. None of them needs the database.

use askama::Template;
use mdt::case_number::CaseNumber;

use super::parts::Link;
use super::shell::{Section, Shell};
use super::{HOSTILE, Page};

/// What went wrong, in the visitor's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400: the request could not be read, for example it is not UTF-8.
    BadRequest {
        /// What was wrong with it, as a sentence.
        what: String,
    },
    /// 405: this address does not take that method.
    MethodNotAllowed,
    /// 415: this address does not take that type of body.
    UnsupportedType,
    /// 403: sees the thing, may not do this. Names who may.
    Forbidden {
        /// `A chair of Northfield can sign it: Dr P. Okafor.`
        who_may: String,
    },
    /// 404: absent, another site's, or not granted: the same words for all.
    NotFound,
    /// 409: a state stands in the way.
    InTheWay {
        /// `The case is on another open agenda`.
        what: String,
        /// Where it can be seen.
        link: Option<Link>,
    },
    /// 409: this command id was used for another form.
    Reused,
    /// 413: the body is over the limit.
    TooLarge {
        /// `1 MiB`.
        limit: String,
    },
    /// 429: locked out or too fast.
    TooMany {
        /// `08:47`, when to try again.
        again_at: String,
    },
    /// 500: ours.
    Internal {
        /// `08:27`, when the draft was saved.
        draft_saved: Option<String>,
    },
    /// 503: the database is not reachable.
    Unavailable,
    /// 503: the server is stopping or starting.
    Stopping,
}

/// An error page.
#[derive(Debug, Template)]
#[template(path = "errors/page.html")]
pub struct ErrorPage {
    /// Frame; the user may be unknown.
    pub shell: Shell,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The page of the thing that the request was about; none where there is none, or none to be named.
    pub back: Option<Link>,
    /// Reference of the request, to quote to the help desk: `4F1C-9A02`.
    pub reference: String,
}

impl ErrorPage {
    /// A page whose title says what went wrong.
    pub fn new(shell: Shell, kind: ErrorKind, reference: String) -> Self {
        let title = kind.heading().to_owned();
        Self { shell: Shell { title, ..shell }, kind, back: None, reference }
    }

    /// The same with a way back to what the address of the request is about, for a visitor who knows that
    /// it exists.
    #[must_use]
    pub fn about(self, path: &str) -> Self {
        let back = match self.kind {
            ErrorKind::NotFound => None,
            // Below the case itself everything may be refused as well.
            ErrorKind::Forbidden { .. } => back(path, false),
            _ => back(path, true),
        };
        Self { back, ..self }
    }

    /// What stands in the way, in pieces: a case number among the words leads to its case.
    pub fn words(what: &str) -> Vec<(String, Option<String>)> {
        let mut words: Vec<(String, Option<String>)> = Vec::new();
        for piece in what.split_inclusive(|one: char| !one.is_ascii_alphanumeric() && one != '-') {
            let number = piece.trim_end_matches(|one: char| !one.is_ascii_alphanumeric());
            let rest = piece.strip_prefix(number).unwrap_or_default();
            if number.parse::<CaseNumber>().is_ok() {
                words.push((number.to_owned(), Some(format!("/cases/{number}"))));
                words.push((rest.to_owned(), None));
            } else {
                words.push((piece.to_owned(), None));
            }
        }
        words
    }
}

/// The page of what an address is about; `deep`: of its part of a case.
fn back(path: &str, deep: bool) -> Option<Link> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let link = match parts.as_slice() {
        ["cases", number, part, ..] => {
            let case = format!("/cases/{number}");
            match *part {
                "decision" | "decisions" if deep => {
                    Link::new("Back to the decision", format!("{case}/decision"))
                }
                "referral" | "referrals" if deep => {
                    Link::new("Back to the referral", format!("{case}/referral"))
                }
                "assessment" | "assessments" if deep => {
                    Link::new("Back to the assessment", format!("{case}/assessment"))
                }
                "lesions" if deep => Link::new("Back to the lesions", format!("{case}/lesions")),
                _ => Link::new("Back to the case", case),
            }
        }
        ["meetings", id, _, ..] => Link::new("Back to the meeting", format!("/meetings/{id}")),
        ["referrals", _, _] => Link::new("Back to the referrals", "/referrals"),
        ["patients", id, _, ..] => Link::new("Back to the patient", format!("/patients/{id}")),
        _ => return None,
    };
    Some(link)
}

impl ErrorKind {
    /// Status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest { .. } => 400,
            Self::Forbidden { .. } => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::InTheWay { .. } | Self::Reused => 409,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedType => 415,
            Self::TooMany { .. } => 429,
            Self::Internal { .. } => 500,
            Self::Unavailable | Self::Stopping => 503,
        }
    }

    /// Heading of the page.
    pub fn heading(&self) -> &'static str {
        match self {
            Self::BadRequest { .. } => "The request could not be read",
            Self::MethodNotAllowed => "This address does not take that kind of request",
            Self::UnsupportedType => "This address does not take that kind of content",
            Self::Forbidden { .. } => "You may see this, but not do it",
            Self::NotFound => "Not found, or you do not have access",
            Self::InTheWay { .. } => "This cannot be done now",
            Self::Reused => "This form was already sent",
            Self::TooLarge { .. } => "Too much was sent at once",
            Self::TooMany { .. } => "Too many attempts",
            Self::Internal { .. } => "Something went wrong on our side",
            Self::Unavailable => "The record is not reachable",
            Self::Stopping => "The server is starting or stopping",
        }
    }

    /// Whether the page offers a search.
    pub fn offers_search(&self) -> bool {
        matches!(self, Self::NotFound)
    }
}

impl Page for ErrorPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page =
            |kind| Self::new(Shell::sample("", Section::Cases), kind, "4F1C-9A02".to_owned());
        let stranger = |kind| Self::new(Shell::sample_signed_out(""), kind, "4F1C-9A02".to_owned());
        let in_the_way = |what: &str| ErrorKind::InTheWay {
            what: what.to_owned(),
            link: Some(Link::new(
                "Open that agenda",
                "/meetings/019e8f3a-2b4c-7d5e-8f60-718293a4b5c6",
            )),
        };
        vec![
            (
                "400",
                page(ErrorKind::BadRequest {
                    what: "Part of what was sent is not valid text.".to_owned(),
                }),
            ),
            (
                "403",
                page(ErrorKind::Forbidden {
                    who_may: "A chair of Northfield may: Dr P. Okafor.".to_owned(),
                }),
            ),
            ("404", page(ErrorKind::NotFound)),
            ("405", page(ErrorKind::MethodNotAllowed)),
            ("409-state", page(in_the_way("The case is on the agenda of Tue 16-Jun-2026."))),
            (
                "409-cases",
                page(ErrorKind::InTheWay {
                    what: "These cases have no outcome yet: NF-2026-0148, NF-2026-0150.".to_owned(),
                    link: None,
                })
                .about("/meetings/019e8f3a/closing"),
            ),
            ("409-reused", page(ErrorKind::Reused)),
            ("413", page(ErrorKind::TooLarge { limit: "1 MiB".to_owned() })),
            ("415", page(ErrorKind::UnsupportedType)),
            ("429", stranger(ErrorKind::TooMany { again_at: "08:47".to_owned() })),
            ("500", page(ErrorKind::Internal { draft_saved: Some("08:27".to_owned()) })),
            ("500-plain", page(ErrorKind::Internal { draft_saved: None })),
            ("503", stranger(ErrorKind::Unavailable)),
            ("503-stopping", stranger(ErrorKind::Stopping)),
            ("hostile", {
                let shell = Shell::sample("", Section::Cases).hostile();
                Self::new(shell, in_the_way(HOSTILE), HOSTILE.to_owned())
            }),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_number_among_the_words_leads_to_its_case() {
        let words = ErrorPage::words("No outcome yet: NF-2026-0148, NF-2026-0150.");
        let linked: Vec<&str> = words.iter().filter_map(|(_, href)| href.as_deref()).collect();
        assert_eq!(linked, ["/cases/NF-2026-0148", "/cases/NF-2026-0150"]);
        let text: String = words.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(text, "No outcome yet: NF-2026-0148, NF-2026-0150.");
    }

    #[test]
    fn the_way_back_leads_to_what_the_request_was_about() {
        let page = |kind| {
            let shell = Shell::sample("", Section::Cases);
            ErrorPage::new(shell, kind, String::new())
                .about("/cases/NF-2026-0148/decision/signature")
        };
        let href = |page: ErrorPage| page.back.map(|link| link.href);
        assert_eq!(href(page(ErrorKind::Reused)).as_deref(), Some("/cases/NF-2026-0148/decision"));
        let forbidden = ErrorKind::Forbidden { who_may: String::new() };
        assert_eq!(href(page(forbidden)).as_deref(), Some("/cases/NF-2026-0148"));
        assert_eq!(href(page(ErrorKind::NotFound)), None, "nobody may know that it exists");
    }
}
