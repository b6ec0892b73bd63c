//! The lesions of a case: the list with the marking of levels, and one level's part of the assessment.

use axum::extract::{Query, State};
use axum::response::Response;
use clinical::assessment::Assessment;
use clinical::dictionary::dictionary;
use clinical::level::VertebralLevel;
use mdt::display;
use mdt::permission::Action;
use rules::Evaluation;
use rules::value::{Fact, FactValue};
use serde::Deserialize;

use super::asked::case_number;
use super::assessments::desk::{Desk, FactDraft, Showing, Work, may_save, open};
use super::case::SINS;
use super::page;
use crate::error::WebError;
use crate::paths;
use crate::present::facts::posted::{Fields, Sender};
use crate::present::facts::read::Reader;
use crate::present::facts::{Extent, prefill, words};
use crate::present::score_card::{self, CardContext};
use crate::present::{banner, spine};
use crate::routes::{Routes, needs};
use crate::state::App;
use crate::view::assessment::AssessmentFormPage;
use crate::view::lesion::{LesionPage, LesionRow, LesionsPage, MarkForm};
use crate::view::score::{ScoreCard, totals_in_words};
use crate::view::{CaseTab, Choice, Empty, FieldView, FormInput, FormView, Link, Section, Shell};
use crate::visitor::Visitor;

/// The next step at a level of high-grade compression (ESCC 2 or 3), as the picker's design asks.
const HIGH_GRADE: &str =
    "High-grade compression: tell the on-call spinal surgeon now. Do not wait for the meeting.";

pub(super) fn routes(routes: Routes) -> Routes {
    routes.page("/cases/{number}/lesions", needs(Action::CaseRead), list).page(
        "/cases/{number}/lesions/{level}",
        needs(Action::CaseRead),
        level,
    )
}

async fn list(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Lesions,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let draft = draft_of(&app, &visitor, &path.number, Sender::Levels).await?;
    let opened = open(&app, &visitor, &number).await?;
    let desk = Desk::read(
        &app,
        &visitor,
        opened,
        draft.as_ref().and_then(|draft| draft.base),
        Showing::Page("lesions"),
    )
    .await?;
    let content = draft.map(|draft| draft.content).unwrap_or_default();
    let work = desk.work(&content, Sender::Levels, None);
    page(&list_page(&app, &visitor, &desk, &work).await?)
}

/// What was typed on this page when the session ended.
async fn draft_of(
    app: &App,
    visitor: &Visitor,
    number: &str,
    sender: Sender,
) -> Result<Option<FactDraft>, WebError> {
    let draft = FactDraft::restore(app, visitor, &case_number(number)?).await?;
    Ok(draft.filter(|draft| draft.sender == sender))
}

pub(super) async fn list_page(
    app: &App,
    visitor: &Visitor,
    desk: &Desk,
    work: &Work,
) -> Result<LesionsPage, WebError> {
    let evaluation = desk.recomputed(app).await?;
    let assessment = desk.current.as_ref().map(|current| &current.assessment);
    let rows =
        assessment.map(|one| lesion_rows(desk, one, evaluation.as_ref())).unwrap_or_default();
    let editable = may_save(visitor, &desk.case);
    let shell = visitor.shell("Lesions", Some(Section::Cases)).for_patient();
    Ok(LesionsPage {
        shell: Shell { problem: !work.input.problems.is_empty(), ..shell },
        banner: banner::of_case(visitor, &desk.case, &desk.head, assessment),
        tabs: banner::tabs(
            visitor,
            &desk.case,
            Some(CaseTab::Lesions),
            assessment.map(|_| rows.len()),
        ),
        spine: spine::of_case(&desk.href(), editable, assessment, evaluation.as_ref()),
        nothing: rows.is_empty().then(|| Empty {
            link: editable.then(|| Link::new("Mark the levels", "#mark")),
            ..Empty::new("No lesion recorded.")
        }),
        count: assessment.map(count).unwrap_or_default(),
        rows,
        mark: editable.then(|| mark_form(visitor, desk, &work.input)),
    })
}

fn lesion_rows(
    desk: &Desk,
    assessment: &Assessment,
    evaluation: Option<&Evaluation>,
) -> Vec<LesionRow> {
    let index = banner::index_level(assessment);
    let row = |level: VertebralLevel| {
        let shown = |code: &str| {
            let entry = dictionary().entry(code);
            let recorded = assessment.fact(code, Some(level));
            entry
                .zip(recorded)
                .map(|(entry, recorded)| words::fact(entry, &recorded.fact, desk.zone))
        };
        let result = evaluation.and_then(|evaluation| evaluation.result(SINS, Some(level.code())));
        let sins = result.as_ref().map(score_card::possible).filter(|totals| !totals.is_empty());
        let score = result.as_ref().and_then(|result| result.rule_set().score());
        let max =
            score.and_then(|score| score.bands.last()).map(|band| band.to).unwrap_or_default();
        LesionRow {
            level: level.to_string(),
            href: format!("{}/lesions/{level}", desk.href()),
            index: index.as_deref() == Some(level.code()),
            bone: shown("sins-bone-lesion").unwrap_or_else(|| "Not assessed".to_owned()),
            escc: shown("escc-grade").unwrap_or_else(|| "Not assessed".to_owned()),
            sins: sins
                .map(|totals| format!("{} / {max}", totals_in_words(&totals)))
                .unwrap_or_default(),
            bands: result
                .iter()
                .zip(score)
                .flat_map(|(result, score)| {
                    result
                        .bands()
                        .into_iter()
                        .map(|band| score_card::band_tag(score, band))
                        .collect::<Vec<_>>()
                })
                .collect(),
            status: shown("lesion-status").unwrap_or_else(|| "Not assessed".to_owned()),
            recorded: latest(desk, assessment, level),
        }
    };
    assessment.levels().into_iter().map(row).collect()
}

/// When and by whom the latest fact of a level was recorded.
fn latest(desk: &Desk, assessment: &Assessment, level: VertebralLevel) -> String {
    let facts = assessment.recorded().filter(|(key, _)| key.level == Some(level));
    let Some((_, latest)) = facts.max_by_key(|(_, recorded)| recorded.recorded_at) else {
        return String::new();
    };
    let day = display::date(display::day_of(latest.recorded_at, desk.zone));
    let by = latest.recorded_by.parse().ok().and_then(|id| desk.names.get(&id).cloned());
    std::iter::once(day).chain(by).collect::<Vec<_>>().join(", ")
}

/// `3 levels. The list is complete.`
fn count(assessment: &Assessment) -> String {
    let levels = assessment.levels().len();
    let word = if levels == 1 { "level" } else { "levels" };
    let complete = match assessment.value("lesion-list-complete", None) {
        Some(FactValue::Bool(true)) => "The list is complete.",
        Some(FactValue::Bool(false)) => "The list is not complete.",
        _ => "Nobody has said whether the list is complete.",
    };
    format!("{levels} {word}. {complete}")
}

fn mark_form(visitor: &Visitor, desk: &Desk, input: &FormInput) -> MarkForm {
    let base = desk.base.as_ref().map(|base| &base.assessment);
    let typed = input.values.get("level");
    // Posted without any tick, the form still says which it is by its other fields.
    let marked: Vec<String> = match (typed, input.values.is_empty(), base) {
        (Some(typed), _, _) => typed.clone(),
        (None, false, _) => Vec::new(),
        (None, true, Some(base)) => base.levels().iter().map(ToString::to_string).collect(),
        (None, true, None) => referred(desk),
    };
    let marked: Vec<&str> = marked.iter().map(String::as_str).collect();
    let form =
        FormView::new(format!("{}/assessments", desk.href()), visitor.new_command_id(), input)
            .based_on(desk.base_ordinal().to_string());
    MarkForm::new(form, &marked, index_field(desk, input), complete_field(base, input), input)
}

/// The levels that the referral names: ticked for the first assessment, recorded when it is saved.
fn referred(desk: &Desk) -> Vec<String> {
    let levels = desk
        .referral
        .as_ref()
        .map(|referral| prefill::levels(&referral.document))
        .unwrap_or_default();
    levels.iter().map(ToString::to_string).collect()
}

fn index_field(desk: &Desk, input: &FormInput) -> FieldView {
    let recorded =
        desk.base.as_ref().and_then(|base| match base.assessment.value("index-lesion", None) {
            Some(FactValue::Code(level)) => Some(level.clone()),
            _ => None,
        });
    let (first, withdrawn) = match &recorded {
        Some(level) => (
            format!("As recorded: {level}"),
            Some(Choice::new("_not-assessed", "None stated any more")),
        ),
        None => ("None stated".to_owned(), None),
    };
    let levels = VertebralLevel::all().map(|level| Choice::new(level.code(), level.code()));
    let referred =
        desk.referral.as_ref().filter(|_| desk.base.is_none() && input.values.is_empty());
    let referred = referred.and_then(|one| one.document.answer("index-lesion"));
    let filled = FormInput::from_pairs(referred.map(|level| ("case.index-lesion", level)));
    let input = if referred.is_some() { &filled } else { input };
    let choices = std::iter::once(Choice::new("", first)).chain(levels).chain(withdrawn).collect();
    FieldView::select("case.index-lesion", "Index lesion", choices)
        .hint("The lesion that the question is about; a ticked level")
        .optional()
        .filled(input)
}

fn complete_field(base: Option<&Assessment>, input: &FormInput) -> FieldView {
    let was = base
        .and_then(|base| base.fact("lesion-list-complete", None))
        .map(|recorded| &recorded.fact);
    let choice = |value: bool, words: &str| {
        let recorded = was == Some(&Fact::Known(FactValue::Bool(value)));
        Choice {
            detail: recorded.then(|| "(recorded before)".to_owned()),
            ..Choice::new(value.to_string(), words)
        }
    };
    let label =
        dictionary().entry("lesion-list-complete").map_or("", |entry| entry.question.as_str());
    FieldView::radio(
        "case.lesion-list-complete",
        label,
        vec![choice(true, "Yes"), choice(false, "No")],
    )
    .optional()
    .filled(input)
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default, rename = "what-if")]
    what_if: String,
}

async fn level(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Lesion,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    // Only the code as it stands in addresses: `t10` is no page of ours.
    let level: VertebralLevel = path.level.parse().map_err(|_| WebError::NotFound)?;
    let draft = draft_of(&app, &visitor, &path.number, Sender::Level(level)).await?;
    let opened = open(&app, &visitor, &number).await?;
    let base = draft.as_ref().and_then(|draft| draft.base);
    let desk =
        Desk::read(&app, &visitor, opened, base, Showing::Page(&format!("lesion {level}"))).await?;
    let content: Fields = draft.map(|draft| draft.content).unwrap_or_default();
    let work = desk.work(&content, Sender::Level(level), None);
    page(&level_page(&app, &visitor, &desk, &work, Shown { level, what_if: &asked.what_if }).await?)
}

/// What of the page of a level is asked for.
pub(super) struct Shown<'a> {
    pub(super) level: VertebralLevel,
    /// The score whose what-if is open: `sins-2010.T10`; may be empty.
    pub(super) what_if: &'a str,
}

pub(super) async fn level_page(
    app: &App,
    visitor: &Visitor,
    desk: &Desk,
    work: &Work,
    Shown { level, what_if }: Shown<'_>,
) -> Result<LesionPage, WebError> {
    let evaluation = desk.recomputed(app).await?;
    let current = desk.current.as_ref().map(|current| &current.assessment);
    let listed = current.is_some_and(|current| current.levels().contains(&level));
    let index = current.and_then(banner::index_level);
    let is_index = listed && index.as_deref() == Some(level.code());
    let editable = may_save(visitor, &desk.case);
    let (source, observed) = AssessmentFormPage::fields(&work.input);
    let heading = heading(level, listed, is_index, editable);
    let shell = visitor.shell(heading.clone(), Some(Section::Cases)).for_patient();
    Ok(LesionPage {
        shell: Shell { problem: !work.input.problems.is_empty(), ..shell },
        banner: banner::of_case(visitor, &desk.case, &desk.head, current),
        tabs: banner::tabs(
            visitor,
            &desk.case,
            Some(CaseTab::Lesions),
            current.map(|one| one.levels().len()),
        ),
        heading,
        form: FormView::new(
            format!("{}/assessments", desk.href()),
            visitor.new_command_id(),
            &work.input,
        )
        .based_on(desk.base_ordinal().to_string()),
        lesion: desk.sheet(work).lesion(level, is_index, Extent::Full),
        source,
        observed,
        save: if listed { "Save lesion".to_owned() } else { "Add lesion".to_owned() },
        editable,
        adds: !listed,
        recorded: current
            .filter(|_| !editable)
            .map(|one| recorded(desk, one, level))
            .unwrap_or_default(),
        sins: evaluation
            .as_ref()
            .filter(|_| listed)
            .and_then(|one| sins(desk, one, level, index.as_deref(), what_if)),
        next_step: current.filter(|one| high_grade(one, level)).map(|_| HIGH_GRADE.to_owned()),
        neighbours: current.map(|one| neighbours(desk, one, level)).unwrap_or_default(),
        back: Link::new("Lesions", format!("{}/lesions", desk.href())),
    })
}

fn heading(level: VertebralLevel, listed: bool, is_index: bool, editable: bool) -> String {
    match (listed, is_index, editable) {
        (true, true, _) => format!("Lesion at {level}, index"),
        (true, false, _) => format!("Lesion at {level}"),
        (false, _, true) => format!("Add a lesion at {level}"),
        (false, _, false) => format!("No lesion at {level}"),
    }
}

fn recorded(
    desk: &Desk,
    assessment: &Assessment,
    level: VertebralLevel,
) -> Vec<crate::view::assessment::ReadFact> {
    Reader { assessment, before: None, view: desk.head.view, names: &desk.names, zone: desk.zone }
        .lesion(level)
        .into_iter()
        // Without the assessment before it, everything would look new.
        .map(|fact| crate::view::assessment::ReadFact { mark: None, ..fact })
        .collect()
}

fn sins(
    desk: &Desk,
    evaluation: &Evaluation,
    level: VertebralLevel,
    index: Option<&str>,
    what_if: &str,
) -> Option<ScoreCard> {
    let result = evaluation.result(SINS, Some(level.code()))?;
    let href = desk.href();
    let own = format!("{href}/lesions/{level}");
    let by = desk.current.as_ref().map(|current| desk.signed(current)).unwrap_or_default();
    let context =
        CardContext { case_href: &href, index, by: &by, what_if: Some(&own), explained: true };
    let card = score_card::card(&result, &context)?;
    Some(score_card::with_what_if(card, evaluation, what_if))
}

/// Whether this lesion is among the reasons for the mark "cord at risk".
fn high_grade(assessment: &Assessment, level: VertebralLevel) -> bool {
    let marks = clinical::marks::of(assessment).unwrap_or_default();
    let mut facts = marks.cord_at_risk.iter().flat_map(|reason| &reason.facts);
    facts.any(|fact| fact.level == Some(level))
}

/// The lesions next to this one, above and below.
fn neighbours(desk: &Desk, assessment: &Assessment, level: VertebralLevel) -> Vec<Link> {
    let levels = assessment.levels();
    let above = levels.iter().filter(|other| **other < level).max();
    let below = levels.iter().filter(|other| **other > level).min();
    let link = |other: &VertebralLevel| {
        Link::new(other.to_string(), format!("{}/lesions/{other}", desk.href()))
    };
    above.into_iter().chain(below).map(link).collect()
}
