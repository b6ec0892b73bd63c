//! What every page carries: title, who is signed in, navigation, preferences, flash and foot.

use super::parts::{Flash, Link, Tone};
use super::patient::PatientBanner;
use crate::static_files;

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The page's own title, without the product's name: `My week`.
    pub title: String,
    /// A form on the page did not validate: the browser title begins with `Error:`.
    pub problem: bool,
    /// Demonstration installation: the bar "synthetic patients only" is shown.
    pub demonstration: bool,
    /// Who is signed in; none on the sign-in page and on errors before a session exists.
    pub user: Option<SignedIn>,
    /// The part of the main navigation that the page belongs to.
    pub section: Option<Section>,
    /// The parts that this user may open, in order.
    pub sections: Vec<Section>,
    /// Colour theme by the user's preference.
    pub theme: Theme,
    /// Text size by the user's preference.
    pub text_size: TextSize,
    /// Single-key shortcuts are on.
    pub shortcuts: bool,
    /// What the last command did, shown once.
    pub flash: Option<Flash>,
    /// Now in the site's zone, formatted: `23-Nov-2026 20:31`.
    pub now: String,
    /// What the foot says about this view.
    pub footnote: Footnote,
    /// Path of the request, for "Dismiss".
    pub path: String,
}

/// The signed-in user as the header shows them.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Name as the user is called: `Dr P. Okafor`.
    pub name: String,
    /// Home site: `Northfield`.
    pub site: String,
}

/// A part of the main navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The user's next work.
    Worklist,
    /// Meetings and their agendas.
    Meetings,
    /// Cases.
    Cases,
    /// The audit log.
    Audit,
    /// Rule sets.
    Rules,
    /// Users and sites.
    Admin,
}

impl Section {
    /// All that a clinical user sees.
    pub const CLINICAL: [Self; 5] =
        [Self::Worklist, Self::Meetings, Self::Cases, Self::Audit, Self::Rules];

    /// What an administrator without another role sees: no clinical data.
    pub const ADMINISTRATOR: [Self; 3] = [Self::Worklist, Self::Rules, Self::Admin];

    /// Word in the navigation.
    pub fn label(self) -> &'static str {
        match self {
            Self::Worklist => "Worklist",
            Self::Meetings => "Meetings",
            Self::Cases => "Cases",
            Self::Audit => "Audit",
            Self::Rules => "Rules",
            Self::Admin => "Admin",
        }
    }

    /// Address of its first page.
    pub fn href(self) -> &'static str {
        match self {
            Self::Worklist => "/",
            Self::Meetings => "/meetings",
            Self::Cases => "/cases",
            Self::Audit => "/audit/log",
            Self::Rules => "/rules",
            Self::Admin => "/admin/users",
        }
    }
}

/// Colour theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the operating system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark, for the meeting room.
    Dark,
}

impl Theme {
    /// Value of the `data-theme` attribute and of the preference field.
    pub fn code(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Text size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextSize {
    /// The usual size.
    #[default]
    Normal,
    /// Larger text, the size of the meeting-room screen.
    Larger,
}

impl TextSize {
    /// Value of the `data-size` attribute and of the preference field.
    pub fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Larger => "larger",
        }
    }
}

/// What the foot says about this view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Footnote {
    /// Only who is signed in.
    #[default]
    Plain,
    /// The page concerns one patient: its read is in the audit trail.
    Patient,
    /// The page names this many patients: the list's read is in the audit trail.
    List(usize),
}

impl Shell {
    /// Title of the browser window.
    pub fn document_title(&self) -> String {
        format!("{}{}. Spineboard", self.error_prefix(), self.title)
    }

    /// Title of the window of a patient page: two identifiers first.
    pub fn patient_title(&self, banner: &PatientBanner) -> String {
        format!("{}{}. {}. Spineboard", self.error_prefix(), banner.identity(), self.title)
    }

    fn error_prefix(&self) -> &'static str {
        if self.problem { "Error: " } else { "" }
    }

    /// Whether the page belongs to this part of the navigation.
    pub fn is_current(&self, section: &Section) -> bool {
        self.section == Some(*section)
    }

    /// Whether the search for a patient or case is offered: to whoever has the list of cases.
    pub fn finds_cases(&self) -> bool {
        self.sections.contains(&Section::Cases)
    }

    /// Address of a static file, with its content hash.
    pub fn asset(&self, path: &str) -> String {
        static_files::asset(path)
    }

    /// Sentence at the foot of the page; empty without a signed-in user.
    pub fn foot_text(&self) -> String {
        let Some(user) = &self.user else { return String::new() };
        match self.footnote {
            Footnote::Plain => format!("Signed in as {}, {}.", user.name, user.site),
            Footnote::Patient => format!(
                "Viewed by {} on {}. This access is in the audit trail.",
                user.name, self.now
            ),
            Footnote::List(0) => {
                format!(
                    "Signed in as {}, {}. No patient was named on this page.",
                    user.name, user.site
                )
            }
            Footnote::List(1) => format!(
                "Viewed by {} on {}. 1 patient was named on this page: the view is in the audit trail.",
                user.name, self.now
            ),
            Footnote::List(count) => format!(
                "Viewed by {} on {}. {count} patients were named on this page: the view is in the audit trail.",
                user.name, self.now
            ),
        }
    }

    /// A frame for samples: signed in as a clinician of the hub.
    pub fn sample(title: &str, section: Section) -> Self {
        Self {
            title: title.to_owned(),
            problem: false,
            demonstration: true,
            user: Some(SignedIn { name: "Dr P. Okafor".to_owned(), site: "Northfield".to_owned() }),
            section: Some(section),
            sections: if section == Section::Admin {
                Section::ADMINISTRATOR.to_vec()
            } else {
                Section::CLINICAL.to_vec()
            },
            theme: Theme::System,
            text_size: TextSize::Normal,
            shortcuts: true,
            flash: None,
            now: "15-Jun-2026 08:32".to_owned(),
            footnote: Footnote::Plain,
            path: section.href().to_owned(),
        }
    }

    /// A frame for samples of pages before sign-in.
    pub fn sample_signed_out(title: &str) -> Self {
        Self {
            user: None,
            section: None,
            sections: Vec::new(),
            path: "/sign-in".to_owned(),
            ..Self::sample(title, Section::Worklist)
        }
    }

    /// The same frame outside the navigation.
    #[must_use]
    pub fn outside(self) -> Self {
        Self { section: None, ..self }
    }

    /// The same frame in the state of a form that did not validate.
    #[must_use]
    pub fn with_problem(self) -> Self {
        Self { problem: true, ..self }
    }

    /// The same frame, saying who views the patient.
    #[must_use]
    pub fn for_patient(self) -> Self {
        Self { footnote: Footnote::Patient, ..self }
    }

    /// The same frame, naming so many patients.
    #[must_use]
    pub fn for_list(self, count: usize) -> Self {
        Self { footnote: Footnote::List(count), ..self }
    }

    /// The same frame with a flash.
    #[must_use]
    pub fn with_flash(self, tone: Tone, text: &str, link: Option<Link>) -> Self {
        Self { flash: Some(Flash { tone, text: text.to_owned(), link }), ..self }
    }

    /// The same frame with hostile text wherever a user's text may stand.
    #[must_use]
    pub fn hostile(self) -> Self {
        Self {
            user: Some(SignedIn {
                name: super::HOSTILE.to_owned(),
                site: super::LONG_NAME.to_owned(),
            }),
            path: "/cases?q=\"><script>".to_owned(),
            ..self.with_flash(
                Tone::Warn,
                super::HOSTILE,
                Some(Link::new("See <what> changed", "/cases?a=\"&b")),
            )
        }
    }
}
