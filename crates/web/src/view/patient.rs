//! The patient banner and the tabs of a case.

use super::parts::{Link, Tag, Tone};

/// Who the page is about: on every patient page, first landmark.
#[derive(Debug, Clone)]
pub struct PatientBanner {
    /// `ASHWORTH, Margaret (Mrs)`, never shortened.
    pub name: String,
    /// `ASHWORTH, Margaret`: for the browser title.
    pub short_name: String,
    /// `12-Mar-1962 (64y)`, or without the age when the patient has died.
    pub born: String,
    /// `02-Dec-2026 (64y)` when the patient has died: the banner turns grey.
    pub died: Option<String>,
    /// `Female`; `Not known`.
    pub sex: String,
    /// `999 012 3470`; none prints "Not known".
    pub nhs_number: Option<String>,
    /// Hospital number at the owning site.
    pub hospital_number: Option<String>,
    /// Case number; none on the page of a patient without a case.
    pub case_number: Option<String>,
    /// `Clear-cell renal carcinoma, T10 index`.
    pub summary: Option<String>,
    /// When and by whom the case was referred.
    pub referred: Option<Referred>,
    /// `Tue 16-Jun-2026 08:00`, when the case is on an agenda.
    pub meeting: Option<String>,
    /// `Closed 12-May-2026`, when the case is closed.
    pub closed: Option<String>,
    /// ESCC 2 or 3, or new weakness: the yellow mark.
    pub cord_at_risk: bool,
    /// The numbers are there, perhaps, but not for this reader.
    pub withheld: bool,
    /// The referral that waits for its answer, or has been sent back: `Referral not accepted yet`, and where it is
    /// answered.
    pub waiting: Option<Link>,
    /// `U1 Emergency: cord compression`, of the latest referral.
    pub urgency: Option<Tag>,
}

/// When and by whom a case was referred.
#[derive(Debug, Clone)]
pub struct Referred {
    /// `17-Nov-2026 09:14`.
    pub at: String,
    /// `Eastmoor General`.
    pub by: String,
}

impl PatientBanner {
    /// The NHS number, or why there is none.
    pub fn nhs(&self) -> &str {
        self.number_or_why(self.nhs_number.as_ref())
    }

    /// The hospital number, or why there is none.
    pub fn hospital(&self) -> &str {
        self.number_or_why(self.hospital_number.as_ref())
    }

    fn number_or_why<'a>(&self, number: Option<&'a String>) -> &'a str {
        let why = if self.withheld { "Not shown to you" } else { "Not known" };
        number.map_or(why, String::as_str)
    }

    /// Two identifiers, for the browser title and the head of printed pages.
    pub fn identity(&self) -> String {
        if self.withheld {
            return self.short_name.clone();
        }
        match (&self.nhs_number, &self.hospital_number) {
            (Some(nhs), _) => format!("{}, NHS No. {nhs}", self.short_name),
            (None, Some(hospital)) => format!("{}, Hospital No. {hospital}", self.short_name),
            (None, None) => format!("{}, born {}", self.short_name, self.born),
        }
    }

    /// Whether the second line has anything to say.
    pub fn has_case_line(&self) -> bool {
        self.cord_at_risk
            || self.case_number.is_some()
            || self.summary.is_some()
            || self.closed.is_some()
            || self.waiting.is_some()
    }

    /// A typical banner.
    pub fn sample() -> Self {
        Self {
            name: "ASHWORTH, Margaret (Mrs)".to_owned(),
            short_name: "ASHWORTH, Margaret".to_owned(),
            born: "12-Mar-1962 (64y)".to_owned(),
            died: None,
            sex: "Female".to_owned(),
            nhs_number: Some("999 012 3470".to_owned()),
            hospital_number: Some("NF 482 117".to_owned()),
            case_number: Some("NF-2026-0148".to_owned()),
            summary: Some("Clear-cell renal carcinoma, T10 index".to_owned()),
            referred: Some(Referred {
                at: "09-Jun-2026 09:14".to_owned(),
                by: "Eastmoor".to_owned(),
            }),
            meeting: Some("Tue 16-Jun-2026 08:00".to_owned()),
            closed: None,
            cord_at_risk: true,
            withheld: false,
            waiting: None,
            urgency: Some(Tag::new(Tone::Crit, "U1 Emergency: cord compression").with_icon()),
        }
    }

    /// A patient of whom little is known, without a case.
    pub fn sample_bare() -> Self {
        Self {
            name: "DEMPSEY, Fergal".to_owned(),
            short_name: "DEMPSEY, Fergal".to_owned(),
            born: "1958 (68y)".to_owned(),
            sex: "Not known".to_owned(),
            nhs_number: None,
            hospital_number: None,
            case_number: None,
            summary: None,
            referred: None,
            meeting: None,
            urgency: None,
            cord_at_risk: false,
            ..Self::sample()
        }
    }

    /// A patient who has died, case closed.
    pub fn sample_died() -> Self {
        Self {
            born: "12-Mar-1962".to_owned(),
            died: Some("02-Jun-2026 (64y)".to_owned()),
            closed: Some("Closed 04-Jun-2026".to_owned()),
            cord_at_risk: false,
            ..Self::sample()
        }
    }

    /// Names that try to break the page.
    pub fn sample_hostile() -> Self {
        Self {
            name: format!("{} ({})", super::LONG_NAME, super::HOSTILE),
            short_name: super::HOSTILE.to_owned(),
            summary: Some(format!("{} {}", super::HOSTILE, super::LONG_NAME)),
            hospital_number: Some(super::HOSTILE.to_owned()),
            referred: Some(Referred {
                at: "09-Jun-2026 09:14".to_owned(),
                by: super::HOSTILE.to_owned(),
            }),
            waiting: Some(Link::new("Referral not accepted yet", "/referrals")),
            ..Self::sample()
        }
    }
}

/// One tab.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Word of the tab.
    pub label: String,
    /// Address.
    pub href: String,
    /// Count behind the word.
    pub count: Option<String>,
    /// This is the page shown.
    pub current: bool,
    /// Single key that opens it.
    pub key: Option<String>,
}

/// The tabs of a case; empty where there are none.
#[derive(Debug, Clone, Default)]
pub struct Tabs {
    /// Name of the navigation for screen readers.
    pub label: String,
    /// Tabs in order.
    pub items: Vec<Tab>,
}

/// A page of a case that has a tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseTab {
    /// Overview.
    Overview,
    /// The referral as sent.
    Referral,
    /// Lesions.
    Lesions,
    /// Assessment.
    Assessment,
    /// Decision.
    Decision,
    /// Audit trail of the case.
    History,
}

impl CaseTab {
    /// The tabs of this version of the product, in order.
    pub const ALL: [Self; 6] = [
        Self::Overview,
        Self::Referral,
        Self::Lesions,
        Self::Assessment,
        Self::Decision,
        Self::History,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Referral => "Referral",
            Self::Lesions => "Lesions",
            Self::Assessment => "Assessment",
            Self::Decision => "Decision",
            Self::History => "History",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Referral => "/referral",
            Self::Lesions => "/lesions",
            Self::Assessment => "/assessment",
            Self::Decision => "/decision",
            Self::History => "/history",
        }
    }
}

impl Tabs {
    /// The tabs of a case. `current` is none on pages that hang on no tab; `visible` are those that the user may
    /// open; `lesions` is the count behind "Lesions".
    pub fn case(
        number: &str,
        current: Option<CaseTab>,
        visible: &[CaseTab],
        lesions: Option<usize>,
    ) -> Self {
        let items = CaseTab::ALL
            .into_iter()
            .filter(|tab| visible.contains(tab))
            .enumerate()
            .map(|(place, tab)| Tab {
                label: tab.label().to_owned(),
                href: format!("/cases/{number}{}", tab.suffix()),
                count: lesions.filter(|_| tab == CaseTab::Lesions).map(|count| count.to_string()),
                current: current == Some(tab),
                key: Some((place + 1).to_string()),
            })
            .collect();
        Self { label: "Case".to_owned(), items }
    }

    /// The tabs of the sample case.
    pub fn sample(current: CaseTab) -> Self {
        Self::case("NF-2026-0148", Some(current), &CaseTab::ALL, Some(3))
    }
}
