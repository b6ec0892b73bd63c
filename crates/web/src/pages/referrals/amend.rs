//! Amending the referral of a case: the original stays as it was sent.

use axum::extract::State;
use axum::response::Response;
use mdt::case_number::CaseNumber;
use mdt::form_draft::FormKind;
use mdt::permission::act;
use store::{Begun, referrals};

use super::of_case::{Refused, Sent};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::{case_number, reason_problem, refused, text_problem};
use crate::pages::see;
use crate::paths;
use crate::state::App;
use crate::view::{FormInput, Tone};
use crate::visitor::Visitor;

/// The longest amendment, in characters.
const TEXT_MAX: usize = 2000;

pub(super) async fn amend(
    paths::ReferralAmendment { number: text }: paths::ReferralAmendment,
    State(app): State<App>,
    visitor: Visitor,
    form: PostedForm,
) -> Result<Response, WebError> {
    let number = case_number(&text)?;
    if let Some(input) = form.unseen() {
        return again(&app, &visitor, &number, &form, input).await;
    }
    let begun = app
        .store
        .command_on_case::<act::ReferralAmend>(&visitor.actor, &number, form.submission()?)
        .await?;
    let command = match begun {
        Begun::Repeated(location) => return Ok(see(&location)),
        Begun::Fresh(command) => command,
    };
    let input = checked(&form);
    let input = if input.problems.is_empty() {
        match referrals::amend(command, form.value("text"), form.value("reason")).await {
            Ok(committed) => {
                draft::drop(&app, &visitor, FormKind::Amendment, &text).await;
                visitor.flash(Tone::Ok, "The amendment was added.", None).await?;
                return Ok(see(&committed.location));
            }
            Err(error) => refused(input, error)?,
        }
    } else {
        drop(command);
        input
    };
    again(&app, &visitor, &number, &form, input).await
}

async fn again(
    app: &App,
    visitor: &Visitor,
    number: &CaseNumber,
    form: &PostedForm,
    input: FormInput,
) -> Result<Response, WebError> {
    Refused { app, visitor, number, form, kind: FormKind::Amendment }
        .again(|note| Sent { amendment: (input, note), ..Sent::default() })
        .await
}

fn checked(form: &PostedForm) -> FormInput {
    let mut input = form.input();
    let text = form.value("text");
    let wrong = if text.is_empty() {
        Some("Write what is added or corrected".to_owned())
    } else {
        text_problem(text, TEXT_MAX)
    };
    if let Some(problem) = wrong {
        input = input.with_problem("text", problem);
    }
    if let Some(problem) = reason_problem(form.value("reason"), "Say why the referral is amended") {
        input = input.with_problem("reason", problem);
    }
    input
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amendment_needs_words_and_a_reason() {
        assert_eq!(checked(&PostedForm::default()).problems.len(), 2);
        let pairs = [("text", "CT arrived"), ("reason", "sent later")];
        let form =
            PostedForm::of(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        assert!(checked(&form).problems.is_empty());
    }
}
