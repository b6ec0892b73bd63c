//! Where a signed decision comes from, recomputed while the page is made.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::response::Response;
use chrono_tz::Tz;
use clinical::assessment::Assessment;
use mdt::display;
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{DecisionId, UserId};
use mdt::permission::{Action, CaseView, act};
use rules::Evaluation;
use serde::Deserialize;
use store::audit::{self, Entry, Findings, Provenance};
use store::cases::CaseHead;
use store::decisions::case_of_decision;
use store::meetings::{Place, place_of};
use store::rule_sets::protocol_in_force;
use store::{CaseKey, Reading, StoreError, assessments, cases};

use super::decided::Decided;
use super::facts::{Basis, result_in_words, rules};
use super::verdict::Answer;
use super::{bundle, grouped, key_of_log, may_about_case, shortened, verification};
use crate::error::WebError;
use crate::pages::asked::id;
use crate::pages::rules::protocol_badge;
use crate::pages::{history, page};
use crate::paths;
use crate::present::banner;
use crate::state::App;
use crate::view::provenance::{LogEntry, Offline, ProvenancePage, Viewing};
use crate::view::{FormInput, FormView, Link, Section, Tabs, Tone};
use crate::visitor::Visitor;

/// So many views are shown, the latest, and so many when all are asked for.
const VIEWS: usize = 5;
const ALL_VIEWS: usize = 1000;

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    views: String,
}

/// Everything that the page shows.
struct Read {
    case: CaseKey,
    head: CaseHead,
    place: Option<Place>,
    provenance: Provenance,
    views: Vec<Entry>,
    more_views: bool,
    assessment: Option<Assessment>,
    /// The current assessment: the banner is of today, whatever was decided on.
    today: Option<Assessment>,
    evaluation: Option<Evaluation>,
    /// The evaluation under a newer protocol, with what the protocol is called.
    newer: Option<(String, Evaluation)>,
}

pub(super) async fn show(
    path: paths::AuditDecision,
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let shown = if asked.views == "all" { ALL_VIEWS } else { VIEWS };
    let decision: DecisionId = id(&path.id)?;
    let version: u32 = id(&path.version)?;
    let number = case_of_decision(&app.store, &visitor.actor, decision).await?;
    let mut reading = app.store.read_case::<act::HistoryRead>(&visitor.actor, &number).await?;
    let read = read(&app, &mut reading, (decision, version), shown).await?;
    let event = Event::new(EventKind::DecisionRead)
        .subject_version(SubjectKind::Decision, decision, version)
        .case(read.case.id)
        .patient(read.case.patient)
        .data("page", "provenance")
        .data("named", read.is_named());
    reading.record(event).await?;
    let started = app.real_clock.now();
    let (read, findings) = check(read).await?;
    let spent = (app.real_clock.now() - started).num_milliseconds();
    let names = app.user_names().await?;
    let built = Built {
        app: &app,
        visitor: &visitor,
        read: &read,
        findings: &findings,
        names: &names,
        spent,
    };
    page(&built.page())
}

async fn read(
    app: &App,
    reading: &mut Reading<act::HistoryRead, CaseKey>,
    (decision, version): (DecisionId, u32),
    shown: usize,
) -> Result<Read, WebError> {
    let head = cases::head(reading).await?;
    let provenance = audit::provenance(reading, decision, version).await?;
    // One more than is shown tells whether there are more.
    let limit = i64::try_from(shown + 1).unwrap_or(i64::MAX);
    let mut views = audit::reads_of(reading, limit).await?;
    let more_views = views.len() > shown;
    views.truncate(shown);
    let place = place_of(reading).await?;
    let record = &provenance.evaluation;
    // What cannot be read is named by the check; the tables then do without it.
    let assessment = Assessment::from_canonical(&record.facts.bytes).ok();
    let evaluation = evaluated(app, record.protocol_version, assessment.as_ref()).await?;
    let in_force = protocol_in_force(reading, reading.subject.site).await?;
    let newer = match in_force.filter(|one| one.protocol_version != record.protocol_version) {
        Some(activation) => {
            evaluated(app, activation.protocol_version, assessment.as_ref()).await?
        }
        None => None,
    };
    let newer = newer.map(|evaluation| {
        let protocol = evaluation.compiled().protocol();
        (format!("{} v{}", protocol.id, protocol.version), evaluation)
    });
    // One that cannot be read is named by the check, too.
    let today = match assessments::current(reading).await {
        Err(StoreError::Inconsistent { .. }) => None,
        found => found?.map(|current| current.assessment),
    };
    let case = reading.subject.clone();
    Ok(Read {
        case,
        head,
        place,
        provenance,
        views,
        more_views,
        assessment,
        today,
        evaluation,
        newer,
    })
}

async fn evaluated(
    app: &App,
    protocol: mdt::ids::ProtocolVersionId,
    assessment: Option<&Assessment>,
) -> Result<Option<Evaluation>, WebError> {
    let Some(assessment) = assessment else { return Ok(None) };
    let compiled = match app.store.compiled(protocol).await {
        Ok(compiled) => compiled,
        Err(StoreError::Inconsistent { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    Ok(assessments::evaluate(&compiled, assessment).ok())
}

/// Hashing a long log takes its time, so it is done off the threads that answer.
async fn check(read: Read) -> Result<(Read, Findings), WebError> {
    let work = move || {
        let findings = read.provenance.check();
        (read, findings)
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| WebError::Internal("the check of a decision did not end".to_owned()))
}

impl Read {
    fn is_named(&self) -> bool {
        self.head.view == CaseView::Full
    }
}

struct Built<'a> {
    app: &'a App,
    visitor: &'a Visitor,
    read: &'a Read,
    findings: &'a Findings,
    names: &'a BTreeMap<UserId, String>,
    spent: i64,
}

impl Built<'_> {
    fn zone(&self) -> Tz {
        self.visitor.sites.zone(self.read.case.site)
    }

    fn page(&self) -> ProvenancePage {
        let (read, visitor) = (self.read, self.visitor);
        let provenance = &read.provenance;
        let record = &provenance.evaluation;
        let number = read.case.number.to_string();
        let site = visitor.sites.name(read.case.site);
        let at = display::date_time(self.app.now(), self.zone());
        let answer = Answer {
            provenance,
            findings: self.findings,
            at: format!("{at}, engine {}, {} ms", record.engine, self.spent),
            site: &site,
            zone: self.zone(),
        };
        let title = format!(
            "Provenance of decision {}, version {}",
            provenance.record.ordinal, provenance.record.version
        );
        let (facts, facts_note) = self.facts();
        ProvenancePage {
            shell: visitor.shell(title, Some(Section::Audit)).for_patient(),
            banner: banner::of_case(visitor, &read.case, &read.head, read.today.as_ref()),
            tabs: Tabs::default(),
            case_number: number.clone(),
            other_versions: self.other_versions(),
            verdict: answer.verdict(),
            bundle: self.bundle(),
            verify: self.verify(),
            decided: self.decided(),
            assessment: Link::new(
                format!("Assessment {}", record.assessment_ordinal),
                format!("/cases/{number}/assessments/{}", record.assessment_ordinal),
            ),
            assessment_hash: record.facts.hash.as_ref().map(shortened).unwrap_or_default(),
            facts,
            facts_note,
            protocol: protocol_badge(&record.protocol, record.protocol_number),
            protocol_hash: record.pins.hash.as_ref().map(shortened).unwrap_or_default(),
            rules: rules(record, read.evaluation.as_ref()),
            entries: self.entries(),
            views: read.views.iter().map(|entry| self.viewing(entry)).collect(),
            all_views: read
                .more_views
                .then(|| Link::new("All", format!("{}?views=all", self.address()))),
            offline: self.offline(&number),
            newer: self.newer(&number),
        }
    }

    fn other_versions(&self) -> Vec<Link> {
        let shown = &self.read.provenance.record;
        let others =
            self.read.provenance.versions.iter().filter(|(version, _)| *version != shown.version);
        others
            .map(|(version, at)| {
                let when = display::date(display::day_of(*at, self.zone()));
                let words = if *version > shown.version {
                    format!("Version {version} replaced it on {when}")
                } else {
                    format!("It replaced version {version} of {when}")
                };
                Link::new(words, format!("/audit/decisions/{}/{version}", shown.decision))
            })
            .collect()
    }

    fn bundle(&self) -> Option<Link> {
        let record = &self.read.provenance.record;
        let may = may_about_case(
            self.visitor,
            Action::BundleExport,
            self.read.case.site,
            self.read.place.as_ref(),
        );
        let sealed = self.read.provenance.checkpoint.is_some() || self.app.ledger_key.is_some();
        let address = format!("/audit/decisions/{}/{}/bundle", record.decision, record.version);
        (may && sealed).then(|| Link::new("Download bundle", address))
    }

    /// Of this page.
    fn address(&self) -> String {
        let record = &self.read.provenance.record;
        paths::AuditDecision {
            id: record.decision.to_string(),
            version: record.version.to_string(),
        }
        .to_string()
    }

    fn verify(&self) -> Option<FormView> {
        let case = &self.read.case;
        let site = self.visitor.sites.get(case.site)?;
        let may =
            may_about_case(self.visitor, Action::LedgerVerify, case.site, self.read.place.as_ref());
        may.then(|| {
            FormView::new(
                verification::address_from(site, &self.address()),
                self.visitor.new_command_id(),
                &FormInput::default(),
            )
        })
    }

    fn decided(&self) -> Vec<(String, String)> {
        let decided = Decided {
            provenance: &self.read.provenance,
            evaluation: self.read.evaluation.as_ref(),
            names: self.names,
            zone: self.zone(),
            named: self.read.is_named(),
        };
        decided.lines()
    }

    fn facts(&self) -> (Vec<crate::view::provenance::UsedFact>, String) {
        let (Some(assessment), Some(evaluation)) = (&self.read.assessment, &self.read.evaluation)
        else {
            return (Vec::new(), "The stored facts or rules cannot be read.".to_owned());
        };
        let basis = Basis {
            assessment,
            evaluation,
            names: self.names,
            zone: self.zone(),
            named: self.read.is_named(),
        };
        (basis.facts(), basis.note())
    }

    fn entries(&self) -> Vec<LogEntry> {
        let provenance = &self.read.provenance;
        let signing = provenance.signing().map(|entry| entry.id);
        let mut rows: Vec<LogEntry> = provenance
            .entries
            .iter()
            .map(|entry| LogEntry {
                number: entry.index.map_or_else(|| "waiting for its seal".to_owned(), grouped),
                what: entry.event.as_ref().map_or_else(|| entry.kind.clone(), history::what),
                leaf: entry.leaf.as_ref().map(shortened).unwrap_or_default(),
                current: signing == Some(entry.id),
                tone: match (entry.fits(), entry.index) {
                    (false, _) => Tone::Crit,
                    (true, Some(_)) => Tone::Ok,
                    (true, None) => Tone::Plain,
                },
            })
            .collect();
        if let Some(checkpoint) = &provenance.checkpoint {
            let broken = matches!(self.findings.checkpoint, audit::Outcome::Broken(_));
            let root = checkpoint.root.as_ref().map(shortened).unwrap_or_default();
            rows.push(LogEntry {
                number: grouped(checkpoint.number),
                what: format!("Checkpoint over {} entries", grouped(checkpoint.size)),
                leaf: format!("root {root}"),
                current: false,
                tone: if broken { Tone::Crit } else { Tone::Ok },
            });
        }
        rows
    }

    fn viewing(&self, entry: &Entry) -> Viewing {
        let at = display::date_time_seconds(entry.at, self.zone());
        match &entry.event {
            Some(event) => Viewing {
                who: history::who(event, self.names),
                role: history::role(self.visitor, event),
                at,
                why: history::what(event),
            },
            None => Viewing {
                who: "Cannot be read".to_owned(),
                role: String::new(),
                at,
                why: entry.kind.clone(),
            },
        }
    }

    fn offline(&self, number: &str) -> Offline {
        let provenance = &self.read.provenance;
        let file = bundle::file_name(number, provenance.record.ordinal);
        let key = provenance.key.as_deref().map(|key| key_of_log(key, &provenance.origin));
        let trusted = key.as_deref().map(|key| format!(" --key '{key}'")).unwrap_or_default();
        Offline {
            command: format!("spineboard audit verify {file}{trusted}"),
            key: key.unwrap_or_else(|| "none yet: nothing was sealed".to_owned()),
            size: String::new(),
        }
    }

    /// What the protocol in force now makes of the same facts, when it is another one.
    fn newer(&self, number: &str) -> Option<(String, Link)> {
        let (name, newer) = self.read.newer.as_ref()?;
        let then = self.read.evaluation.as_ref()?;
        let scores = then.results().filter(|result| result.rule_set().score().is_some());
        let changed: Vec<String> = scores
            .filter_map(|result| {
                let now = newer.result(&result.rule_set().id, result.level())?;
                let (before, after) = (result_in_words(&result), result_in_words(&now));
                let level = result.level().map(|level| format!(" at {level}")).unwrap_or_default();
                (before != after)
                    .then(|| format!("{}{level}: {after}", result.rule_set().short_title))
            })
            .collect();
        let gives = if changed.is_empty() {
            "gives the same results on these facts".to_owned()
        } else {
            format!("gives other results on these facts ({})", changed.join("; "))
        };
        let ordinal = self.read.provenance.evaluation.assessment_ordinal;
        Some((
            format!("{name}, active now, {gives}. The record is not changed."),
            Link::new("Evaluation", format!("/cases/{number}/evaluations/{ordinal}")),
        ))
    }
}
