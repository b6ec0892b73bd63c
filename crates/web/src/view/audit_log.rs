//! A site's audit log: its newest entries, its checkpoint, and its verification.

use askama::Template;

use super::form::{Choice, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::history::{EventRow, sample_events};
use super::parts::{Empty, Link, Pager};
use super::shell::{Section, Shell};
use super::{HOSTILE, Page};

/// `/audit/log`.
#[derive(Debug, Template)]
#[template(path = "audit/log.html")]
pub struct AuditLogPage {
    /// Frame.
    pub shell: Shell,
    /// Filters: `site` where there are several, `group`, `who`.
    pub filters: Vec<FieldView>,
    /// State of the log.
    pub log: LogState,
    /// Events, the newest first.
    pub events: Vec<EventRow>,
    /// Range and way through.
    pub pager: Pager,
    /// What to say when there is none.
    pub empty: Empty,
    /// Posts to `/audit/log/verification`; there when the user may.
    pub verification: Option<FormView>,
    /// Result of the last verification.
    pub result: Option<Verification>,
    /// The whole log as a bundle, where the user may take it.
    pub bundle: Option<Link>,
}

/// State of a site's log.
#[derive(Debug, Clone)]
pub struct LogState {
    /// `northfield.example/NF`.
    pub origin: String,
    /// `24,977`.
    pub entries: String,
    /// `913`; none before the first.
    pub checkpoint: Option<String>,
    /// `15-Jun-2026 08:31:08`.
    pub sealed_at: String,
    /// Root hash of the tree.
    pub root: String,
    /// Name and fingerprint of the signing key.
    pub key: String,
    /// Events that wait for their seal.
    pub waiting: String,
    /// They wait for longer than they should.
    pub overdue: bool,
}

/// Result of a verification.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Everything fits.
    pub good: bool,
    /// `24,977 entries, 913 checkpoints, 214 signed decisions: all fit.`
    pub text: String,
    /// First record that does not fit.
    pub first_bad: Option<String>,
    /// `15-Jun-2026 08:33, 1.2 s`.
    pub at: String,
    /// The decision from which it was asked for.
    pub back: Option<Link>,
}

impl AuditLogPage {
    /// Filters of a log, filled. Without sites to choose from the site is not asked.
    pub fn filters(sites: Vec<Choice>, input: &FormInput) -> Vec<FieldView> {
        let groups = vec![
            Choice::new("", "Everything"),
            Choice::new("changes", "Changes"),
            Choice::new("reads", "Views"),
            Choice::new("denied", "Refused"),
            Choice::new("sign-in", "Sign-ins"),
            Choice::new("admin", "Users, sites, rules"),
        ];
        let mut fields = Vec::new();
        if sites.len() > 1 {
            fields.push(FieldView::select("site", "Log of", sites).filled(input));
        }
        fields.push(FieldView::select("group", "Show", groups).filled(input));
        fields.push(FieldView::text("who", "By whom").filled(input));
        fields
    }
}

impl Page for AuditLogPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let sites = || {
            vec![Choice::new("NF", "Northfield"), Choice::new("installation", "The installation")]
        };
        let page = |words: &str| Self {
            shell: Shell::sample("Audit log", Section::Audit).for_list(2),
            filters: Self::filters(sites(), &FormInput::default()),
            log: LogState {
                origin: "spineboard-demo/NF".to_owned(),
                entries: "24,977".to_owned(),
                checkpoint: Some("913".to_owned()),
                sealed_at: "15-Jun-2026 08:31:08".to_owned(),
                root: "q3Xb0Yx2m1pGdU7c0c2k6mO9a8sX4yTqZ1nJ5vR7eLw=".to_owned(),
                key: "spineboard-demo/NF+3f21c0aa".to_owned(),
                waiting: "1".to_owned(),
                overdue: false,
            },
            events: sample_events(words),
            pager: Pager {
                range: "24,975 to 24,977 of 24,977".to_owned(),
                next: Some("/audit/log?before=24975".to_owned()),
                ..Pager::default()
            },
            empty: Empty::new("No event of this kind."),
            verification: Some(FormView::new(
                "/audit/log/verification",
                SAMPLE_COMMAND,
                &FormInput::default(),
            )),
            result: None,
            bundle: Some(Link::new("Download the log", "/audit/log?format=bundle")),
        };
        let result = |good, text: &str, first_bad: Option<&str>| {
            Some(Verification {
                good,
                text: text.to_owned(),
                first_bad: first_bad.map(str::to_owned),
                at: "15-Jun-2026 08:33, 1.2 s".to_owned(),
                back: Some(Link::new("Back to the decision", "/audit/decisions/019e8f3a/1")),
            })
        };
        let mut new = page("");
        new.events.clear();
        new.pager = Pager::default();
        new.log.checkpoint = None;
        new.log.overdue = true;
        "12".clone_into(&mut new.log.waiting);
        let mut hostile = page(HOSTILE);
        hostile.shell = hostile.shell.hostile();
        hostile.result = result(false, HOSTILE, Some(HOSTILE));
        vec![
            ("empty", new),
            ("full", page("no relation to the case")),
            (
                "verified",
                Self {
                    result: result(
                        true,
                        "24,977 entries, 913 checkpoints, 214 signed decisions: all fit.",
                        None,
                    ),
                    ..page("")
                },
            ),
            (
                "broken",
                Self {
                    result: result(
                        false,
                        "The log does not verify.",
                        Some("entry 4,790, decision.signed"),
                    ),
                    ..page("")
                },
            ),
            ("hostile", hostile),
        ]
    }
}
