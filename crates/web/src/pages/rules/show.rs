//! The page of one version of a rule set: its table with sources, what is proven of it, where it is used.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::extract::State;
use axum::response::Response;
use clinical::dictionary::dictionary;
use mdt::display;
use mdt::ids::ProtocolVersionId;
use mdt::permission::Action;
use rules::ruleset::{Body, Direction, Function, RuleSet};
use rules::{Hash, Report};
use store::rule_sets::{ProtocolRow, RuleSetRow};

use super::list::{in_force, shortened, state};
use super::tables::{Words, bands, examples, points, values};
use crate::error::WebError;
use crate::pages::asked::{capitalised, id, site_for};
use crate::pages::page;
use crate::paths;
use crate::state::App;
use crate::view::rule::{Activation, Citation, Reading, RulePage, RuleVersion};
use crate::view::{Link, Section, Tag, Tone};
use crate::visitor::Visitor;

/// What was proven, by hash: a version never changes, so it is proven once in the life of the process.
static PROVEN: LazyLock<Mutex<BTreeMap<Hash, Arc<Report>>>> = LazyLock::new(Mutex::default);

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
    let all = parsed(&app, &rows).await?;
    let this =
        all.iter().find(|one| one.id == rule_set && i32::try_from(one.version) == Ok(version));
    let this = Arc::clone(this.ok_or(WebError::NotFound)?);
    let report = proven(&this, &all).await?;
    let used = uses(&app, &visitor, row).await?;
    page(&filled(&visitor, row, &rows, &this, &all, &report, used))
}

async fn parsed(app: &App, rows: &[RuleSetRow]) -> Result<Vec<Arc<RuleSet>>, WebError> {
    let mut all = Vec::new();
    for row in rows {
        let source =
            app.store.rule_set_source(&row.rule_set, row.version).await?.unwrap_or_default();
        let rule_set = rules::parse(&row.rule_set, &source).map_err(|error| {
            WebError::Internal(format!("stored rule set {}: {error}", row.rule_set))
        })?;
        all.push(Arc::new(rule_set));
    }
    Ok(all)
}

/// Proving walks the whole input space, so it is done off the threads that answer.
async fn proven(rule_set: &Arc<RuleSet>, all: &[Arc<RuleSet>]) -> Result<Arc<Report>, WebError> {
    let hash = rule_set.hash().map_err(|error| WebError::Internal(error.to_string()))?;
    if let Some(known) = PROVEN.lock().unwrap_or_else(PoisonError::into_inner).get(&hash) {
        return Ok(Arc::clone(known));
    }
    let (rule_set, all) = (Arc::clone(rule_set), all.to_vec());
    let report = tokio::task::spawn_blocking(move || rules::verify(&rule_set, &all, dictionary()))
        .await
        .map_err(|_| WebError::Internal("the proof of a rule set did not end".to_owned()))?;
    let report = Arc::new(report);
    PROVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, Arc::clone(&report));
    Ok(report)
}

/// Where a version is used.
struct Uses {
    protocols: Vec<Link>,
    activations: Vec<Activation>,
    active: usize,
}

async fn uses(app: &App, visitor: &Visitor, row: &RuleSetRow) -> Result<Uses, WebError> {
    let active = in_force(app, visitor).await?;
    let versions = app.store.protocol_versions().await?;
    let mut holding: BTreeMap<ProtocolVersionId, &ProtocolRow> = BTreeMap::new();
    for version in &versions {
        let compiled = app.store.compiled(version.id).await?;
        if compiled.protocol().rule_sets.iter().any(|pin| pin.hash.to_string() == row.hash) {
            holding.insert(version.id, version);
        }
    }
    let name = |version: &ProtocolRow| format!("{} v{}", version.protocol, version.version);
    let activations: Vec<Activation> = visitor
        .sites
        .0
        .iter()
        .map(|site| {
            let here = active
                .get(&site.id)
                .and_then(|one| Some((one, *holding.get(&one.protocol_version)?)));
            match here {
                Some((one, version)) => Activation {
                    site: site.name.clone(),
                    from: display::date(display::day_of(one.active_from, site.zone)),
                    protocol: name(version),
                    state: Tag::new(Tone::Ok, "Active").with_icon(),
                },
                None => Activation {
                    site: site.name.clone(),
                    from: "–".to_owned(),
                    protocol: "–".to_owned(),
                    state: Tag::new(Tone::Plain, "Not adopted"),
                },
            }
        })
        .collect();
    let active = activations.iter().filter(|one| one.state.tone == Tone::Ok).count();
    // A protocol has no page of its own: the list says which site uses which.
    let protocols = holding.values().map(|version| Link::new(name(version), "/rules")).collect();
    Ok(Uses { protocols, activations, active })
}

fn filled(
    visitor: &Visitor,
    row: &RuleSetRow,
    rows: &[RuleSetRow],
    this: &RuleSet,
    all: &[Arc<RuleSet>],
    report: &Report,
    used: Uses,
) -> RulePage {
    let words = Words(all);
    let score = this.score();
    RulePage {
        shell: visitor.shell(format!("{} v{}", this.title, this.version), Some(Section::Rules)),
        kind: if score.is_some() { "Scores".to_owned() } else { "Mappings".to_owned() },
        title: this.title.clone(),
        version: format!("v{}", this.version),
        tags: tags(row, report, used.active),
        line: line(this, &words),
        notice: notice(row),
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
        header: header(this, visitor, row),
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

fn tags(row: &RuleSetRow, report: &Report, active: usize) -> Vec<Tag> {
    let sites = match active {
        0 => Tag::new(Tone::Plain, "Active at no site"),
        1 => Tag::new(Tone::Ok, "Active at 1 site").with_icon(),
        count => Tag::new(Tone::Ok, format!("Active at {count} sites")).with_icon(),
    };
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
    vec![state(&row.state, &row.status), sites, proof]
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

fn header(this: &RuleSet, visitor: &Visitor, row: &RuleSetRow) -> Vec<(String, String)> {
    let zone = visitor.sites.zone(visitor.actor.home);
    let loaded = display::date(display::day_of(row.loaded_at, zone));
    [
        ("Purpose", this.purpose.clone()),
        ("Citation", this.citation.clone()),
        ("Derived from", this.population.clone()),
        ("Author", this.author.clone()),
        ("Change", this.change_note.clone()),
        ("Review", this.review_date.clone()),
        ("State", capitalised(&row.state.replace('_', " "))),
        ("Loaded", format!("{loaded}, with the release that carries it")),
    ]
    .into_iter()
    .filter(|(_, words)| !words.is_empty())
    .map(|(label, words)| (label.to_owned(), words))
    .collect()
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
