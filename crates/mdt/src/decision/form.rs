//! A decision as the fields of a form, both ways. The names of the fields are a contract with the page:
//!
//! `outcome_kind` · `plan.N.modality` `.intent` `.goals` (repeats) `.levels` (repeats, or `T10-L2, L4`)
//! `.sequence` `.sequence_row` `.dose` `.priority` `.responsible` `.target_date` `.site` `.note` ·
//! `agreement.<rule set>.value` `.reason` `.words` · `investigation.test` `.owner` `.due` `.relist` ·
//! `deferral.reason` `.words` `.owner` `.next_date` · `watch.interval_weeks` `.triggers` ·
//! `supportive.owner` · `refer_on.receiver` `.accepted` · `confirms.decision` · `soc.document` `.version` ·
//! `no_recommendation.reason` · `struck_off.reason` · `action.N.text` `.owner` `.due` ·
//! `dissent.N.person` `.position` `.alternative` `.reason` · `patient_preference` · `quorum_note` ·
//! `facts_accepted`.
//!
//! `N` counts from 0; gaps and blank rows are closed up. Other fields are left to whoever reads them.

mod fields;
mod write;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use self::fields::Fields;
use super::agreement::StatedAgreement;
use super::check::Problem;
use super::content::{
    ActionRow, Content, DecisionDraft, Deferral, DissentRow, Investigation, PlanRow, ReferOn,
    Sequence, StandardOfCare, Watch,
};

pub use self::write::to_fields;

/// The families of numbered rows.
const FAMILIES: [&str; 3] = ["plan", "action", "dissent"];

/// A form as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedForm {
    /// What could be read.
    pub draft: DecisionDraft,
    /// What could not, by field: such a value is in `fields`, not in `draft`.
    pub problems: Vec<Problem>,
    /// The fields of the decision as typed, blank rows left out and rows numbered anew, so that they
    /// agree with the names in `problems` and in those of [`super::check`].
    pub fields: Vec<(String, String)>,
}

/// Reads the fields of a form. Missing fields are no problem here: that is for [`super::check`].
pub fn parse(posted: &[(String, String)], today: NaiveDate) -> ParsedForm {
    let mut fields = Fields::new(posted, today);
    let draft = DecisionDraft {
        content: content(&mut fields),
        agreements: agreements(&mut fields),
        facts_accepted: fields.text("facts_accepted"),
    };
    let (problems, fields) = fields.into_parts();
    ParsedForm { draft, problems, fields }
}

fn content(fields: &mut Fields) -> Content {
    Content {
        outcome_kind: fields.coded("outcome_kind"),
        plan: rows(fields, "plan", plan_row),
        investigation: given(Investigation {
            test: fields.text("investigation.test"),
            owner: fields.id("investigation.owner"),
            due: fields.date("investigation.due"),
            relist: fields.date("investigation.relist"),
        }),
        deferral: given(Deferral {
            reason: fields.coded("deferral.reason"),
            words: fields.text("deferral.words"),
            owner: fields.id("deferral.owner"),
            next_date: fields.date("deferral.next_date"),
        }),
        watch: given(Watch {
            interval_weeks: fields.number("watch.interval_weeks"),
            triggers: fields.text("watch.triggers"),
        }),
        supportive_owner: fields.id("supportive.owner"),
        refer_on: given(ReferOn {
            receiver: fields.text("refer_on.receiver"),
            accepted: fields.coded("refer_on.accepted"),
        }),
        confirms: fields.id("confirms.decision"),
        standard_of_care: given(StandardOfCare {
            document: fields.text("soc.document"),
            version: fields.text("soc.version"),
        }),
        no_recommendation: fields.coded("no_recommendation.reason"),
        struck_off: fields.coded("struck_off.reason"),
        actions: rows(fields, "action", |fields, at| ActionRow {
            text: fields.text(&at("text")),
            owner: fields.id(&at("owner")),
            due: fields.date(&at("due")),
        }),
        dissent: rows(fields, "dissent", |fields, at| DissentRow {
            person: fields.id(&at("person")),
            position: fields.coded(&at("position")),
            alternative: fields.text(&at("alternative")),
            reason: fields.text(&at("reason")),
        }),
        patient_preference: fields.text("patient_preference"),
        quorum_note: fields.text("quorum_note"),
    }
}

fn plan_row(fields: &mut Fields, at: &dyn Fn(&str) -> String) -> PlanRow {
    PlanRow {
        modality: fields.coded(&at("modality")),
        intent: fields.coded(&at("intent")),
        goals: fields.coded_set(&at("goals")),
        levels: fields.levels(&at("levels")),
        sequence: sequence(fields, at),
        dose: fields.text(&at("dose")),
        priority: fields.coded(&at("priority")),
        responsible: fields.id(&at("responsible")),
        target_date: fields.date(&at("target_date")),
        site: fields.id(&at("site")),
        note: fields.text(&at("note")),
    }
}

fn sequence(fields: &mut Fields, at: &dyn Fn(&str) -> String) -> Option<Sequence> {
    let relation = fields.coded(&at("sequence"));
    let row = fields.number(&at("sequence_row"));
    match (relation, row) {
        (Some(relation), Some(row)) => Some(Sequence { relation, row }),
        (None, Some(_)) if !fields.has_problem(&at("sequence")) => {
            fields.problem(at("sequence"), "Choose before, after or together with");
            None
        }
        (Some(_), None) if !fields.has_problem(&at("sequence_row")) => {
            fields.problem(at("sequence_row"), "Choose the number of the other row");
            None
        }
        _ => None,
    }
}

fn agreements(fields: &mut Fields) -> BTreeMap<String, StatedAgreement> {
    let mut agreements = BTreeMap::new();
    for rule_set in fields.agreement_rule_sets() {
        let at = |name: &str| format!("agreement.{rule_set}.{name}");
        let stated = StatedAgreement {
            value: fields.coded(&at("value")),
            reason: fields.coded(&at("reason")),
            words: fields.text(&at("words")),
        };
        if !stated.is_empty() {
            agreements.insert(rule_set, stated);
        }
    }
    agreements
}

fn rows<T>(
    fields: &mut Fields,
    family: &str,
    read: impl Fn(&mut Fields, &dyn Fn(&str) -> String) -> T,
) -> Vec<T> {
    (0..fields.rows_of(family))
        .map(|index| read(fields, &|name| format!("{family}.{index}.{name}")))
        .collect()
}

fn given<T: Default + PartialEq>(details: T) -> Option<T> {
    (details != T::default()).then_some(details)
}

#[cfg(test)]
mod tests;
