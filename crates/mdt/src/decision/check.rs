//! Whether a decision is complete: what each outcome needs, and what contradicts it. The fields are named
//! as in the form, so that a message stands beside the field it is about.

use chrono::NaiveDate;

use super::agreement::{Advice, Agreement, DepartReason, StatedAgreement, WORDS_OF_OTHER_MIN};
use super::codes::{DeferralReason, OutcomeKind};
use super::content::{Content, DecisionDraft, PlanRow};
use super::modality::ModalityGroup;
use crate::coded::Coded;
use crate::display;

/// The longest text of a decision, in characters.
pub(super) const TEXT_MAX: usize = 2000;
/// Re-assessment under "watch" is at least weekly and at most yearly.
const WATCH_WEEKS: std::ops::RangeInclusive<u32> = 1..=52;

/// Something that keeps a decision from being read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as the form names it: `plan.0.intent`.
    pub field: String,
    /// What is wrong and what to do, for the person who fills in the form.
    pub message: String,
}

/// What a check depends on besides the decision itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckContext<'a> {
    /// The day of the discussion: nothing can be planned before it. `None` when a signed document is
    /// checked again.
    pub earliest: Option<NaiveDate>,
    /// The scores of the evaluation that advise.
    pub advising: &'a [Advice],
    /// The number of the current assessment, when it is no longer the one that the draft was recorded on.
    pub facts_changed_to: Option<u32>,
}

/// Everything that is missing or contradictory, in the order of the form; empty when the decision can be
/// read back.
pub fn check(draft: &DecisionDraft, context: &CheckContext<'_>) -> Vec<Problem> {
    let mut checker = Checker { earliest: context.earliest, problems: Vec::new() };
    checker.outcome(&draft.content);
    checker.agreements(draft, context.advising);
    checker.people_and_notes(&draft.content);
    if context.facts_changed_to.is_some() && draft.facts_accepted.is_none() {
        checker
            .add("facts_accepted", "Facts changed since this was drafted: say why it still holds");
    }
    checker.text("facts_accepted", draft.facts_accepted.as_ref());
    checker.problems
}

struct Checker {
    earliest: Option<NaiveDate>,
    problems: Vec<Problem>,
}

impl Checker {
    fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { field: field.into(), message: message.into() });
    }

    fn need<T>(&mut self, field: impl Into<String>, value: Option<&T>, message: &str) {
        if value.is_none() {
            self.add(field, message);
        }
    }

    fn text(&mut self, field: impl Into<String>, text: Option<&String>) {
        if text.is_some_and(|text| text.chars().count() > TEXT_MAX) {
            self.add(field, format!("Keep this under {TEXT_MAX} characters"));
        }
    }

    fn need_text(&mut self, field: &str, text: Option<&String>, message: &str) {
        self.need(field, text, message);
        self.text(field, text);
    }

    fn need_date(&mut self, field: &str, date: Option<NaiveDate>, message: &str) {
        self.need(field, date.as_ref(), message);
        if let (Some(date), Some(earliest)) = (date, self.earliest)
            && date < earliest
        {
            let day = display::date(earliest);
            self.add(field, format!("This date is before the discussion on {day}"));
        }
    }

    fn outcome(&mut self, content: &Content) {
        let Some(kind) = content.outcome_kind else {
            self.add("outcome_kind", "Choose the outcome of the discussion");
            return;
        };
        self.foreign_details(kind, content);
        self.plan(kind, &content.plan);
        match kind {
            OutcomeKind::TreatmentPlan => {}
            OutcomeKind::FurtherInvestigation => self.investigation(content),
            OutcomeKind::Defer => self.deferral(content),
            OutcomeKind::Watch => self.watch(content),
            OutcomeKind::SupportiveCare => self.need(
                "supportive.owner",
                content.supportive_owner.as_ref(),
                "Choose who is responsible for the supportive care",
            ),
            OutcomeKind::ReferOn => self.refer_on(content),
            OutcomeKind::NoChange | OutcomeKind::Ratify => self.need(
                "confirms.decision",
                content.confirms.as_ref(),
                "Choose the earlier decision that this confirms",
            ),
            OutcomeKind::SocApplied => self.standard_of_care(content),
            OutcomeKind::NoRecommendation => self.need(
                "no_recommendation.reason",
                content.no_recommendation.as_ref(),
                "Choose why no recommendation was possible",
            ),
            OutcomeKind::StruckOff => self.need(
                "struck_off.reason",
                content.struck_off.as_ref(),
                "Choose why the case is struck off",
            ),
        }
    }

    /// What was typed for another outcome is never dropped in silence.
    fn foreign_details(&mut self, kind: OutcomeKind, content: &Content) {
        let details = [
            (
                "investigation.test",
                content.investigation.is_some(),
                kind == OutcomeKind::FurtherInvestigation,
            ),
            ("deferral.reason", content.deferral.is_some(), kind == OutcomeKind::Defer),
            ("watch.interval_weeks", content.watch.is_some(), kind == OutcomeKind::Watch),
            (
                "supportive.owner",
                content.supportive_owner.is_some(),
                kind == OutcomeKind::SupportiveCare,
            ),
            ("refer_on.receiver", content.refer_on.is_some(), kind == OutcomeKind::ReferOn),
            ("confirms.decision", content.confirms.is_some(), kind.confirms_earlier()),
            ("soc.document", content.standard_of_care.is_some(), kind == OutcomeKind::SocApplied),
            (
                "no_recommendation.reason",
                content.no_recommendation.is_some(),
                kind == OutcomeKind::NoRecommendation,
            ),
            ("struck_off.reason", content.struck_off.is_some(), kind == OutcomeKind::StruckOff),
        ];
        for (field, given, wanted) in details {
            if given && !wanted {
                self.add(
                    field,
                    format!(
                        "This does not belong to “{}”: clear it, or choose the other outcome",
                        kind.label()
                    ),
                );
            }
        }
    }

    fn plan(&mut self, kind: OutcomeKind, rows: &[PlanRow]) {
        if kind == OutcomeKind::TreatmentPlan && rows.is_empty() {
            self.add("plan.0.modality", "A treatment plan needs at least one treatment");
        }
        for (index, row) in rows.iter().enumerate() {
            self.plan_row(index, row, rows.len());
            let fits = match kind {
                OutcomeKind::TreatmentPlan => true,
                OutcomeKind::Watch | OutcomeKind::SupportiveCare => {
                    row.modality.is_none_or(|modality| !modality.is_local())
                }
                OutcomeKind::FurtherInvestigation => row.modality.is_none_or(|modality| {
                    matches!(
                        modality.group(),
                        ModalityGroup::Diagnostic | ModalityGroup::Supportive
                    )
                }),
                _ => false,
            };
            if !fits {
                self.add(
                    format!("plan.{index}.modality"),
                    format!("This treatment does not go with “{}”: remove it, or choose another outcome", kind.label()),
                );
            }
        }
    }

    fn plan_row(&mut self, index: usize, row: &PlanRow, rows: usize) {
        let field = |name: &str| format!("plan.{index}.{name}");
        self.need(field("modality"), row.modality.as_ref(), "Choose the treatment");
        self.need(field("intent"), row.intent.as_ref(), "Choose the intent");
        let local = row.modality.is_some_and(super::Modality::is_local);
        if local && row.levels.is_empty() {
            self.add(field("levels"), "Say which levels are treated");
        }
        if let Some(sequence) = row.sequence {
            let row_number = index + 1;
            let other = usize::try_from(sequence.row).unwrap_or(usize::MAX);
            if other == 0 || other > rows || other == row_number {
                self.add(field("sequence_row"), "Choose the number of another row of this plan");
            }
        }
        self.need(
            field("responsible"),
            row.responsible.as_ref(),
            "Choose the responsible clinician",
        );
        self.need_date(&field("target_date"), row.target_date, "Say by when");
        self.text(field("dose"), row.dose.as_ref());
        self.text(field("note"), row.note.as_ref());
    }

    fn investigation(&mut self, content: &Content) {
        let details = content.investigation.clone().unwrap_or_default();
        self.need_text(
            "investigation.test",
            details.test.as_ref(),
            "Name the test on which the plan depends",
        );
        self.need("investigation.owner", details.owner.as_ref(), "Choose who sees to the test");
        self.need_date("investigation.due", details.due, "Say by when the test is done");
        self.need_date("investigation.relist", details.relist, "Say when the case is listed again");
        if let (Some(due), Some(relist)) = (details.due, details.relist)
            && relist < due
        {
            self.add("investigation.relist", "The case is listed again before the test is due");
        }
    }

    fn deferral(&mut self, content: &Content) {
        let details = content.deferral.clone().unwrap_or_default();
        self.need("deferral.reason", details.reason.as_ref(), "Choose why the case is deferred");
        if details.reason == Some(DeferralReason::Other) {
            self.need("deferral.words", details.words.as_ref(), "Say in words why it is deferred");
        }
        self.text("deferral.words", details.words.as_ref());
        self.need("deferral.owner", details.owner.as_ref(), "Choose who gets what is lacking");
        self.need_date("deferral.next_date", details.next_date, "Say when the case comes back");
    }

    fn watch(&mut self, content: &Content) {
        let details = content.watch.clone().unwrap_or_default();
        let field = "watch.interval_weeks";
        self.need(field, details.interval_weeks.as_ref(), "Say after how many weeks to re-assess");
        if details.interval_weeks.is_some_and(|weeks| !WATCH_WEEKS.contains(&weeks)) {
            let (least, most) = (WATCH_WEEKS.start(), WATCH_WEEKS.end());
            self.add(field, format!("Between {least} and {most} weeks"));
        }
        self.need_text(
            "watch.triggers",
            details.triggers.as_ref(),
            "Say what brings the case back before that",
        );
    }

    fn refer_on(&mut self, content: &Content) {
        let details = content.refer_on.clone().unwrap_or_default();
        self.need_text("refer_on.receiver", details.receiver.as_ref(), "Say who takes over");
        self.need(
            "refer_on.accepted",
            details.accepted.as_ref(),
            "Say whether the receiver has accepted",
        );
    }

    fn standard_of_care(&mut self, content: &Content) {
        let details = content.standard_of_care.clone().unwrap_or_default();
        self.need_text("soc.document", details.document.as_ref(), "Name the document");
        self.need_text("soc.version", details.version.as_ref(), "Name its version");
    }

    fn agreements(&mut self, draft: &DecisionDraft, advising: &[Advice]) {
        let comparable = draft.content.outcome_kind.is_none_or(OutcomeKind::is_comparable);
        for advice in advising {
            let stated = draft.agreements.get(&advice.rule_set).cloned().unwrap_or_default();
            if comparable {
                self.agreement(advice, &stated);
            } else if stated.value.is_some_and(|value| value != Agreement::NotCompared) {
                self.add(
                    format!("agreement.{}.value", advice.rule_set),
                    "This outcome cannot be compared with a score: choose “not compared”",
                );
            }
        }
        for rule_set in draft.agreements.keys() {
            if !advising.iter().any(|advice| advice.rule_set == *rule_set) {
                self.add(
                    format!("agreement.{rule_set}.value"),
                    "This score does not advise on the present facts: clear it",
                );
            }
        }
    }

    fn agreement(&mut self, advice: &Advice, stated: &StatedAgreement) {
        let field = |name: &str| format!("agreement.{}.{name}", advice.rule_set);
        let open = advice.bands.len() != 1;
        match stated.value {
            None => self.add(field("value"), "Say whether the decision follows this score"),
            Some(Agreement::Undetermined) if !open => {
                self.add(field("value"), "The band is certain: follows, partly or departs");
            }
            Some(Agreement::NoRecommendationGiven) if advice.strategy.is_some() => {
                self.add(field("value"), "This band prints a strategy: follows, partly or departs");
            }
            Some(Agreement::NotCompared) => self.add(
                field("value"),
                "This outcome can be compared with the score: follows, partly or departs",
            ),
            Some(value) if value.needs_reason() => self.depart_reason(&field, stated),
            Some(_) => {}
        }
        self.text(field("words"), stated.words.as_ref());
    }

    fn depart_reason(&mut self, field: &dyn Fn(&str) -> String, stated: &StatedAgreement) {
        self.need(field("reason"), stated.reason.as_ref(), "Choose the reason for departing");
        let length = stated.words.as_ref().map_or(0, |words| words.chars().count());
        if length == 0 {
            let message = match stated.reason {
                Some(DepartReason::LocalProtocol) => "Name the local document and its version",
                _ => "Say in words why the decision departs",
            };
            self.add(field("words"), message);
        } else if stated.reason == Some(DepartReason::Other) && length < WORDS_OF_OTHER_MIN {
            self.add(
                field("words"),
                format!("Say a little more: at least {WORDS_OF_OTHER_MIN} characters"),
            );
        }
    }

    fn people_and_notes(&mut self, content: &Content) {
        for (index, action) in content.actions.iter().enumerate() {
            let field = |name: &str| format!("action.{index}.{name}");
            self.need_text(&field("text"), action.text.as_ref(), "Say what is to be done");
            self.need(field("owner"), action.owner.as_ref(), "Choose who does it");
            self.need_date(&field("due"), action.due, "Say by when");
        }
        for (index, dissent) in content.dissent.iter().enumerate() {
            let field = |name: &str| format!("dissent.{index}.{name}");
            self.need(field("person"), dissent.person.as_ref(), "Choose who dissents");
            self.need(field("position"), dissent.position.as_ref(), "Choose how they stand");
            self.need_text(
                &field("reason"),
                dissent.reason.as_ref(),
                "Give the reason in their words",
            );
            let alternative = dissent.alternative.as_ref();
            if dissent.position == Some(super::DissentPosition::PrefersAlternative) {
                self.need(field("alternative"), alternative, "Say which alternative they prefer");
            }
            self.text(field("alternative"), alternative);
        }
        self.text("patient_preference", content.patient_preference.as_ref());
        self.text("quorum_note", content.quorum_note.as_ref());
    }
}

#[cfg(test)]
mod tests;
