//! The page on which a decision is recorded, in its stages before it is signed.

use chrono::DateTime;
use chrono::Utc;
use mdt::coded::Coded;
use mdt::decision::form::{self as decision_form, ParsedForm};
use mdt::decision::{DecisionState, check, unmarked_in_words, unmarked_levels};
use mdt::display;
use mdt::form_draft::FormKind;
use mdt::ids::EvaluationId;
use mdt::meeting::ItemState;
use mdt::permission::Action;
use mdt::role::Duty;
use rules::canonical::Hash;
use store::assessments::StoredAssessment;
use store::decisions::read::Deed;

use super::earlier::Earlier;
use super::lists::{agreements, depart_reasons, lists};
use super::loaded::{self, Loaded};
use super::standing;
use crate::draft;
use crate::error::WebError;
use crate::pages::case::advice;
use crate::state::App;
use crate::view::decision::{
    AgreementRow, DecisionFields, DecisionFormPage, FactsChanged, Rows, SignForm, Stage,
};
use crate::view::form::id_of;
use crate::view::{ErrorSummary, FieldView, FormInput, FormView, Link};
use crate::visitor::Visitor;

/// What the form shows besides what is stored.
pub(super) struct Shown {
    /// The fields.
    pub(super) input: FormInput,
    /// The version of the draft that they are based on.
    pub(super) base: Option<String>,
    /// `Draft saved …`, `Draft of … restored`.
    pub(super) note: Option<String>,
    /// The problem of the last attempt to sign.
    pub(super) signing: FormInput,
    /// The evaluation that the agreements among the fields were stated against.
    pub(super) evaluation: Option<EvaluationId>,
    /// The form, although the draft was read back: somebody asked for it, or has text that is not sent.
    pub(super) change: bool,
}

impl Shown {
    /// What the visitor typed and has not sent, else the stored draft.
    pub(super) async fn restored(
        app: &App,
        visitor: &Visitor,
        loaded: &Loaded,
    ) -> Result<Self, WebError> {
        let object = loaded.case.number.to_string();
        let restored = draft::restore(app, visitor, FormKind::Decision, &object).await?;
        if let Some(restored) = restored.filter(|_| loaded.may_record(visitor)) {
            return Ok(Self {
                base: restored.base,
                note: Some(restored.note),
                signing: FormInput::default(),
                evaluation: restored.form.number("evaluation"),
                change: true,
                input: with_rows(restored.form.input()),
            });
        }
        Ok(Self::stored(loaded))
    }

    /// The stored draft; empty where there is none.
    pub(super) fn stored(loaded: &Loaded) -> Self {
        let draft = loaded.draft();
        Self {
            input: FormInput::from_pairs(
                draft.map(|draft| draft.fields.clone()).unwrap_or_default(),
            ),
            base: draft.map(|draft| draft.row_version.to_string()),
            note: None,
            signing: FormInput::default(),
            evaluation: draft.map(|draft| draft.evaluation),
            change: false,
        }
    }

    /// Whether the page has the form: what was read back is shown as it will be signed.
    fn editable(&self, visitor: &Visitor, loaded: &Loaded) -> bool {
        let drafted = loaded.draft().is_none_or(|draft| draft.state == DecisionState::Draft);
        (drafted || self.change) && loaded.may_record(visitor)
    }
}

/// A row that a button without script added or took away.
fn with_rows(mut input: FormInput) -> FormInput {
    let Some(then) = input.values.remove("then").and_then(|all| all.into_iter().next()) else {
        return input;
    };
    let rows = Rows::of(&input);
    let added = match then.as_str() {
        "add-plan" => Some(format!("plan.{}.modality", rows.plan)),
        "add-action" => Some(format!("action.{}.text", rows.actions)),
        "add-dissent" => Some(format!("dissent.{}.person", rows.dissents)),
        _ => None,
    };
    if let Some(field) = added {
        input.values.insert(field, vec![String::new()]);
    }
    if let Some(row) = then.strip_prefix("remove-plan-").and_then(|row| row.parse::<usize>().ok()) {
        remove_step(&mut input, row);
    }
    input
}

/// Takes a step away; those after it move up.
fn remove_step(input: &mut FormInput, gone: usize) {
    let values = std::mem::take(&mut input.values);
    for (name, value) in values {
        let place = name.strip_prefix("plan.").and_then(|rest| {
            let (row, part) = rest.split_once('.')?;
            Some((row.parse::<usize>().ok()?, part.to_owned()))
        });
        match place {
            Some((row, _)) if row == gone => {}
            Some((row, part)) if row > gone => {
                input.values.insert(format!("plan.{}.{part}", row - 1), value);
            }
            _ => {
                input.values.insert(name, value);
            }
        }
    }
}

/// The page.
pub(super) async fn filled(
    app: &App,
    visitor: &Visitor,
    loaded: &Loaded,
    mut shown: Shown,
) -> Result<DecisionFormPage, WebError> {
    let lists = lists(app, visitor, loaded).await?;
    let number = loaded.case.number.to_string();
    let href = loaded.href();
    let editable = shown.editable(visitor, loaded);
    let earlier = Earlier::of(app, visitor, loaded, &mut shown).await?;
    let input = &shown.input;
    let form = FormView::new(format!("{href}/decision"), visitor.new_command_id(), input)
        .drafted(draft::address(FormKind::Decision, &number), shown.note);
    let form = match shown.base {
        Some(base) => form.based_on(base),
        None => form,
    };
    let state = state_in_words(loaded);
    let title = format!("Decision, {state}");
    let mut shell = loaded::shell(visitor, title);
    shell.problem = !input.problems.is_empty() || !shown.signing.problems.is_empty();
    let fields = DecisionFields::new(&lists, Rows::of(input), input);
    let agreements = agreement_rows(loaded, input, &earlier);
    let form = FormView {
        summary: if shown.signing.problems.is_empty() {
            let stated = agreements.iter().flat_map(AgreementRow::labels);
            form.summary.named(fields.labels().into_iter().chain(stated))
        } else {
            ErrorSummary::of(&shown.signing)
        },
        ..form
    };
    Ok(DecisionFormPage {
        shell,
        banner: loaded.banner(visitor),
        tabs: loaded.tabs(visitor),
        form,
        state,
        context: loaded.place_in_words(),
        links: links(visitor, loaded),
        amends: amends(loaded),
        facts_changed: facts_changed(visitor, loaded, input),
        evaluation: loaded
            .facts
            .stored
            .as_ref()
            .map_or_else(String::new, |stored| stored.id.to_string()),
        fields,
        agreements,
        rests_on: rests_on(loaded),
        stage: if editable {
            drafted(app, visitor, loaded, input)
        } else {
            stage(app, visitor, loaded, input, &shown.signing)
        },
        unmarked: unmarked(app, visitor, loaded, input, editable),
        editable,
        standing: standing::draft(visitor, loaded).filter(|_| !editable),
    })
}

fn state_in_words(loaded: &Loaded) -> String {
    match loaded.draft() {
        Some(draft) => format!("{}, version {}", draft.state.label().to_lowercase(), draft.version),
        None => "not recorded yet".to_owned(),
    }
}

fn links(visitor: &Visitor, loaded: &Loaded) -> Vec<Link> {
    let mut links = Vec::new();
    if let Some(place) = &loaded.place {
        links.push(Link::new("Agenda", format!("/meetings/{}", place.meeting.id)));
    }
    if let Some((_, version)) = loaded.decisions.latest_signed() {
        let words = format!("Signed version {}", version.version);
        let decision = version.document.heading.ordinal;
        let address = format!("{}/decisions/{decision}/{}", loaded.href(), version.version);
        links.push(Link::new(words, address));
    }
    let draft = loaded.draft().is_some_and(|draft| draft.state == DecisionState::Draft);
    if draft && visitor.actor.may(Action::DecisionDiscard, loaded.case.site) {
        links.push(Link::new("Discard draft", format!("{}/decision/discard", loaded.href())));
    }
    links
}

fn amends(loaded: &Loaded) -> Option<String> {
    let draft = loaded.draft()?;
    let amendment = draft.amendment.as_ref()?;
    let before = draft.version.saturating_sub(1);
    Some(format!(
        "Amends version {before}: {}, {}. Version {before} holds until version {} is signed.",
        amendment.reason.label().to_lowercase(),
        amendment.words.trim_end_matches('.'),
        draft.version,
    ))
}

fn facts_changed(visitor: &Visitor, loaded: &Loaded, input: &FormInput) -> Option<FactsChanged> {
    let now = loaded.facts_changed_to()?;
    let (draft, current) = (loaded.draft()?, loaded.facts.current.as_ref()?);
    let saved = saved(visitor, loaded, current);
    let begun = draft.drafted_assessment;
    let label = "Why the decision still holds";
    Some(FactsChanged {
        text: format!(
            "It was begun on assessment {begun}; assessment {now} was saved {saved}. Save it again on the new facts."
        ),
        link: Link::new(
            format!("Assessment {now}"),
            format!("{}/assessments/{now}", loaded.href()),
        ),
        reason: FieldView::text("facts_accepted", label).filled(input),
    })
}

/// `16-Jun-2026 07:52 by S. Bhatt`
pub(super) fn saved(visitor: &Visitor, loaded: &Loaded, assessment: &StoredAssessment) -> String {
    let at = display::date_time(assessment.recorded_at, loaded.zone(visitor));
    format!("{at} by {}", loaded.name(assessment.recorded_by))
}

fn agreement_rows(loaded: &Loaded, input: &FormInput, earlier: &Earlier) -> Vec<AgreementRow> {
    let Some(evaluation) = &loaded.facts.evaluation else { return Vec::new() };
    loaded
        .advising
        .iter()
        .filter_map(|one| {
            let shown = advice(evaluation, &one.rule_set)?;
            let reasons = depart_reasons();
            let row = AgreementRow::new(&one.rule_set, shown, agreements(), reasons, input);
            Some(AgreementRow { before: earlier.advice_of(one), ..row })
        })
        .collect()
}

fn rests_on(loaded: &Loaded) -> Vec<Link> {
    let Some(current) = &loaded.facts.current else { return Vec::new() };
    let (href, ordinal) = (loaded.href(), current.ordinal);
    let mut links =
        vec![Link::new(format!("Assessment {ordinal}"), format!("{href}/assessments/{ordinal}"))];
    if let Some(evaluation) = &loaded.facts.evaluation {
        let protocol = evaluation.compiled().protocol();
        links.push(Link::new(
            format!("Evaluation under {} v{}", protocol.id, protocol.version),
            format!("{href}/evaluations/{ordinal}"),
        ));
    }
    links
}

fn stage(
    app: &App,
    visitor: &Visitor,
    loaded: &Loaded,
    input: &FormInput,
    signing: &FormInput,
) -> Stage {
    let Some(draft) = loaded.draft() else {
        return drafted(app, visitor, loaded, input);
    };
    let post = |path: &str| {
        FormView::new(
            format!("{}/decision/{path}", loaded.href()),
            visitor.new_command_id(),
            signing,
        )
        .based_on(draft.row_version.to_string())
    };
    let sentence = draft.sentence.clone().unwrap_or_default();
    let stands = loaded.facts_stand();
    let who_may = |duty, verb| {
        let changed =
            "The facts changed since this was recorded: change the draft, then read it back again.";
        if stands { who(loaded, duty, verb) } else { changed.to_owned() }
    };
    let steps: Vec<&Deed> =
        [Some(&draft.recorded), draft.read_back.as_ref(), draft.confirmed.as_ref()]
            .into_iter()
            .flatten()
            .collect();
    let own = steps.iter().all(|deed| Some(deed.user) == visitor.actor.user());
    match (draft.state, &draft.read_back, &draft.confirmed) {
        (DecisionState::ReadBack, Some(read), _) => Stage::ReadBack {
            hash: Hash::of(sentence.as_bytes()).to_string(),
            sentence,
            by: format!("Read back {}", by(visitor, loaded, read)),
            confirm: (stands
                && may(visitor, loaded, Action::DecisionConfirm, Duty::NominatedClinician))
            .then(|| Box::new(post("confirmation"))),
            alone: own.then(|| {
                "You recorded it and read it back yourself: nobody else has checked it.".to_owned()
            }),
            who_may: who_may(Duty::NominatedClinician, "confirms"),
        },
        (DecisionState::Confirmed, _, Some(confirmed)) => Stage::Confirmed {
            sentence,
            by: format!("Confirmed {}", by(visitor, loaded, confirmed)),
            alone: own.then(|| {
                "You recorded it, read it back and confirmed it yourself: nobody else has checked it."
                    .to_owned()
            }),
            sign: (stands && may(visitor, loaded, Action::DecisionSign, Duty::Chair)).then(|| {
                let form = post("signature");
                Box::new(SignForm::new(form, "approved as chair", "Sign as chair", signing))
            }),
            who_may: who_may(Duty::Chair, "signs"),
        },
        _ => drafted(app, visitor, loaded, input),
    }
}

fn by(visitor: &Visitor, loaded: &Loaded, deed: &Deed) -> String {
    let at: DateTime<Utc> = deed.at;
    format!("{} by {}", display::date_time_seconds(at, loaded.zone(visitor)), deed.name)
}

fn may(visitor: &Visitor, loaded: &Loaded, action: Action, duty: Duty) -> bool {
    visitor.actor.may(action, loaded.case.site) && loaded.on_duty(visitor, &[duty])
}

fn who(loaded: &Loaded, duty: Duty, verb: &str) -> String {
    let holder = loaded.place.as_ref().and_then(|place| place.meeting.holder(duty));
    let role = duty.label().to_lowercase();
    match holder {
        Some(holder) => format!("{}, {role}, {verb}.", holder.name),
        None => format!("The {role} {verb}."),
    }
}

/// The fields as the domain reads them.
fn parsed(app: &App, visitor: &Visitor, loaded: &Loaded, input: &FormInput) -> ParsedForm {
    let fields: Vec<(String, String)> = input
        .values
        .iter()
        .flat_map(|(name, all)| all.iter().map(move |value| (name.clone(), value.clone())))
        .collect();
    let today = display::day_of(app.now(), loaded.zone(visitor));
    decision_form::parse(&fields, today)
}

/// What is said about planned levels without a lesion: of the form where the page has one, else of what
/// was read back.
fn unmarked(
    app: &App,
    visitor: &Visitor,
    loaded: &Loaded,
    input: &FormInput,
    editable: bool,
) -> Option<String> {
    let current = loaded.facts.current.as_ref()?;
    let marked = current.assessment.levels();
    let marked = marked.iter().filter_map(|level| level.to_string().parse().ok()).collect();
    let read_back = loaded
        .draft()
        .filter(|draft| !editable && draft.state != DecisionState::Draft)
        .and_then(|draft| draft.document.as_ref());
    let levels = match read_back {
        Some(document) => unmarked_levels(&document.content, &marked),
        None => unmarked_levels(&parsed(app, visitor, loaded, input).draft.content, &marked),
    };
    unmarked_in_words(&levels)
}

/// A draft, with what keeps it from being read back.
fn drafted(app: &App, visitor: &Visitor, loaded: &Loaded, input: &FormInput) -> Stage {
    let parsed = parsed(app, visitor, loaded, input);
    let nothing = parsed.fields.is_empty();
    let problems = check(&parsed.draft, &loaded.context());
    let missing = parsed.problems.into_iter().chain(problems).filter(|_| !nothing);
    Stage::Draft {
        read_back: format!("{}/decision/read-back", loaded.href()),
        missing: missing
            .map(|problem| Link::new(problem.message, format!("#{}", id_of(&problem.field))))
            .collect(),
        undoes: undoes(loaded),
    }
}

/// What saving does to a draft that was read back.
fn undoes(loaded: &Loaded) -> Option<String> {
    let state = match loaded.draft()?.state {
        DecisionState::ReadBack => "read back",
        DecisionState::Confirmed => "confirmed",
        _ => return None,
    };
    Some(format!(
        "It is {state} as it stands. Saving takes it back to the draft, to be read back and confirmed again."
    ))
}

/// What to say where nothing can be recorded yet.
pub(super) fn why_nothing(loaded: &Loaded) -> (String, Option<Link>) {
    let Some(place) = &loaded.place else {
        let words = "No decision yet. The case is on no agenda: list it for a meeting first.";
        return (words.to_owned(), Some(Link::new("Meetings", "/meetings")));
    };
    let agenda = Link::new("Agenda", format!("/meetings/{}", place.meeting.id));
    let day = display::date_with_day(display::day_of(place.meeting.starts_at, place.meeting.zone));
    let words = match place.state {
        ItemState::Proposed => format!("No decision yet. The case is proposed for {day}."),
        ItemState::Listed | ItemState::Open if loaded.is_live() => {
            "No decision yet. The meeting is in session: its chair or its scribe records the decision."
                .to_owned()
        }
        ItemState::Listed | ItemState::Open => format!(
            "No decision yet. The case is on the agenda of {day}; its decision is recorded once the meeting is open."
        ),
        _ => "No decision yet. The case is no longer on an open agenda.".to_owned(),
    };
    (words, Some(agenda))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_added_and_taken_away_without_script() {
        let input = FormInput::from_pairs([
            ("plan.0.modality", "sbrt"),
            ("plan.1.modality", "chemo"),
            ("then", "remove-plan-0"),
        ]);
        let after = with_rows(input.clone());
        assert_eq!(after.value("plan.0.modality"), "chemo");
        assert_eq!(Rows::of(&after).plan, 1);
        let mut added = input;
        added.values.insert("then".to_owned(), vec!["add-plan".to_owned()]);
        assert_eq!(Rows::of(&with_rows(added)).plan, 3);
    }
}
