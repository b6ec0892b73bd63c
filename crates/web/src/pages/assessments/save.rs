//! Saving facts: the whole form, a lesion, the list of levels, or what a merge made of them.

use axum::extract::State;
use axum::response::Response;
use clinical::assessment::{AnswerErrors, Answers, Route};
use mdt::case_number::CaseNumber;
use mdt::form_draft::FormKind;
use mdt::permission::act;
use store::assessments::{self, SaveError};
use store::{Begun, StoreError};

use super::desk::{Desk, FactDraft, Showing, at_ordinal, open, sourced, start_of, typed};
use super::{form, merge};
use crate::draft;
use crate::error::WebError;
use crate::form::PostedForm;
use crate::pages::asked::case_number;
use crate::pages::{invalid, lesions, see};
use crate::paths;
use crate::present::facts::posted::{self, DEFAULT_SOURCE, Fields, Sender};
use crate::state::App;
use crate::view::{Link, Tone};
use crate::visitor::Visitor;

/// Says what to do when the answers have no source.
const NO_SOURCE: &str = "Choose where the answers come from, or name a source beside each of them";

pub(super) async fn save(
    State(app): State<App>,
    visitor: Visitor,
    path: paths::Assessments,
    form: PostedForm,
) -> Result<Response, WebError> {
    let saving = Saving {
        app: &app,
        visitor: &visitor,
        number: case_number(&path.number)?,
        base: form
            .number("base")
            .ok_or_else(|| WebError::Malformed("the form has no base".to_owned()))?,
        sender: Sender::parse(form.value("from"))
            .ok_or_else(|| WebError::Malformed("the form is of no page".to_owned()))?,
        form: &form,
    };
    if saving.merged() {
        return merge::save(&saving).await;
    }
    let content = typed(&form);
    let fields = saving.fields(&content).await?;
    saving.save(&content, &fields, saving.sender).await
}

/// One sending of facts.
pub(super) struct Saving<'a> {
    pub(super) app: &'a App,
    pub(super) visitor: &'a Visitor,
    pub(super) number: CaseNumber,
    /// The ordinal that the form was based on.
    pub(super) base: i32,
    pub(super) sender: Sender,
    pub(super) form: &'a PostedForm,
}

impl Saving<'_> {
    /// The fields in the names of the domain. Nothing is shown, so nothing is written down as read.
    async fn fields(&self, content: &[(String, String)]) -> Result<Fields, WebError> {
        let (mut reading, _) = open(self.app, self.visitor, &self.number).await?;
        let base = at_ordinal(&mut reading, self.base).await?;
        let referral = start_of(&mut reading, base.as_ref()).await?;
        let case = reading.finish().await?;
        let now = self.app.now().with_timezone(&self.visitor.sites.zone(case.site));
        let content = sourced(content, referral.as_ref(), &now);
        let base = base.as_ref().map(|base| &base.assessment);
        Ok(posted::fields(&content, self.sender, base, &now))
    }

    /// Saves the fields; `content` is what to show again on the page of `sender` when they cannot be saved.
    pub(super) async fn save(
        &self,
        content: &[(String, String)],
        fields: &[(String, String)],
        sender: Sender,
    ) -> Result<Response, WebError> {
        if !posted::unseen(content, sender).is_empty() {
            return self.again(content, sender, None, fields).await;
        }
        let submission = self.form.submission()?;
        let begun = self
            .app
            .store
            .command_on_case::<act::AssessmentSave>(&self.visitor.actor, &self.number, submission)
            .await?;
        let command = match begun {
            Begun::Fresh(command) => command,
            Begun::Repeated(location) => {
                self.visitor
                    .flash(
                        Tone::Ok,
                        "The assessment was saved; sending it twice had one effect.",
                        None,
                    )
                    .await?;
                return Ok(see(&location));
            }
        };
        let zone = self.visitor.sites.zone(command.subject.site);
        let answers = match Answers::parse(fields, &command.now().with_timezone(&zone)) {
            Ok(answers) => answers,
            Err(errors) => {
                drop(command);
                return self.again(content, sender, Some(&errors), fields).await;
            }
        };
        if posted::lacks_source(content, fields) || !posted::unticked(content).is_empty() {
            drop(command);
            return self.again(content, sender, None, fields).await;
        }
        match assessments::save(&self.app.store, command, &answers, self.base, Route::Form).await {
            Ok((ordinal, committed)) => self.saved(ordinal, &committed.location).await,
            // Theirs was chosen throughout: there is nothing of this form left to save.
            Err(SaveError::Answers(errors)) if self.merged() && errors.is_nothing_recorded() => {
                self.theirs().await
            }
            Err(SaveError::Answers(errors)) => {
                self.again(content, sender, Some(&errors), fields).await
            }
            Err(SaveError::Stale { .. } | SaveError::Store(StoreError::Stale { .. })) => {
                merge::page(self).await
            }
            Err(SaveError::Store(error)) => {
                self.keep().await?;
                Err(error.into())
            }
        }
    }

    fn merged(&self) -> bool {
        self.form.value("merge") == "yes"
    }

    async fn theirs(&self) -> Result<Response, WebError> {
        self.drop_draft().await?;
        let words = format!("Nothing of yours was kept: assessment {} stands.", self.base);
        self.visitor.flash(Tone::Info, words, None).await?;
        Ok(see(&format!("/cases/{}", self.number)))
    }

    /// What was typed goes to the draft. A part of the form does not take the place of the whole.
    pub(super) async fn keep(&self) -> Result<(), WebError> {
        let whole = FactDraft::restore(self.app, self.visitor, &self.number).await?;
        let in_the_way = whole.is_some_and(|draft| {
            draft.sender == Sender::Assessment && self.sender != Sender::Assessment
        });
        if !self.merged() && !in_the_way {
            draft::save(
                self.app,
                self.visitor,
                FormKind::Assessment,
                &self.number.to_string(),
                self.form,
            )
            .await?;
        }
        Ok(())
    }

    /// The draft of what was sent goes; that of another page stays.
    async fn drop_draft(&self) -> Result<(), WebError> {
        let draft = FactDraft::restore(self.app, self.visitor, &self.number).await?;
        if draft.is_some_and(|draft| draft.sender == self.sender) {
            draft::drop(self.app, self.visitor, FormKind::Assessment, &self.number.to_string())
                .await;
        }
        Ok(())
    }

    async fn saved(&self, ordinal: i32, location: &str) -> Result<Response, WebError> {
        self.drop_draft().await?;
        let read = Link::new("Read it", format!("/cases/{}/assessments/{ordinal}", self.number));
        self.visitor.flash(Tone::Ok, format!("Assessment {ordinal} saved."), Some(read)).await?;
        Ok(see(location))
    }

    /// The page again, with everything that was typed and what is wrong with it.
    async fn again(
        &self,
        content: &[(String, String)],
        sender: Sender,
        errors: Option<&AnswerErrors>,
        fields: &[(String, String)],
    ) -> Result<Response, WebError> {
        let opened = open(self.app, self.visitor, &self.number).await?;
        let desk = Desk::read(
            self.app,
            self.visitor,
            opened,
            Some(self.base),
            Showing::Page(&sender.page()),
        )
        .await?;
        let mut work = desk.work(content, sender, errors);
        if posted::lacks_source(content, fields) {
            work.input = work.input.with_problem(DEFAULT_SOURCE, NO_SOURCE);
        }
        for (field, words) in posted::unseen(content, sender) {
            work.input = work.input.with_problem(field, words);
        }
        for level in posted::unticked(content) {
            let words = format!("Lesion at {level}: it has answers, so tick it, or take them away");
            work.input = work.input.with_problem(format!("lesion.{level}.level"), words);
        }
        match sender {
            Sender::Assessment => invalid(&form::form_page(self.visitor, &desk, &work, None)),
            Sender::Levels => {
                invalid(&lesions::list_page(self.app, self.visitor, &desk, &work).await?)
            }
            Sender::Level(level) => {
                let shown = lesions::Shown { level, what_if: "" };
                invalid(&lesions::level_page(self.app, self.visitor, &desk, &work, shown).await?)
            }
        }
    }
}
