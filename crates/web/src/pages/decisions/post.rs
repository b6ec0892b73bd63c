//! Recording a decision and reading it back.

use axum::extract::State;
use axum::response::Response;
use mdt::case_number::CaseNumber;
use mdt::decision::form::{ParsedForm, parse};
use mdt::decision::{DecisionState, Problem, check};
use mdt::display;
use mdt::form_draft::FormKind;
use mdt::ids::EvaluationId;
use mdt::permission::{Act, act};
use store::decisions::{ReadBack, Recording, read_back_decision, record_decision};
use store::{Begun, StoreError};

use super::conflict;
use super::form::{Shown, filled};
use super::loaded::{self, Loaded};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::case_number;
use crate::pages::{invalid, see};
use crate::paths;
use crate::state::App;
use crate::view::{FormInput, Tone};
use crate::visitor::Visitor;

/// A decision as it was posted, with what it has to be checked against.
struct Posted {
    number: CaseNumber,
    loaded: Loaded,
    parsed: ParsedForm,
    base: Option<i32>,
    evaluation: EvaluationId,
    /// It came from a conflict page, and a choice is missing.
    unsettled: bool,
    /// It is what was read back, word for word.
    unchanged: bool,
}

impl Posted {
    async fn read<A: Act>(
        app: &App,
        visitor: &Visitor,
        number: &str,
        form: &PostedForm,
    ) -> Result<Self, WebError> {
        let number = case_number(number)?;
        let (reading, loaded) = loaded::read::<A>(app, visitor, &number).await?;
        // Nothing is shown by this: a page that answers with the form writes its own event.
        reading.finish().await?;
        let today = display::day_of(app.now(), loaded.zone(visitor));
        let evaluation = form
            .value("evaluation")
            .parse()
            .or_else(|_| loaded.facts.stored.as_ref().map(|stored| stored.id).ok_or(()))
            .map_err(|()| {
                WebError::Refused(
                    "The case has no evaluated assessment: record its facts first.".to_owned(),
                )
            })?;
        let theirs = loaded.draft().map(|draft| draft.fields.as_slice()).unwrap_or_default();
        let (content, unsettled) = match conflict::merge(form, theirs) {
            Some(Ok(merged)) => (merged, false),
            Some(Err(())) => (conflict::of_decision(form), true),
            None => (conflict::of_decision(form), false),
        };
        let parsed = parse(&content, today);
        let mut base = form.number("base");
        let same = !unsettled && conflict::is_same(theirs, &parsed.fields);
        if let Some(draft) = loaded.draft().filter(|_| same && parsed.problems.is_empty()) {
            // Nothing differs, so there is nothing to choose: it counts as made from what is there.
            base = Some(draft.row_version);
        }
        let unchanged = loaded.draft().is_some_and(|draft| {
            same && draft.state != DecisionState::Draft && draft.evaluation == evaluation
        });
        Ok(Self { number, loaded, parsed, base, evaluation, unsettled, unchanged })
    }

    fn recording(&self) -> Recording<'_> {
        Recording {
            base: self.base,
            evaluation: self.evaluation,
            form: &self.parsed,
            advising: &self.loaded.advising,
        }
    }

    /// The page again, with everything typed and what is wrong with it; both are kept as a draft.
    async fn again(
        &self,
        app: &App,
        visitor: &Visitor,
        form: &PostedForm,
        input: FormInput,
    ) -> Result<Response, WebError> {
        let number = self.number.to_string();
        let note = draft::save(app, visitor, FormKind::Decision, &number, form).await?;
        let (reading, loaded) = loaded::read::<act::CaseRead>(app, visitor, &self.number).await?;
        let open = loaded.decisions.open().map(|(decision, draft)| (decision, draft.version));
        loaded.record(reading, "decision", open).await?;
        let shown = Shown {
            input,
            base: form.given("base").map(str::to_owned),
            note: Some(note),
            signing: FormInput::default(),
            evaluation: Some(self.evaluation),
            change: true,
        };
        invalid(&filled(app, visitor, &loaded, shown).await?)
    }

    /// Nothing is written: what was read back, and perhaps confirmed, stays that.
    async fn left_as_it_is(&self, app: &App, visitor: &Visitor) -> Result<Response, WebError> {
        draft::drop(app, visitor, FormKind::Decision, &self.number.to_string()).await;
        let words = "Nothing was changed: the decision stands as it was read back.";
        visitor.flash(Tone::Info, words, None).await?;
        Ok(see(&format!("{}/decision", self.loaded.href())))
    }

    /// The fields as typed, named as the problems name them.
    fn input(&self, problems: impl IntoIterator<Item = Problem>) -> FormInput {
        let input = FormInput::from_pairs(self.parsed.fields.clone());
        problems
            .into_iter()
            .fold(input, |input, problem| input.with_problem(problem.field, problem.message))
    }

    async fn refused(
        &self,
        app: &App,
        visitor: &Visitor,
        form: &PostedForm,
        error: StoreError,
    ) -> Result<Response, WebError> {
        match error {
            StoreError::Refused(words) => {
                let input = self.input([]).with_problem("", words.trim_end_matches('.'));
                self.again(app, visitor, form, input).await
            }
            StoreError::Stale { .. } => {
                draft::save(app, visitor, FormKind::Decision, &self.number.to_string(), form)
                    .await?;
                conflict::page(app, visitor, &self.number, form, &self.parsed.fields).await
            }
            other => Err(other.into()),
        }
    }
}

pub(super) async fn record(
    path: paths::Decision,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let posted = Posted::read::<act::DecisionRecord>(&app, &visitor, &path.number, &form).await?;
    if posted.unsettled {
        let typed = &posted.parsed.fields;
        return conflict::page(&app, &visitor, &posted.number, &form, typed).await;
    }
    if !posted.parsed.problems.is_empty() {
        let input = posted.input(posted.parsed.problems.clone());
        return posted.again(&app, &visitor, &form, input).await;
    }
    let submission = form.submission()?;
    let begun = app
        .store
        .command_on_case::<act::DecisionRecord>(&visitor.actor, &posted.number, submission)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(_) if posted.unchanged => return posted.left_as_it_is(&app, &visitor).await,
        Begun::Fresh(command) => match record_decision(command, posted.recording()).await {
            Ok(done) => done.location,
            Err(error) => return posted.refused(&app, &visitor, &form, error).await,
        },
    };
    draft::drop(&app, &visitor, FormKind::Decision, &posted.number.to_string()).await;
    visitor.flash(Tone::Ok, "The decision was saved as a draft.", None).await?;
    Ok(see(&location))
}

pub(super) async fn read_back(
    path: paths::DecisionReadBack,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let posted = Posted::read::<act::DecisionReadBack>(&app, &visitor, &path.number, &form).await?;
    // The button of the form sends the form with it; what was saved before can be read back as it is.
    let saved = posted.parsed.fields.is_empty();
    let mut problems = posted.parsed.problems.clone();
    if !saved {
        problems.extend(check(&posted.parsed.draft, &posted.loaded.context()));
    }
    if !problems.is_empty() {
        return posted.again(&app, &visitor, &form, posted.input(problems)).await;
    }
    let what = match posted.base {
        Some(base) if saved => ReadBack::Saved { base },
        _ => ReadBack::Form(posted.recording()),
    };
    let submission = form.submission()?;
    let begun = app
        .store
        .command_on_case::<act::DecisionReadBack>(&visitor.actor, &posted.number, submission)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(_) if posted.unchanged => return posted.left_as_it_is(&app, &visitor).await,
        Begun::Fresh(command) => match read_back_decision(command, what).await {
            Ok(done) => done.location,
            Err(error) => return posted.refused(&app, &visitor, &form, error).await,
        },
    };
    draft::drop(&app, &visitor, FormKind::Decision, &posted.number.to_string()).await;
    visitor.flash(Tone::Ok, "Read it out: it is waiting to be confirmed.", None).await?;
    Ok(see(&location))
}
