//! The page of one version of a rule set: its table with sources, what is proven of it, where it is used.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use mdt::display;
use mdt::permission::Action;
use rules::Report;
use rules::ruleset::{Body, Direction, Function, RuleSet};
use store::rule_sets::{Approval, RuleSetRow};

use super::list::{active_tag, shortened, state};
use super::proof::proven;
use super::stored::read;
use super::tables::{Words, bands, examples, points, values};
use super::uses::{self, AtHand, Uses};
use crate::error::WebError;
use crate::pages::asked::{capitalised, id, site_for};
use crate::pages::page;
use crate::paths;
use crate::state::App;
use crate::view::rule::{ApprovalRow, Citation, Reading, RulePage, RuleVersion};
use crate::view::{Link, Section, Tag, Tone};
use crate::visitor::Visitor;

pub(super) async fn show(
    paths::Rule { id: rule_set, version }: paths::Rule,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    site_for(&visitor, Action::RuleRead)?;
    let version: i32 = id(&version)?;
    let rows = app.store.rule_set_versions().await?;
    let row = rows.iter().find(|row| row.rule_set == rule_set && row.version == version);
    let row = row.ok_or(WebError::NotFound)?;
    let stored = read(row).ok_or_else(|| {
        WebError::Internal(format!(
            "nothing can be read of the stored rule set {rule_set} {version}"
        ))
    })?;
    // Another version that cannot be read does not keep this one from its page.
    let at_hand: AtHand =
        rows.iter().filter_map(|row| Some((row.id, read(row)?.rule_set))).collect();
    let all: Vec<Arc<RuleSet>> = at_hand.values().cloned().collect();
    let used = uses::of(&app, &visitor, row, &at_hand).await?;
    let pinned = used.within.as_ref().map_or(&all, |within| &within.rule_sets);
    let report = proven(&stored.rule_set, pinned).await?;
    let approvals = app.store.rule_approvals(row.id).await?;
    let found =
        Found { row, this: &stored.rule_set, all: &all, report: &report, approvals: &approvals };
    let mut shown = filled(&visitor, &found, &rows, used);
    shown.damage = stored.damage;
    page(&shown)
}

/// A version with what is known of it.
struct Found<'a> {
    row: &'a RuleSetRow,
    this: &'a RuleSet,
    all: &'a [Arc<RuleSet>],
    report: &'a Report,
    approvals: &'a [Approval],
}

fn filled(visitor: &Visitor, found: &Found<'_>, rows: &[RuleSetRow], used: Uses) -> RulePage {
    let Found { row, this, all, report, approvals } = *found;
    let words = Words(all);
    let score = this.score();
    RulePage {
        shell: visitor.shell(format!("{} v{}", this.title, this.version), Some(Section::Rules)),
        kind: if score.is_some() { "Scores".to_owned() } else { "Mappings".to_owned() },
        title: this.title.clone(),
        version: format!("v{}", this.version),
        tags: tags(found, used.active),
        line: line(this, &words),
        notice: notice(row),
        damage: None,
        points: score.map(points).unwrap_or_default(),
        values: this.mapping().map(|mapping| values(this, mapping, &words)),
        bands: score.map(bands).unwrap_or_default(),
        bands_note: this.notes.join(" "),
        readings: this
            .disagreements
            .iter()
            .map(|one| Reading { matter: one.text.clone(), taken: one.reading.clone() })
            .collect(),
        examples: examples(this, report, &words),
        examples_note: examples_note(this, report),
        header: header(found, visitor, &used),
        approvals: approvals.iter().map(|one| approval(visitor, one)).collect(),
        citations: this.sources.iter().map(|(key, text)| citation(key, text)).collect(),
        hash: row.hash.clone(),
        address: address(this),
        protocols: used.protocols,
        related: related(this, all),
        activations: used.activations,
        versions: rows
            .iter()
            .rev()
            .filter(|other| other.rule_set == row.rule_set)
            .map(|one| version(one, row))
            .collect(),
    }
}

fn address(rule_set: &RuleSet) -> String {
    format!("/rules/{}/{}", rule_set.id, rule_set.version)
}

fn tags(found: &Found<'_>, active: usize) -> Vec<Tag> {
    let Found { row, report, approvals, .. } = found;
    let sites = active_tag(active);
    let proof = if report.holds() {
        Tag::new(
            Tone::Ok,
            format!("Verified over {} inputs: complete, consistent, reachable", report.inputs),
        )
        .with_icon()
    } else {
        Tag::new(Tone::Crit, format!("Not verified: {} problems", report.problems.len()))
            .with_icon()
    };
    let mut tags = vec![state(&row.state, &row.status), sites, proof];
    if approvals.is_empty() {
        tags.push(Tag::new(Tone::Warn, "No approval recorded").with_icon());
    }
    tags
}

fn approval(visitor: &Visitor, approval: &Approval) -> ApprovalRow {
    let zone = visitor.sites.zone(visitor.actor.home);
    ApprovalRow {
        who: approval.by.clone().unwrap_or_else(|| "The release that carries it".to_owned()),
        at: display::date_time(approval.at, zone),
        meaning: capitalised(&approval.meaning),
    }
}

/// What must not be overlooked.
fn notice(row: &RuleSetRow) -> Option<String> {
    match (row.state.as_str(), row.status.as_str()) {
        ("recalled", _) => {
            Some("This version was recalled: it must not be used for new decisions.".to_owned())
        }
        (_, "not-for-use") => Some(
            "Kept for fidelity to its source only: no protocol with it can be activated."
                .to_owned(),
        ),
        (_, "hold") => Some("On hold: listed, never evaluated.".to_owned()),
        _ => None,
    }
}

/// `Score, per case, 0 to 15, higher is better`.
fn line(this: &RuleSet, words: &Words<'_>) -> String {
    let each = this.scope.as_str();
    match &this.body {
        Body::Score(score) => {
            let ends = score.bands.first().zip(score.bands.last());
            let range = ends
                .map(|(first, last)| format!(", {} to {}", first.from, last.to))
                .unwrap_or_default();
            let direction = match score.direction {
                Direction::HigherIsBetter => "higher is better",
                Direction::HigherIsWorse => "higher is worse",
            };
            format!("Score, per {each}{range}, {direction}")
        }
        Body::Mapping(_) => {
            let facts: Vec<String> = reads(this).iter().map(|code| words.fact(code)).collect();
            format!("Mapping, per {each}, from {}", facts.join(", "))
        }
    }
}

/// The codes of the facts that a rule set reads, each once.
fn reads(this: &RuleSet) -> Vec<String> {
    let mut facts: Vec<String> = match &this.body {
        Body::Score(score) => {
            score.components.iter().map(|component| component.fact.clone()).collect()
        }
        Body::Mapping(mapping) => match &mapping.function {
            Function::Tables(tables) => tables.iter().map(|table| table.fact.clone()).collect(),
            Function::Rows(rows) => rows.iter().flat_map(|row| row.when.keys().cloned()).collect(),
            Function::Count(count) => [count.place.clone(), count.fact.clone()]
                .into_iter()
                .chain(count.complete_when.keys().cloned())
                .collect(),
            Function::OverLesions(over) => std::iter::once(over.fact.clone())
                .chain(over.complete_when.keys().cloned())
                .collect(),
        },
    };
    facts.sort();
    facts.dedup();
    facts
}

/// The codes of the facts that a rule set derives.
fn derives(this: &RuleSet) -> Vec<&str> {
    match &this.body {
        Body::Score(score) => [&score.total_fact, &score.band_fact]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect(),
        Body::Mapping(_) => vec![&this.id],
    }
}

/// What it reads from, then what reads it.
fn related(this: &RuleSet, all: &[Arc<RuleSet>]) -> Vec<Link> {
    let link = |other: &Arc<RuleSet>| {
        Link::new(format!("{} v{}", other.short_title, other.version), address(other))
    };
    let (mine, given) = (reads(this), derives(this));
    let below = all
        .iter()
        .filter(|other| derives(other).iter().any(|code| mine.iter().any(|fact| fact == code)));
    let above =
        all.iter().filter(|other| reads(other).iter().any(|fact| given.contains(&fact.as_str())));
    below.chain(above).map(link).collect()
}

fn examples_note(this: &RuleSet, report: &Report) -> String {
    let count = this.examples.len();
    let count = if count == 1 { "1 example".to_owned() } else { format!("{count} examples") };
    if report.holds() {
        let edges = if this.score().is_some() { " Every band edge has one." } else { "" };
        return format!("{count}, run by this server.{edges}");
    }
    let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    format!("{count}. {}", problems.join(" "))
}

fn header(found: &Found<'_>, visitor: &Visitor, used: &Uses) -> Vec<(String, String)> {
    let Found { row, this, .. } = found;
    let zone = visitor.sites.zone(visitor.actor.home);
    let loaded = display::date(display::day_of(row.loaded_at, zone));
    [
        ("Purpose", this.purpose.clone()),
        ("Citation", this.citation.clone()),
        ("Derived from", this.population.clone()),
        ("Author", this.author.clone()),
        ("Change", this.change_note.clone()),
        ("Review", review_day(&this.review_date)),
        ("State", capitalised(&row.state.replace('_', " "))),
        ("Loaded", format!("{loaded}, with the release that carries it")),
        ("Verified with", verified_with(used)),
    ]
    .into_iter()
    .filter(|(_, words)| !words.is_empty())
    .map(|(label, words)| (label.to_owned(), words))
    .collect()
}

/// The day of the next review as days are written here; words stay words.
fn review_day(text: &str) -> String {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_or_else(|_| text.to_owned(), display::date)
}

fn verified_with(used: &Uses) -> String {
    match &used.within {
        Some(within) => format!("the versions of what it reads that {} pins", within.name),
        None => "the newest versions of what it reads: no protocol holds it".to_owned(),
    }
}

/// The text of a source, with its DOI apart when it names one.
fn citation(key: &str, text: &str) -> Citation {
    let doi = text.split_once("DOI ").map(|(_, rest)| {
        let end = rest.find([',', ' ', ';']).unwrap_or(rest.len());
        rest.get(..end).unwrap_or(rest).trim_end_matches('.').to_owned()
    });
    Citation { key: key.to_owned(), text: text.to_owned(), doi }
}

fn version(row: &RuleSetRow, shown: &RuleSetRow) -> RuleVersion {
    RuleVersion {
        version: format!("v{}", row.version),
        href: format!("/rules/{}/{}", row.rule_set, row.version),
        state: state(&row.state, &row.status),
        hash: shortened(&row.hash),
        current: row.version == shown.version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled() -> Vec<Arc<RuleSet>> {
        let files = clinical::rulesets::RULE_SET_FILES.iter();
        files.map(|file| Arc::new(rules::parse(file.name, file.text).unwrap())).collect()
    }

    #[test]
    fn the_review_date_is_written_as_every_other_date() {
        assert_eq!(review_day("2027-11-24"), "24-Nov-2027");
        assert_eq!(review_day("when the paper is revised"), "when the paper is revised");
    }

    #[test]
    fn a_score_says_its_range_and_direction() {
        let all = bundled();
        let tokuhashi = all.iter().find(|one| one.id == "tokuhashi-2005").unwrap();
        assert_eq!(line(tokuhashi, &Words(&all)), "Score, per case, 0 to 15, higher is better");
    }

    #[test]
    fn a_score_leads_to_the_mappings_that_it_reads_and_they_lead_back() {
        let all = bundled();
        let find = |id: &str| all.iter().find(|one| one.id == id).unwrap();
        let tokuhashi = find("tokuhashi-2005");
        let links = related(tokuhashi, &all);
        assert!(!links.is_empty());
        let below = reads(tokuhashi)
            .into_iter()
            .find(|fact| all.iter().any(|one| one.id == *fact))
            .unwrap();
        assert!(related(find(&below), &all).iter().any(|link| link.href == address(tokuhashi)));
    }

    #[test]
    fn a_source_has_its_doi_apart() {
        let found = citation(
            "T05-ABS",
            "Tokuhashi 2005, abstract. DOI 10.1097/01.brs.0000180401.06919.a5. PMID 16205345",
        );
        assert_eq!(found.doi.as_deref(), Some("10.1097/01.brs.0000180401.06919.a5"));
        assert_eq!(citation("X", "A book").doi, None);
    }
}
