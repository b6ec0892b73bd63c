//! Amending, voiding and discarding: each on a page of its own that says what will happen.

use axum::extract::State;
use axum::response::Response;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::permission::{Act, Action, act};
use store::StoreError;
use store::decisions::{Amending, VoidStep, amend_decision, discard_decision, void_decision};

use super::about::About;
use super::loaded;
use super::signing::{WRONG, base};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{case_number, reason_problem, text_problem};
use crate::pages::begin::on_case;
use crate::pages::{invalid, page, prompt, see};
use crate::paths;
use crate::state::App;
use crate::view::decision::{ActKind, DecisionActPage};
use crate::view::{FormInput, FormView, Link, Tone};
use crate::visitor::Visitor;

/// The longest words about an amendment or a void, in characters.
const WORDS_MAX: usize = 2000;

pub(super) async fn amendment(
    path: paths::DecisionAmendment,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    show::<act::DecisionAmend>(&app, &visitor, &path.number, ActKind::Amend).await
}

pub(super) async fn voiding(
    path: paths::DecisionVoid,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    show::<act::DecisionVoid>(&app, &visitor, &path.number, ActKind::Void).await
}

pub(super) async fn discarding(
    path: paths::DecisionDiscard,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    show::<act::DecisionDiscard>(&app, &visitor, &path.number, ActKind::Discard).await
}

async fn show<A: Act>(
    app: &App,
    visitor: &Visitor,
    number: &str,
    kind: ActKind,
) -> Result<Response, WebError> {
    let number = case_number(number)?;
    page(&asked::<A>(app, visitor, &number, kind, &FormInput::default()).await?)
}

/// The page of an act, for whoever may do it.
async fn asked<A: Act>(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    kind: ActKind,
    input: &FormInput,
) -> Result<DecisionActPage, WebError> {
    let (reading, loaded) = loaded::read::<A>(app, visitor, number).await?;
    let about = About::of(&loaded, visitor, kind)?;
    let shown = match kind {
        ActKind::Discard => loaded.decisions.open().map(|(one, draft)| (one, draft.version)),
        _ => loaded.decisions.latest_signed().map(|(one, signed)| (one, signed.version)),
    };
    loaded.record(reading, about.path, shown).await?;
    let href = format!("{}/decision", loaded.href());
    let mut shell = loaded::shell(visitor, about.title);
    shell.problem = !input.problems.is_empty();
    let fields = DecisionActPage::fields(kind, about.reasons, input);
    Ok(DecisionActPage {
        shell,
        banner: loaded.banner(visitor),
        tabs: loaded.tabs(visitor),
        kind,
        sentence: about.sentence,
        consequences: about.consequences,
        standing: about.standing,
        form: FormView::new(format!("{href}/{}", about.path), visitor.new_command_id(), input)
            .based_on(about.base)
            .naming(&fields),
        fields,
        cancel: Link::new("Cancel", href),
    })
}

/// The coded reason and the words of an act; with what is wrong with them.
fn reason_and_words<T: Coded>(form: &PostedForm, ask: &str) -> Result<(T, String), FormInput> {
    let reason = T::from_code(form.value("reason")).ok();
    let words = form.value("words");
    let mut input = form.input();
    if reason.is_none() {
        input = input.with_problem("reason", "Choose a reason");
    }
    if words.is_empty() {
        input = input.with_problem("words", ask);
    }
    if let Some(problem) = text_problem(words, WORDS_MAX) {
        input = input.with_problem("words", problem);
    }
    match reason {
        Some(reason) if input.problems.is_empty() => Ok((reason, words.to_owned())),
        _ => Err(input),
    }
}

/// The version of the signed decision that the page showed.
fn version(form: &PostedForm) -> Result<u32, WebError> {
    form.number("base").ok_or_else(|| WebError::Malformed("the form has no base".to_owned()))
}

/// The page again, 422.
async fn refused<A: Act>(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    kind: ActKind,
    input: &FormInput,
) -> Result<Response, WebError> {
    invalid(&asked::<A>(app, visitor, number, kind, input).await?)
}

pub(super) async fn amend(
    path: paths::DecisionAmendment,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    type Amend = act::DecisionAmend;
    let number = case_number(&path.number)?;
    let version = version(&form)?;
    let (reason, words) = match reason_and_words(&form, "Say in words why the decision is amended")
    {
        Ok(both) => both,
        Err(input) => {
            return refused::<Amend>(&app, &visitor, &number, ActKind::Amend, &input).await;
        }
    };
    let amending = Amending { version, reason, words: &words };
    let location = on_case::<Amend, _>(&app, &visitor, &number, form.submission()?, |command| {
        amend_decision(command, amending)
    })
    .await?;
    let said = "The new version is a draft; the signed one holds until it is signed.";
    visitor.flash(Tone::Ok, said, None).await?;
    Ok(see(&location))
}

pub(super) async fn void(
    path: paths::DecisionVoid,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    type Void = act::DecisionVoid;
    let number = case_number(&path.number)?;
    let version = version(&form)?;
    // Whoever may not void is told so before a password is looked at.
    app.store.read_case::<Void>(&visitor.actor, &number).await?.finish().await?;
    let again = async |input: FormInput| {
        refused::<Void>(&app, &visitor, &number, ActKind::Void, &input).await
    };
    let (reason, words) = match reason_and_words(&form, "Say in words why the decision is voided") {
        Ok(both) => both,
        Err(input) => return again(input).await,
    };
    let judged = prompt::judge(&app, &visitor, &form, Action::DecisionVoid, WRONG).await?;
    if let Some(why) = judged {
        let page = again(form.input().with_problem("password", why.words.as_str())).await?;
        return Ok(why.answer(&app, page));
    }
    let step = VoidStep { version, reason, words: &words };
    let voided = on_case::<Void, _>(&app, &visitor, &number, form.submission()?, |command| {
        void_decision(command, step)
    })
    .await;
    let location = match voided {
        Ok(location) => location,
        Err(StoreError::Refused(words)) => {
            return again(form.input().with_problem("", words.trim_end_matches('.'))).await;
        }
        Err(other) => return Err(other.into()),
    };
    visitor.flash(Tone::Ok, "Noted. The decision’s page says where it stands.", None).await?;
    Ok(see(&location))
}

pub(super) async fn discard(
    path: paths::DecisionDiscard,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    type Discard = act::DecisionDiscard;
    let number = case_number(&path.number)?;
    let base = base(&form)?;
    let words = form.value("words");
    if let Some(problem) = reason_problem(words, "Say why the draft is discarded") {
        let input = form.input().with_problem("words", problem);
        return refused::<Discard>(&app, &visitor, &number, ActKind::Discard, &input).await;
    }
    let location = on_case::<Discard, _>(&app, &visitor, &number, form.submission()?, |command| {
        discard_decision(command, base, words)
    })
    .await?;
    visitor.flash(Tone::Ok, "The draft was discarded.", None).await?;
    Ok(see(&location))
}
