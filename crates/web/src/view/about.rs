//! Help, intended use, and the state of the installation.

use askama::Template;

use super::parts::{Tag, Tone};
use super::shell::{Section, Shell};
use super::{HOSTILE, Page};

/// `/help`.
#[derive(Debug, Template)]
#[template(path = "help/help.html")]
pub struct HelpPage {
    /// Frame; works without a user.
    pub shell: Shell,
    /// Whom to ask: `the help desk, extension 1234`.
    pub contact: Option<String>,
}

/// `/about`: intended purpose and safety notice.
#[derive(Debug, Template)]
#[template(path = "help/about.html")]
pub struct AboutPage {
    /// Frame; works without a user.
    pub shell: Shell,
    /// Version of the program.
    pub version: String,
    /// Number of the engine that evaluates the rules.
    pub engine: String,
}

/// `/status`.
#[derive(Debug, Template)]
#[template(path = "help/status.html")]
pub struct StatusPage {
    /// Frame; works without a user.
    pub shell: Shell,
    /// Name of the check, its state, and words.
    pub checks: Vec<(String, Tag, String)>,
    /// Label and value: version, engine, kind of installation, since when it runs.
    pub facts: Vec<(String, String)>,
}

impl Page for HelpPage {
    fn samples() -> Vec<(&'static str, Self)> {
        vec![
            ("signed-out", Self { shell: Shell::sample_signed_out("Help"), contact: None }),
            (
                "full",
                Self {
                    shell: Shell::sample("Help", Section::Worklist).outside(),
                    contact: Some("the help desk, extension 1234".to_owned()),
                },
            ),
            (
                "hostile",
                Self {
                    shell: Shell::sample("Help", Section::Worklist).outside().hostile(),
                    contact: Some(HOSTILE.to_owned()),
                },
            ),
        ]
    }
}

impl Page for AboutPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |shell, version: &str| Self {
            shell,
            version: version.to_owned(),
            engine: "1".to_owned(),
        };
        vec![
            ("signed-out", page(Shell::sample_signed_out("Intended use"), "0.1.0")),
            ("full", page(Shell::sample("Intended use", Section::Worklist).outside(), "0.1.0")),
            (
                "hostile",
                page(Shell::sample("Intended use", Section::Worklist).outside().hostile(), HOSTILE),
            ),
        ]
    }
}

impl Page for StatusPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |words: &str| Self {
            shell: Shell::sample_signed_out("Status"),
            checks: vec![
                (
                    "Record".to_owned(),
                    Tag::new(Tone::Ok, "Reachable").with_icon(),
                    "2 ms".to_owned(),
                ),
                (
                    "Audit log".to_owned(),
                    Tag::new(Tone::Warn, "Waiting").with_icon(),
                    words.to_owned(),
                ),
            ],
            facts: vec![
                ("Version".to_owned(), "0.1.0".to_owned()),
                ("Installation".to_owned(), "demonstration".to_owned()),
                ("Running since".to_owned(), "15-Jun-2026 07:30".to_owned()),
            ],
        };
        vec![
            ("empty", Self { checks: Vec::new(), facts: Vec::new(), ..page("") }),
            ("full", page("12 events wait for their seal since 08:30")),
            ("hostile", page(HOSTILE)),
        ]
    }
}
