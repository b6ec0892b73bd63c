//! Error pages: what happened, what was kept, what to do. None of them needs the database.

use askama::Template;

use super::parts::Link;
use super::shell::{Section, Shell};
use super::{HOSTILE, Page};

/// What went wrong, in the visitor's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// 400: the request could not be read, for example it is not UTF-8.
    BadRequest,
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
    /// Reference of the request, to quote to the help desk: `4F1C-9A02`.
    pub reference: String,
}

impl ErrorPage {
    /// A page whose title says what went wrong.
    pub fn new(shell: Shell, kind: ErrorKind, reference: String) -> Self {
        let title = kind.heading().to_owned();
        Self { shell: Shell { title, ..shell }, kind, reference }
    }
}

impl ErrorKind {
    /// Status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest => 400,
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
            Self::BadRequest => "The request could not be read",
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
            ("400", page(ErrorKind::BadRequest)),
            (
                "403",
                page(ErrorKind::Forbidden {
                    who_may: "A chair of Northfield may: Dr P. Okafor.".to_owned(),
                }),
            ),
            ("404", page(ErrorKind::NotFound)),
            ("405", page(ErrorKind::MethodNotAllowed)),
            ("409-state", page(in_the_way("The case is on the agenda of Tue 16-Jun-2026."))),
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
