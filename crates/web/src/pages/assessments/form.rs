//! The form of the whole assessment.

use axum::extract::State;
use axum::response::Response;
use mdt::display;

use super::desk::{Desk, FactDraft, Showing, Work, draft_address, may_save, open, typed};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::case_number;
use crate::pages::{page, see};
use crate::paths;
use crate::present::banner;
use crate::present::facts::posted::Sender;
use crate::present::facts::{prefill, totals};
use crate::present::score_card;
use crate::state::App;
use crate::view::assessment::AssessmentFormPage;
use crate::view::{CaseTab, FormView, Link, Section, Shell};
use crate::visitor::Visitor;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Assessment,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let draft = FactDraft::restore(&app, &visitor, &number).await?;
    let (mut reading, head) = open(&app, &visitor, &number).await?;
    if !may_save(&visitor, &reading.subject) {
        let current = store::assessments::current(&mut reading).await?;
        reading.finish().await?;
        return Ok(see(&match current {
            Some(current) => format!("/cases/{number}/assessments/{}", current.ordinal),
            None => format!("/cases/{number}"),
        }));
    }
    // A part of the form that was kept when the session ended is shown again where it was typed.
    if let Some(draft) = draft.as_ref().filter(|draft| draft.sender != Sender::Assessment) {
        reading.finish().await?;
        return Ok(see(&format!("/cases/{number}/{}", draft.sender.page())));
    }
    let base = draft.as_ref().and_then(|draft| draft.base);
    let desk =
        Desk::read(&app, &visitor, (reading, head), base, Showing::Page("assessment")).await?;
    let (content, note) = match draft {
        Some(draft) => (draft.content, Some(draft.note)),
        None => (desk.prefilled(), None),
    };
    let work = desk.work(&content, Sender::Assessment, None);
    page(&form_page(&visitor, &desk, &work, note))
}

/// The totals with what is typed so far, as the page that is open shows them: the answer to its autosave. None
/// for whom that page is not shown: they may not save the assessment, or the case is closed.
pub(in crate::pages) async fn totals(
    app: &App,
    visitor: &Visitor,
    number: &str,
    form: &PostedForm,
) -> Result<Option<Response>, WebError> {
    let (reading, head) = open(app, visitor, &case_number(number)?).await?;
    if !may_save(visitor, &reading.subject) {
        reading.finish().await?;
        return Ok(None);
    }
    let opened = (reading, head);
    let desk = Desk::read(app, visitor, opened, form.number("base"), Showing::Fragment).await?;
    let work = desk.work(&typed(form), Sender::Assessment, None);
    page(&form_page(visitor, &desk, &work, None).as_totals()).map(Some)
}

/// The form with what was typed; `note` says of a draft when it was saved.
pub(super) fn form_page(
    visitor: &Visitor,
    desk: &Desk,
    work: &Work,
    note: Option<String>,
) -> AssessmentFormPage {
    let sheet = desk.sheet(work);
    let index = work.index();
    let sections = sheet.case_sections();
    let lesions = sheet.lesions(index.as_deref());
    let totals = sheet.totals(work.preview.assessment.as_ref(), &sections, &lesions);
    let (source, observed) = AssessmentFormPage::fields(&work.input);
    let number = desk.current.as_ref().map_or(0, |current| current.ordinal) + 1;
    let href = desk.href();
    let current = desk.current.as_ref().map(|current| &current.assessment);
    let discard = note.is_some();
    let shell =
        visitor.shell(format!("Assessment {number}, draft"), Some(Section::Cases)).for_patient();
    AssessmentFormPage {
        shell: Shell { problem: !work.input.problems.is_empty(), ..shell },
        banner: banner::of_case(visitor, &desk.case, &desk.head, current),
        tabs: banner::tabs(
            visitor,
            &desk.case,
            Some(CaseTab::Assessment),
            current.map(|one| one.levels().len()),
        ),
        form: FormView::new(format!("{href}/assessments"), visitor.new_command_id(), &work.input)
            .based_on(desk.base_ordinal().to_string())
            .drafted(draft_address(&desk.case.number), note),
        number: number.to_string(),
        started_from: started_from(desk),
        links: desk
            .base
            .iter()
            .map(|base| {
                Link::new(
                    format!("Assessment {}", base.ordinal),
                    format!("{href}/assessments/{}", base.ordinal),
                )
            })
            .collect(),
        discard,
        source,
        observed,
        lesions_note: lesions_note(desk, work),
        mark_levels: Link::new("Mark or remove levels", format!("{href}/lesions#mark")),
        save_note: totals::save_note(&totals),
        sections,
        lesions,
        totals,
    }
}

fn started_from(desk: &Desk) -> String {
    let referred = desk.referral.as_ref().map(|referral| {
        format!(
            "What the referral of {} answers is filled in. It is recorded when you save, as an external record of that day.",
            display::date_time(referral.sent_at, desk.zone)
        )
    });
    let Some(base) = &desk.base else {
        return referred.unwrap_or_else(|| "The first assessment of this case.".to_owned());
    };
    let started = format!("Started from assessment {} of {}.", base.ordinal, desk.signed(base));
    let started = [started].into_iter().chain(referred).collect::<Vec<_>>().join(" ");
    match desk.current.as_ref().filter(|current| current.ordinal != base.ordinal) {
        None => format!("{started} Assessment {} stays as it is.", base.ordinal),
        Some(current) => format!(
            "{started} Assessment {} was saved meanwhile ({}): when you save, you see what differs.",
            current.ordinal,
            desk.signed(current)
        ),
    }
}

/// How many vertebrae are counted, or what the referral names while there is no lesion.
fn lesions_note(desk: &Desk, work: &Work) -> String {
    let lesions =
        work.preview.assessment.as_ref().map_or(0, |assessment| assessment.levels().len());
    if lesions == 0 {
        let named = desk
            .referral
            .as_ref()
            .map(|referral| prefill::levels(&referral.document))
            .unwrap_or_default();
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        return match named.as_slice() {
            [] => "No lesion is marked yet.".to_owned(),
            named => format!("No lesion is marked yet. The referral names {}.", named.join(", ")),
        };
    }
    let count = work.preview.evaluation.as_ref().and_then(|evaluation| {
        let result = evaluation.result("vertebral-metastases-count", None)?;
        match result.grade()? {
            rules::result::Grade::Values(values) => {
                Some(score_card::values_words("vertebral-metastases-count", &values))
            }
            rules::result::Grade::NotApplicable => None,
        }
    });
    match count {
        Some(count) => format!("Vertebral metastases counted from the lesions: {count}."),
        None => {
            format!("{lesions} {} listed.", if lesions == 1 { "level is" } else { "levels are" })
        }
    }
}
