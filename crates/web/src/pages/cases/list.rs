//! The list of cases: found by name or number, filtered, page by page.

use axum::extract::{Query, State};
use axum::response::Response;
use mdt::coded::Coded;
use mdt::decision::DecisionState;
use mdt::display;
use mdt::ids::{CaseId, SiteId};
use mdt::level::Level;
use mdt::nhs_number::NhsNumber;
use mdt::permission::{Action, act};
use serde::Deserialize;
use store::cases::{self, CaseFilter, CaseRow as Row};

use crate::error::{WebError, form_encode};
use crate::pages::asked::{capitalised, case_number, id, list_read, tumour};
use crate::pages::page;
use crate::pages::patients::spaced;
use crate::state::App;
use crate::view::cases::{CaseListPage, CaseRow};
use crate::view::{Choice, Empty, FieldView, FormInput, Link, Pager, Section, Tag, Tone};
use crate::visitor::Visitor;

/// Rows of a page.
const PAGE: usize = 25;
/// Digits of an NHS number: as many, and it was meant to be one.
const NHS_DIGITS: usize = 10;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    after: String,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let filter = filter(&asked)?;
    let mut input =
        FormInput::from_pairs([("q", &asked.q), ("state", &asked.state), ("site", &asked.site)]);
    let mut reading = app.store.read_sites::<act::CaseList>(&visitor.actor).await?;
    let rows = match mistyped(&asked.q) {
        Some(problem) => {
            input = input.with_problem("q", problem);
            Vec::new()
        }
        None => cases::list(&mut reading, &filter).await?,
    };
    let more = rows.len() > PAGE;
    let rows: Vec<Row> = rows.into_iter().take(PAGE).collect();
    let ids: Vec<CaseId> = rows.iter().map(|row| row.id).collect();
    let mut event = list_read("cases", &ids, rows.iter().any(|row| row.name.is_some()));
    if !asked.q.trim().is_empty() {
        event = event.private("words", asked.q.trim());
    }
    reading.record(event).await?;
    page(&CaseListPage {
        shell: visitor.shell("Cases", Some(Section::Cases)).for_list(rows.len()),
        search: CaseListPage::search_field(&input),
        filters: filters(&visitor, &input),
        heads: CaseListPage::plain_heads(),
        pager: pager(&asked, &rows, more),
        empty: empty(&visitor, &asked, &input),
        rows: rows.iter().map(|row| shown(&app, &visitor, row)).collect(),
        may_register: visitor.may_somewhere(Action::PatientRegister),
    })
}

fn filter(asked: &Asked) -> Result<CaseFilter, WebError> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(CaseFilter {
        words: asked.q.clone(),
        open: match asked.state.as_str() {
            "open" => Some(true),
            "closed" => Some(false),
            "" => None,
            _ => return Err(WebError::NotFound),
        },
        site: given(&asked.site).map(|site| id::<SiteId>(&site)).transpose()?,
        after: given(&asked.after).map(|number| case_number(&number)).transpose()?,
        // One more than is shown tells whether there is a next page.
        limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
    })
}

/// What is wrong with a number that was meant to be an NHS number: then nothing was searched.
fn mistyped(words: &str) -> Option<String> {
    let compact: String = words.chars().filter(|one| !one.is_whitespace() && *one != '-').collect();
    let meant =
        compact.chars().count() == NHS_DIGITS && compact.chars().all(|one| one.is_ascii_digit());
    let error = meant.then(|| compact.parse::<NhsNumber>().err()).flatten()?;
    Some(capitalised(&error.to_string()))
}

fn filters(visitor: &Visitor, input: &FormInput) -> Vec<FieldView> {
    let mut filters = vec![CaseListPage::state_filter(input)];
    let sites = visitor.actor.sites_where(Action::CaseList);
    if sites.len() > 1 {
        let all = std::iter::once(Choice::new("", "All"));
        let each =
            sites.into_iter().map(|site| Choice::new(site.to_string(), visitor.sites.name(site)));
        filters.push(FieldView::select("site", "Site", all.chain(each).collect()).filled(input));
    }
    filters
}

fn address(asked: &Asked, after: &str) -> String {
    let query = form_encode(&[
        ("q", &asked.q),
        ("state", &asked.state),
        ("site", &asked.site),
        ("after", after),
    ]);
    if query.is_empty() { "/cases".to_owned() } else { format!("/cases?{query}") }
}

fn pager(asked: &Asked, rows: &[Row], more: bool) -> Pager {
    let first = !asked.after.is_empty();
    let range = match (rows.len(), more) {
        (1, false) => "1 case".to_owned(),
        (count, false) => format!("{count} cases"),
        (count, true) => format!("{count} cases, more follow"),
    };
    let last = rows.last().filter(|_| more);
    Pager {
        range,
        previous: first.then(|| address(asked, "")),
        next: last.map(|row| address(asked, &row.number.to_string())),
        export: None,
    }
}

fn empty(visitor: &Visitor, asked: &Asked, input: &FormInput) -> Empty {
    if !input.problems.is_empty() {
        return Empty::new("Nothing was searched.");
    }
    if asked.q.is_empty() {
        return Empty::new("No case here.");
    }
    if !visitor.may_somewhere(Action::ReferralSend) {
        return Empty::new("No case matches. Check the number.");
    }
    let find = format!("/referrals/new?{}", form_encode(&[("q", &asked.q)]));
    Empty::with_link(
        "No case matches. Check the NHS number.",
        Link::new("Look for a patient without a case", find),
    )
}

fn shown(app: &App, visitor: &Visitor, row: &Row) -> CaseRow {
    let zone = visitor.sites.zone(row.site);
    let today = display::day_of(app.now(), zone);
    let (name, identity) = if let Some(name) = &row.name {
        let nhs = row.nhs_number.as_deref().map(|digits| format!(" · NHS No. {}", spaced(digits)));
        (name.to_string(), format!("{}{}", row.birth_date, nhs.unwrap_or_default()))
    } else {
        let age = row.birth_date.age_at(today).map(|age| format!(", {age} y")).unwrap_or_default();
        (format!("{}{age}", row.sex.label()), String::new())
    };
    CaseRow {
        name,
        identity,
        href: format!("/cases/{}", row.number),
        number: row.number.to_string(),
        site: visitor.sites.name(row.site),
        summary: summary(row),
        stage: stage(row),
        meeting: row
            .listed
            .map(|(_, starts_at)| display::date_with_day(display::day_of(starts_at, zone)))
            .unwrap_or_default(),
        changed: display::date_time(row.changed_at, zone),
        cord_at_risk: row.cord_at_risk,
    }
}

/// `Renal cell carcinoma, T9 and T10`.
fn summary(row: &Row) -> String {
    let tumour = row.histology.as_deref().map(tumour);
    let levels = row.levels.iter().filter_map(|level| level.parse::<Level>().ok()).collect();
    let levels = Some(mdt::level::in_words(&levels)).filter(|words| !words.is_empty());
    tumour.into_iter().chain(levels).collect::<Vec<_>>().join(", ")
}

/// How far the case has come, the furthest first.
fn stage(row: &Row) -> Tag {
    if !row.open {
        return Tag::new(Tone::Plain, "Closed");
    }
    match row.draft {
        Some(DecisionState::Confirmed) => return Tag::new(Tone::Warn, "To be signed").with_icon(),
        Some(DecisionState::ReadBack) => {
            return Tag::new(Tone::Warn, "To be confirmed").with_icon();
        }
        Some(DecisionState::Draft) => return Tag::new(Tone::Info, "Decision drafted"),
        // Signed or voided it is no draft any more.
        Some(DecisionState::Signed | DecisionState::Voided) | None => {}
    }
    if row.signed > 0 {
        return Tag::new(Tone::Ok, "Signed").with_icon();
    }
    if row.listed.is_some() {
        return Tag::new(Tone::Info, "Listed");
    }
    if row.assessments > 0 {
        Tag::new(Tone::Plain, "Assessed")
    } else {
        Tag::new(Tone::Plain, "Referred")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_nhs_number_is_explained_and_other_words_are_searched() {
        assert_eq!(
            mistyped("999 012 3471").as_deref(),
            Some("The last digit does not fit: after these nine it must be 0, not 1")
        );
        for words in ["999 012 3470", "ashworth", "NF-2026-0148", "12345", ""] {
            assert_eq!(mistyped(words), None, "{words}");
        }
    }

    #[test]
    fn an_address_keeps_the_filter() {
        let asked = Asked { q: "o'b".to_owned(), state: "open".to_owned(), ..Asked::default() };
        assert_eq!(address(&asked, "NF-2026-0120"), "/cases?q=o%27b&state=open&after=NF-2026-0120");
        assert_eq!(address(&Asked::default(), ""), "/cases");
    }

    #[test]
    fn a_filter_that_is_none_is_not_found() {
        assert!(filter(&Asked { state: "ajar".to_owned(), ..Asked::default() }).is_err());
        assert!(filter(&Asked { after: "x".to_owned(), ..Asked::default() }).is_err());
        assert_eq!(
            filter(&Asked { state: "closed".to_owned(), ..Asked::default() }).unwrap().open,
            Some(false)
        );
    }
}
