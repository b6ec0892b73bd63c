//! A draft as the fields that would be read as it.

use chrono::NaiveDate;

use crate::decision::content::{ActionRow, Content, DecisionDraft, DissentRow, PlanRow};
use crate::display;

/// The fields of a draft, to fill in a form. What is absent has no field.
pub fn to_fields(draft: &DecisionDraft) -> Vec<(String, String)> {
    let mut out = Writer(Vec::new());
    let content = &draft.content;
    out.put("outcome_kind", content.outcome_kind);
    for (index, row) in content.plan.iter().enumerate() {
        out.plan_row(index, row);
    }
    out.details(content);
    for (rule_set, stated) in &draft.agreements {
        out.put(&format!("agreement.{rule_set}.value"), stated.value);
        out.put(&format!("agreement.{rule_set}.reason"), stated.reason);
        out.put(&format!("agreement.{rule_set}.words"), stated.words.as_ref());
    }
    for (index, row) in content.actions.iter().enumerate() {
        out.action(index, row);
    }
    for (index, row) in content.dissent.iter().enumerate() {
        out.dissent(index, row);
    }
    out.put("patient_preference", content.patient_preference.as_ref());
    out.put("quorum_note", content.quorum_note.as_ref());
    out.put("facts_accepted", draft.facts_accepted.as_ref());
    out.0
}

struct Writer(Vec<(String, String)>);

impl Writer {
    fn put(&mut self, name: &str, value: Option<impl ToString>) {
        self.0.extend(value.map(|value| (name.to_owned(), value.to_string())));
    }

    fn date(&mut self, name: &str, date: Option<NaiveDate>) {
        self.put(name, date.map(display::date));
    }

    fn plan_row(&mut self, index: usize, row: &PlanRow) {
        let at = |name: &str| format!("plan.{index}.{name}");
        self.put(&at("modality"), row.modality);
        self.put(&at("intent"), row.intent);
        for goal in &row.goals {
            self.put(&at("goals"), Some(goal));
        }
        for level in &row.levels {
            self.put(&at("levels"), Some(level));
        }
        self.put(&at("sequence"), row.sequence.map(|sequence| sequence.relation));
        self.put(&at("sequence_row"), row.sequence.map(|sequence| sequence.row));
        self.put(&at("dose"), row.dose.as_ref());
        self.put(&at("priority"), row.priority);
        self.put(&at("responsible"), row.responsible);
        self.date(&at("target_date"), row.target_date);
        self.put(&at("site"), row.site);
        self.put(&at("note"), row.note.as_ref());
    }

    fn details(&mut self, content: &Content) {
        if let Some(details) = &content.investigation {
            self.put("investigation.test", details.test.as_ref());
            self.put("investigation.owner", details.owner);
            self.date("investigation.due", details.due);
            self.date("investigation.relist", details.relist);
        }
        if let Some(details) = &content.deferral {
            self.put("deferral.reason", details.reason);
            self.put("deferral.words", details.words.as_ref());
            self.put("deferral.owner", details.owner);
            self.date("deferral.next_date", details.next_date);
        }
        if let Some(details) = &content.watch {
            self.put("watch.interval_weeks", details.interval_weeks);
            self.put("watch.triggers", details.triggers.as_ref());
        }
        self.put("supportive.owner", content.supportive_owner);
        if let Some(details) = &content.refer_on {
            self.put("refer_on.receiver", details.receiver.as_ref());
            self.put("refer_on.accepted", details.accepted);
        }
        self.put("confirms.decision", content.confirms);
        if let Some(details) = &content.standard_of_care {
            self.put("soc.document", details.document.as_ref());
            self.put("soc.version", details.version.as_ref());
        }
        self.put("no_recommendation.reason", content.no_recommendation);
        self.put("struck_off.reason", content.struck_off);
    }

    fn action(&mut self, index: usize, row: &ActionRow) {
        let at = |name: &str| format!("action.{index}.{name}");
        self.put(&at("text"), row.text.as_ref());
        self.put(&at("owner"), row.owner);
        self.date(&at("due"), row.due);
    }

    fn dissent(&mut self, index: usize, row: &DissentRow) {
        let at = |name: &str| format!("dissent.{index}.{name}");
        self.put(&at("person"), row.person);
        self.put(&at("position"), row.position);
        self.put(&at("alternative"), row.alternative.as_ref());
        self.put(&at("reason"), row.reason.as_ref());
    }
}
