//! One assessment, never changed.

use axum::extract::State;
use axum::response::Response;
use mdt::coded::Coded;
use mdt::permission::CaseView;
use store::CaseKey;
use store::assessments::{self, StoredAssessment};
use store::cases::CaseHead;

use super::desk::{at_ordinal, may_save, open, read_event, totals_line};
use crate::error::WebError;
use crate::pages::asked::case_number;
use crate::pages::page;
use crate::paths;
use crate::present::banner;
use crate::present::facts::read::Reader;
use crate::state::App;
use crate::view::assessment::AssessmentPage;
use crate::view::{CaseTab, Empty, Link, Section, Tag, Tone};
use crate::visitor::Visitor;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::AssessmentRead,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let ordinal: i32 =
        path.ordinal.parse().ok().filter(|ordinal| *ordinal > 0).ok_or(WebError::NotFound)?;
    let (mut reading, head) = open(&app, &visitor, &number).await?;
    let stored = assessments::numbered(&mut reading, ordinal).await?;
    let before = at_ordinal(&mut reading, ordinal - 1).await?;
    let today = assessments::current(&mut reading).await?.unwrap_or_else(|| stored.clone());
    let evaluated = assessments::evaluation_of(&mut reading, stored.id).await?;
    let event = read_event(&reading.subject, &head, "assessment read").data("ordinal", ordinal);
    let case = reading.record(event).await?;
    let evaluation = match evaluated {
        Some(evaluated) => {
            let compiled = app.store.compiled(evaluated.protocol_version).await?;
            let totals = totals_line(&assessments::evaluate(&compiled, &stored.assessment)?);
            Some(Link::new(
                format!("Evaluation: {totals}"),
                format!("/cases/{number}/evaluations/{ordinal}"),
            ))
        }
        None => None,
    };
    let names = app.user_names().await?;
    let reader = Reader {
        assessment: &stored.assessment,
        before: before.as_ref().map(|before| &before.assessment),
        view: head.view,
        names: &names,
        zone: visitor.sites.zone(case.site),
    };
    let shown = Shown {
        visitor: &visitor,
        case: &case,
        head: &head,
        stored: &stored,
        today: &today,
        evaluation,
    };
    page(&shown.page(&reader))
}

struct Shown<'a> {
    visitor: &'a Visitor,
    case: &'a CaseKey,
    head: &'a CaseHead,
    stored: &'a StoredAssessment,
    /// The current one: the banner and the tabs are of today, whatever the page is of.
    today: &'a StoredAssessment,
    evaluation: Option<Link>,
}

impl Shown<'_> {
    fn page(&self, reader: &Reader<'_>) -> AssessmentPage {
        let ordinal = self.stored.ordinal;
        let assessment = &self.stored.assessment;
        let index = banner::index_level(assessment);
        let sections = reader.sections(index.as_deref());
        let by = reader.names.get(&self.stored.recorded_by).cloned().unwrap_or_default();
        let at = mdt::display::date_time(self.stored.recorded_at, reader.zone);
        let from =
            if ordinal > 1 { format!(", from assessment {}", ordinal - 1) } else { String::new() };
        let nothing = sections.iter().all(|section| section.facts.is_empty());
        AssessmentPage {
            shell: self
                .visitor
                .shell(format!("Assessment {ordinal}"), Some(Section::Cases))
                .for_patient(),
            banner: banner::of_case(
                self.visitor,
                self.case,
                self.head,
                Some(&self.today.assessment),
            ),
            tabs: banner::tabs(
                self.visitor,
                self.case,
                Some(CaseTab::Assessment),
                Some(self.today.assessment.levels().len()),
            ),
            number: ordinal.to_string(),
            state: if ordinal == self.today.ordinal {
                Tag::new(Tone::Ok, "Current").with_icon()
            } else {
                Tag::new(Tone::Plain, format!("Replaced by assessment {}", ordinal + 1))
            },
            saved: format!("Saved {at} by {by}{from}{}", self.without_names()),
            links: self.links(),
            sections,
            nothing: nothing.then(|| Empty::new("Nothing was recorded in this assessment.")),
            hash: assessment.hash().to_string(),
            evaluation: self.evaluation.clone(),
        }
    }

    fn without_names(&self) -> String {
        match self.head.view {
            CaseView::Full => String::new(),
            view => format!(". You see: {}", view.label().to_lowercase()),
        }
    }

    fn links(&self) -> Vec<Link> {
        let ordinal = self.stored.ordinal;
        let href = format!("/cases/{}", self.case.number);
        let to = |ordinal: i32| {
            Link::new(format!("Assessment {ordinal}"), format!("{href}/assessments/{ordinal}"))
        };
        let before = (ordinal > 1).then(|| to(ordinal - 1));
        let after = (ordinal < self.today.ordinal).then(|| to(ordinal + 1));
        let next = may_save(self.visitor, self.case).then(|| {
            Link::new(
                format!("Make assessment {}", self.today.ordinal + 1),
                format!("{href}/assessment"),
            )
        });
        before.into_iter().chain(after).chain(next).collect()
    }
}
