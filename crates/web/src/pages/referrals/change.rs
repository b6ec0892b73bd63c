//! Changing the urgency of a case after its referral was sent. Raising starts a new clock; lowering is for
//! clinicians and says why. An edit of an older class gets the page that compares.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mdt::case::UrgencyClass;
use mdt::case_number::CaseNumber;
use mdt::coded::Coded;
use mdt::display;
use mdt::form_draft::FormKind;
use mdt::permission::act;
use mdt::urgency::{UrgencyChange, UrgencyReason};
use store::referrals::{self, Referral, urgency_version};
use store::{Begun, StoreError};

use super::of_case::{self, Read, Refused, Sent};
use super::urgency::{changes, in_words, why};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{capitalised, case_number, refused, text_problem};
use crate::pages::clock::moment;
use crate::pages::{conflict, see};
use crate::paths;
use crate::present::banner;
use crate::state::App;
use crate::view::conflict::{Columns, ConflictField, ConflictPage, Settling, Side};
use crate::view::{CaseTab, FormInput, FormView, Link, Section, Shell, Tone};
use crate::visitor::Visitor;

/// The longest reason in words, in characters.
const WORDS_MAX: usize = 500;

pub(super) async fn change(
    paths::ReferralUrgency { number: text }: paths::ReferralUrgency,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&text)?;
    let base: i32 = form
        .number("base")
        .ok_or_else(|| WebError::Malformed("the change of urgency has no base".to_owned()))?;
    if let Some(input) = form.unseen() {
        return again(&app, &visitor, &number, &form, input).await;
    }
    let begun = app
        .store
        .command_on_case::<act::UrgencyChange>(&visitor.actor, &number, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let zone = visitor.sites.zone(command.site());
    let parsed = match settled(&form) {
        Settled::Change(form) => parse(&form, app.now(), zone),
        Settled::KeepTheirs => {
            drop(command);
            draft::drop(&app, &visitor, FormKind::Urgency, &text).await;
            return Ok(see(&paths::CaseReferral { number: text }.to_string()));
        }
        Settled::Open => {
            drop(command);
            return compare(&app, &visitor, &number, &form).await;
        }
    };
    let change = match parsed {
        Ok(change) => change,
        Err(input) => {
            drop(command);
            return again(&app, &visitor, &number, &form, input).await;
        }
    };
    match referrals::change_urgency(command, &change, base).await {
        Ok(committed) => {
            draft::drop(&app, &visitor, FormKind::Urgency, &text).await;
            let words = format!("The urgency is {} now.", in_words(change.to));
            visitor.flash(Tone::Ok, words, None).await?;
            Ok(see(&committed.location))
        }
        Err(StoreError::Stale { .. }) => compare(&app, &visitor, &number, &form).await,
        Err(error) => {
            let input = refused(form.input(), error)?;
            again(&app, &visitor, &number, &form, input).await
        }
    }
}

/// The change as typed, or the form with what cannot be read. What the domain asks of it is the store's
/// to say.
fn parse(form: &PostedForm, now: DateTime<Utc>, zone: Tz) -> Result<UrgencyChange, FormInput> {
    let mut input = form.input();
    let to = UrgencyClass::from_code(form.value("urgency"));
    if to.is_err() {
        input = input.with_problem("urgency", "Choose the new class");
    }
    let reason = UrgencyReason::from_code(form.value("code"));
    if reason.is_err() {
        input = input.with_problem("code", "Choose why the urgency is changed");
    }
    if let Some(problem) = text_problem(form.value("words"), WORDS_MAX) {
        input = input.with_problem("words", problem);
    }
    let today = display::day_of(now, zone);
    let since = form.given("since").map(|text| moment(text, today, zone)).transpose();
    if let Err(error) = &since {
        input = input.with_problem("since", capitalised(&error.to_string()));
    }
    match (to, reason, since) {
        (Ok(to), Ok(reason), Ok(since)) if input.problems.is_empty() => {
            Ok(UrgencyChange { to, reason, words: form.value("words").to_owned(), since })
        }
        _ => Err(input),
    }
}

async fn again(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    form: &PostedForm,
    input: FormInput,
) -> Result<Response, WebError> {
    let base = form.given("base").map(str::to_owned);
    Refused { app, visitor, number, form, kind: FormKind::Urgency }
        .again(|note| Sent { urgency: (input, note), urgency_base: base, ..Sent::default() })
        .await
}

/// What the choice of the comparing page came to.
enum Settled {
    /// The change to be made.
    Change(PostedForm),
    /// What somebody else set is kept.
    KeepTheirs,
    /// Nothing was chosen.
    Open,
}

fn settled(form: &PostedForm) -> Settled {
    if form.value("merge") != "yes" {
        return Settled::Change(form.clone());
    }
    match form.value("keep.urgency") {
        "yours" => Settled::Change(form.clone()),
        "theirs" => Settled::KeepTheirs,
        _ => Settled::Open,
    }
}

/// The page that compares. What was typed is in the draft already when it is shown.
async fn compare(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    form: &PostedForm,
) -> Result<Response, WebError> {
    draft::save(app, visitor, FormKind::Urgency, &number.to_string(), form).await?;
    let read = of_case::read(app, visitor, number).await?;
    let newest = read.referrals.first().ok_or(WebError::NotFound)?;
    let names = app.store.user_names().await?;
    let by = newest.urgencies.last().map_or(newest.sender, |row| row.by);
    let by = names.get(&by).map_or("Somebody", String::as_str);
    let current = read.current.as_ref().map(|stored| &stored.assessment);
    let form_view = FormView::new(
        paths::ReferralUrgency { number: number.to_string() }.to_string(),
        visitor.new_command_id(),
        &FormInput::default(),
    );
    let kept = ["urgency", "code", "words", "since"];
    conflict(&ConflictPage {
        shell: Shell {
            problem: true,
            ..visitor.shell("Somebody saved before you", Some(Section::Cases)).for_patient()
        },
        banner: banner::of_case(visitor, &read.case, &read.head, current),
        tabs: banner::tabs(visitor, &read.case, Some(CaseTab::Referral), None),
        happened: format!("{by} set the urgency after you had opened the form."),
        columns: columns(app, visitor, &read, newest, form, by),
        fields: vec![field(visitor, &read, newest, form)],
        effects: Vec::new(),
        effects_note: "The clock of the case runs by the class that is kept.".to_owned(),
        form: form_view.based_on(urgency_version(&read.referrals).to_string()),
        kept: kept.map(|name| (name.to_owned(), form.value(name).to_owned())).to_vec(),
        save: "Set the urgency".to_owned(),
        then:
            "With yours the class is changed once more; every class that the case has had stays in \
               its history. What you typed is kept as a draft for 14 days."
                .to_owned(),
        leave: Link::new(
            "Keep theirs, drop mine",
            paths::CaseReferral { number: number.to_string() }.to_string(),
        ),
    })
}

fn columns(
    app: &App,
    visitor: &Visitor,
    read: &Read,
    newest: &Referral,
    form: &PostedForm,
    by: &str,
) -> Columns {
    let zone = visitor.sites.zone(read.case.site);
    let saved = newest.urgencies.last().map_or(newest.sent_at, |row| row.at);
    let now = display::date_time(app.now(), zone);
    Columns {
        base: "Before".to_owned(),
        theirs: "Theirs, saved".to_owned(),
        theirs_by: format!("{by} {}", display::date_time(saved, zone)),
        yours: "Yours, not saved".to_owned(),
        yours_by: format!("{}, {now}", visitor.account.display_name),
        started: format!("You started from version {} of the urgency", form.value("base")),
    }
}

/// The class that both set: nobody chooses for them.
fn field(visitor: &Visitor, read: &Read, newest: &Referral, form: &PostedForm) -> ConflictField {
    let zone = visitor.sites.zone(read.case.site);
    let side = |class, note| Side { value: in_words(class), note };
    let why_theirs = newest
        .urgencies
        .last()
        .map(|row| why(row, read.head.view, |at| display::date_time(at, zone)));
    let yours = UrgencyClass::from_code(form.value("urgency")).map(in_words);
    let unchosen = form.value("merge") == "yes" && form.given("keep.urgency").is_none();
    ConflictField {
        field: "urgency".to_owned(),
        label: "Urgency".to_owned(),
        base: side(before(read, newest, form), String::new()),
        theirs: side(newest.urgency_now().class, why_theirs.unwrap_or_default()),
        yours: Side {
            value: yours.unwrap_or_else(|_| "No class chosen".to_owned()),
            note: form.value("words").to_owned(),
        },
        as_before: false,
        settling: Settling::Choose {
            chosen: form.value("keep.urgency").to_owned(),
            error: unchosen.then(|| "Choose which to keep".to_owned()),
        },
    }
}

/// The class that the form was made from, as far as the newest referral tells.
fn before(read: &Read, newest: &Referral, form: &PostedForm) -> UrgencyClass {
    let version = urgency_version(&read.referrals);
    let since = version.saturating_sub(form.number("base").unwrap_or(version));
    let classes: Vec<UrgencyClass> = changes(newest).map(|(from, _)| from).collect();
    let steps = usize::try_from(since).unwrap_or(0);
    let from = classes.len().checked_sub(steps).and_then(|place| classes.get(place));
    from.copied().unwrap_or(newest.urgency)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> PostedForm {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        PostedForm::of(pairs.collect())
    }

    fn parsed(pairs: &[(&str, &str)]) -> Result<UrgencyChange, FormInput> {
        let now = "2026-06-15T07:25:00Z".parse().unwrap();
        parse(&form(pairs), now, chrono_tz::Europe::London)
    }

    #[test]
    fn a_change_names_class_and_reason() {
        let input = parsed(&[("since", "31-Jun-2026 08:00")]).unwrap_err();
        assert_eq!(input.problems.len(), 3, "{:?}", input.problems);
        let change =
            parsed(&[("urgency", "U1"), ("code", "new_sign"), ("since", "today 06:50")]).unwrap();
        assert_eq!((change.to, change.reason), (UrgencyClass::U1, UrgencyReason::NewSign));
        assert_eq!(change.since, Some("2026-06-15T05:50:00Z".parse().unwrap()));
    }

    #[test]
    fn on_the_comparing_page_a_side_is_chosen() {
        assert!(matches!(settled(&form(&[("urgency", "U1")])), Settled::Change(_)));
        let merged = |side| settled(&form(&[("merge", "yes"), ("keep.urgency", side)]));
        assert!(matches!(merged("yours"), Settled::Change(_)));
        assert!(matches!(merged("theirs"), Settled::KeepTheirs));
        assert!(matches!(merged(""), Settled::Open));
    }
}
