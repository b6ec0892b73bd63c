//! A decision document as lines that a person reads: for the signed page and for what a version changed.

use std::collections::BTreeMap;

use mdt::coded::Coded;
use mdt::decision::{Content, DecisionDocument, PlanRow};
use mdt::display;
use mdt::ids::{SiteId, UserId};
use mdt::level;

use crate::view::decision::PlanLine;

/// The names behind the ids of a document, and whether free text may be shown.
pub(super) struct Naming<'a> {
    pub(super) people: &'a BTreeMap<UserId, String>,
    pub(super) sites: &'a dyn Fn(SiteId) -> String,
    pub(super) free_text: bool,
}

impl Naming<'_> {
    fn person(&self, user: Option<UserId>) -> String {
        user.and_then(|user| self.people.get(&user).cloned()).unwrap_or_else(|| "–".to_owned())
    }

    /// Free text, or that it is not shown.
    fn text(&self, text: &str) -> String {
        if self.free_text { text.to_owned() } else { "not shown to you".to_owned() }
    }

    /// The steps of the plan.
    pub(super) fn plan(&self, content: &Content) -> Vec<PlanLine> {
        content.plan.iter().map(|row| self.step(row)).collect()
    }

    fn step(&self, row: &PlanRow) -> PlanLine {
        let goals: Vec<&str> = row.goals.iter().map(|goal| goal.label()).collect();
        let intent = row.intent.map_or("", Coded::label);
        let when = row.target_date.map(|date| format!("by {}", display::date(date)));
        let priority = row.priority.map(|priority| priority.label().to_owned());
        let levels = (!row.levels.is_empty()).then(|| level::in_words(&row.levels));
        let sequence = row
            .sequence
            .map(|one| format!("{} step {}", one.relation.label().to_lowercase(), one.row));
        let dose = row.dose.as_deref().map(|dose| self.text(dose));
        let note = row.note.as_deref().map(|note| self.text(note));
        let site = row.site.map(|site| format!("at {}", (self.sites)(site)));
        let person = Some(self.person(row.responsible));
        let detail = [levels, dose, sequence, site, person, note];
        let goals = (!goals.is_empty()).then(|| goals.join(", ").to_lowercase());
        PlanLine {
            modality: row.modality.map_or("Treatment", Coded::label).to_owned(),
            intent: join([Some(intent.to_owned()), goals], "; "),
            priority: join([priority, when], ", "),
            detail: join(detail, ". "),
        }
    }

    /// Outcome, what it needs, wishes, dissent: label and words.
    pub(super) fn record(&self, document: &DecisionDocument) -> Vec<(String, String)> {
        let content = &document.content;
        let mut record = vec![pair("Outcome", content.outcome_kind.map_or("–", Coded::label))];
        record.extend(self.needs(content));
        if let Some(wish) = &content.patient_preference {
            record.push(pair("Patient’s wish", &self.text(wish)));
        }
        for row in &content.dissent {
            let position = row.position.map_or("", Coded::label).to_lowercase();
            let words = row.alternative.iter().chain(&row.reason).map(|text| self.text(text));
            let words = words.collect::<Vec<_>>().join("; ");
            record.push(pair(
                "Dissent",
                &format!("{}, {position}: {words}", self.person(row.person)),
            ));
        }
        if let Some(note) = &content.quorum_note {
            record.push(pair("Who was present", &self.text(note)));
        }
        if let Some(accepted) = &document.facts_accepted {
            let words = format!(
                "Drafted before assessment {}; it still holds: {}",
                accepted.assessment_ordinal,
                self.text(&accepted.reason)
            );
            record.push(pair("Facts changed", &words));
        }
        record
    }

    fn needs(&self, content: &Content) -> Vec<(String, String)> {
        let date = |date: Option<chrono::NaiveDate>| date.map(display::date).unwrap_or_default();
        let mut needs = Vec::new();
        if let Some(one) = &content.investigation {
            let test = self.text(one.test.as_deref().unwrap_or_default());
            let (due, relist) = (date(one.due), date(one.relist));
            let owner = self.person(one.owner);
            needs.push(pair("Test", &format!("{test}; {owner} by {due}, listed again {relist}")));
        }
        if let Some(one) = &content.deferral {
            let reason = one.reason.map_or("", Coded::label).to_owned();
            let words = one.words.as_deref().map(|words| self.text(words));
            let (owner, next) = (self.person(one.owner), date(one.next_date));
            let why = join([Some(reason), words], ": ");
            needs.push(pair("Deferred because", &format!("{why}; {owner}, back on {next}")));
        }
        if let Some(one) = &content.watch {
            let weeks = one.interval_weeks.unwrap_or_default();
            let triggers = self.text(one.triggers.as_deref().unwrap_or_default());
            needs.push(pair("Re-assess", &format!("after {weeks} weeks, earlier if: {triggers}")));
        }
        if content.supportive_owner.is_some() {
            needs.push(pair("Led by", &self.person(content.supportive_owner)));
        }
        if let Some(one) = &content.refer_on {
            let receiver = self.text(one.receiver.as_deref().unwrap_or_default());
            let answer = one.accepted.map_or("", Coded::label).to_lowercase();
            needs.push(pair("Referred to", &format!("{receiver}; {answer}")));
        }
        if let Some(one) = &content.standard_of_care {
            let document = self.text(one.document.as_deref().unwrap_or_default());
            let version = one.version.clone().unwrap_or_default();
            needs.push(pair("Standard", &format!("{document}, version {version}")));
        }
        let because = content
            .no_recommendation
            .map(Coded::label)
            .or_else(|| content.struck_off.map(Coded::label));
        needs.extend(because.map(|reason| pair("Reason", reason)));
        needs
    }

    /// What a version says, a line each: what changed is found by comparing them.
    fn lines(&self, document: &DecisionDocument) -> Vec<String> {
        let plan = self.plan(&document.content).into_iter().enumerate().map(|(index, step)| {
            let parts = [step.modality, step.intent, step.priority, step.detail];
            format!("Step {}: {}", index + 1, join(parts.map(Some), ", "))
        });
        let record = self.record(document).into_iter();
        let actions = document.content.actions.iter().map(|action| {
            let text = self.text(action.text.as_deref().unwrap_or_default());
            let due = action.due.map(display::date).unwrap_or_default();
            format!("Action: {text}, {}, {due}", self.person(action.owner))
        });
        let agreements = document.agreements.iter().map(|row| {
            let reason = row.reason.map(|reason| reason.label().to_owned());
            let words = row.words.as_deref().map(|words| self.text(words));
            let stated = Some(row.agreement.label().to_owned());
            format!("{}: {}", row.advice.rule_set, join([stated, reason, words], ", "))
        });
        plan.chain(record.map(|(label, words)| format!("{label}: {words}")))
            .chain(actions)
            .chain(agreements)
            .collect()
    }

    /// What a version changed in the one before: lines that went beside lines that came.
    pub(super) fn changes(
        &self,
        before: &DecisionDocument,
        after: &DecisionDocument,
    ) -> Vec<(Option<String>, Option<String>)> {
        let (old, new) = (self.lines(before), self.lines(after));
        let mut gone = old.iter().filter(|line| !new.contains(line)).cloned();
        let mut come = new.iter().filter(|line| !old.contains(line)).cloned();
        std::iter::from_fn(|| match (gone.next(), come.next()) {
            (None, None) => None,
            pair => Some(pair),
        })
        .collect()
    }
}

fn pair(label: &str, words: &str) -> (String, String) {
    (label.to_owned(), words.to_owned())
}

/// The parts that say something, joined.
fn join<const N: usize>(parts: [Option<String>; N], by: &str) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(by)
}
