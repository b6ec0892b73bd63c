//! Amending, voiding and discarding: each on a page of its own that says what will happen.

use axum::extract::State;
use axum::response::Response;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::decision::{AmendReason, VoidReason};
use mdt::display;
use mdt::permission::{Act, Action, act};
use store::decisions::{Amending, VoidStep, amend_decision, discard_decision, void_decision};
use store::{Begun, StoreError};

use super::lists::all;
use super::loaded::{self, Loaded};
use super::signing::{WRONG, base};
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{case_number, reason_problem, too_long};
use crate::pages::{invalid, page, prompt, see};
use crate::paths;
use crate::state::App;
use crate::view::decision::{ActKind, DecisionActPage};
use crate::view::{Choice, FormInput, FormView, Link, Tone};
use crate::visitor::Visitor;

/// The longest words about an amendment or a void, in characters.
const WORDS_MAX: usize = 2000;

pub(super) async fn amendment(
    path: paths::DecisionAmendment,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let input = FormInput::default();
    page(&asked::<act::DecisionAmend>(&app, &visitor, &number, ActKind::Amend, &input).await?)
}

pub(super) async fn voiding(
    path: paths::DecisionVoid,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let input = FormInput::default();
    page(&asked::<act::DecisionVoid>(&app, &visitor, &number, ActKind::Void, &input).await?)
}

pub(super) async fn discarding(
    path: paths::DecisionDiscard,
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let input = FormInput::default();
    page(&asked::<act::DecisionDiscard>(&app, &visitor, &number, ActKind::Discard, &input).await?)
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
    Ok(DecisionActPage {
        shell,
        banner: loaded.banner(visitor),
        tabs: loaded.tabs(visitor),
        kind,
        sentence: about.sentence,
        consequences: about.consequences,
        standing: about.standing,
        form: FormView::new(format!("{href}/{}", about.path), visitor.new_command_id(), input)
            .based_on(about.base),
        fields: DecisionActPage::fields(kind, about.reasons, input),
        cancel: Link::new("Cancel", href),
    })
}

/// What an act is about.
struct About {
    path: &'static str,
    title: &'static str,
    sentence: String,
    consequences: Vec<String>,
    standing: Option<String>,
    base: String,
    reasons: Vec<Choice>,
}

impl About {
    fn of(loaded: &Loaded, visitor: &Visitor, kind: ActKind) -> Result<Self, WebError> {
        match kind {
            ActKind::Amend => Self::amend(loaded),
            ActKind::Void => Self::void(loaded, visitor),
            ActKind::Discard => Self::discard(loaded),
        }
    }

    fn amend(loaded: &Loaded) -> Result<Self, WebError> {
        let (_, signed) = loaded.decisions.latest_signed().ok_or_else(nothing_signed)?;
        let (version, next) = (signed.version, signed.version + 1);
        Ok(Self {
            path: "amendment",
            title: "Amend a decision",
            sentence: signed.sentence.clone(),
            consequences: vec![
                format!("A draft of version {next} begins, with what version {version} says."),
                format!(
                    "Version {version} holds until version {next} is read back, confirmed and signed."
                ),
                "Everybody who can read the case sees both versions.".to_owned(),
            ],
            standing: None,
            base: version.to_string(),
            reasons: all::<AmendReason>(),
        })
    }

    fn void(loaded: &Loaded, visitor: &Visitor) -> Result<Self, WebError> {
        let (decision, signed) = loaded.decisions.latest_signed().ok_or_else(nothing_signed)?;
        let zone = loaded.zone(visitor);
        let standing = match decision.void.as_slice() {
            [] => None,
            [first] => Some(format!(
                "Asked for by {}, {}: {}. A second person must agree.",
                first.by.name,
                display::date_time(first.by.at, zone),
                first.reason.label().to_lowercase(),
            )),
            _ => return Err(WebError::Refused("The decision is voided already.".to_owned())),
        };
        let first =
            "Nothing changes yet: a second person must agree, and one of the two is a chair.";
        let second =
            "The decision is voided: it stays readable, marked as void, and this cannot be undone.";
        Ok(Self {
            path: "void",
            title: "Void a decision",
            sentence: signed.sentence.clone(),
            consequences: vec![
                if standing.is_some() { second } else { first }.to_owned(),
                "Voiding is for an entry about the wrong patient, or a test. A change of mind is an amendment."
                    .to_owned(),
            ],
            standing,
            base: signed.version.to_string(),
            reasons: all::<VoidReason>(),
        })
    }

    fn discard(loaded: &Loaded) -> Result<Self, WebError> {
        let draft = loaded
            .draft()
            .ok_or_else(|| WebError::Refused("There is no draft to discard.".to_owned()))?;
        let outcome = draft.document.as_ref().and_then(|document| document.content.outcome_kind);
        let sentence = match outcome {
            Some(outcome) => format!("Draft of version {}: {}.", draft.version, outcome.label()),
            None => format!("Draft of version {}, not complete.", draft.version),
        };
        let then = if draft.version > 1 {
            format!("Version {} stays in force.", draft.version - 1)
        } else {
            "The case stays on the agenda, without an outcome.".to_owned()
        };
        Ok(Self {
            path: "discard",
            title: "Discard a draft",
            sentence,
            consequences: vec![
                "The draft goes. Nothing was signed, so no record is lost.".to_owned(),
                then,
                "The log keeps that a draft was discarded, and why.".to_owned(),
            ],
            standing: None,
            base: draft.row_version.to_string(),
            reasons: Vec::new(),
        })
    }
}

fn nothing_signed() -> WebError {
    WebError::Refused("The case has no signed decision.".to_owned())
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
    if let Some(problem) = too_long(words, WORDS_MAX) {
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

pub(super) async fn amend(
    path: paths::DecisionAmendment,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let version = version(&form)?;
    let (reason, words) = match reason_and_words(&form, "Say in words why the decision is amended")
    {
        Ok(both) => both,
        Err(input) => {
            return refused::<act::DecisionAmend>(&app, &visitor, &number, ActKind::Amend, &input)
                .await;
        }
    };
    let submission = form.submission()?;
    let begun = app
        .store
        .command_on_case::<act::DecisionAmend>(&visitor.actor, &number, submission)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => {
            let amending = Amending { version, reason, words: &words };
            amend_decision(command, amending).await?.location
        }
    };
    visitor
        .flash(
            Tone::Ok,
            "The new version is a draft; the signed one holds until it is signed.",
            None,
        )
        .await?;
    Ok(see(&location))
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

pub(super) async fn void(
    path: paths::DecisionVoid,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let version = version(&form)?;
    app.store.read_case::<act::DecisionVoid>(&visitor.actor, &number).await?.finish().await?;
    let (reason, words) = match reason_and_words(&form, "Say in words why the decision is voided") {
        Ok(both) => both,
        Err(input) => {
            return refused::<act::DecisionVoid>(&app, &visitor, &number, ActKind::Void, &input)
                .await;
        }
    };
    let judged = prompt::judge(&app, &visitor, &form, Action::DecisionVoid, WRONG).await?;
    if let Some(why) = judged {
        let input = form.input().with_problem("password", why.words.as_str());
        let page =
            refused::<act::DecisionVoid>(&app, &visitor, &number, ActKind::Void, &input).await?;
        return Ok(why.answer(&app, page));
    }
    let submission = form.submission()?;
    let begun =
        app.store.command_on_case::<act::DecisionVoid>(&visitor.actor, &number, submission).await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => {
            let step = VoidStep { version, reason, words: &words };
            match void_decision(command, step).await {
                Ok(done) => done.location,
                Err(StoreError::Refused(words)) => {
                    let input = form.input().with_problem("", words.trim_end_matches('.'));
                    return refused::<act::DecisionVoid>(
                        &app,
                        &visitor,
                        &number,
                        ActKind::Void,
                        &input,
                    )
                    .await;
                }
                Err(other) => return Err(other.into()),
            }
        }
    };
    visitor.flash(Tone::Ok, "Noted. The decision's page says where it stands.", None).await?;
    Ok(see(&location))
}

pub(super) async fn discard(
    path: paths::DecisionDiscard,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&path.number)?;
    let base = base(&form)?;
    let words = form.value("words");
    if let Some(problem) = reason_problem(words, "Say why the draft is discarded") {
        let input = form.input().with_problem("words", problem);
        return refused::<act::DecisionDiscard>(&app, &visitor, &number, ActKind::Discard, &input)
            .await;
    }
    let submission = form.submission()?;
    let begun = app
        .store
        .command_on_case::<act::DecisionDiscard>(&visitor.actor, &number, submission)
        .await?;
    let location = match begun {
        Begun::Repeated(location) => location,
        Begun::Fresh(command) => discard_decision(command, base, words).await?.location,
    };
    visitor.flash(Tone::Ok, "The draft was discarded.", None).await?;
    Ok(see(&location))
}
