//! Somebody saved first: both sides, fact by fact, and what a person makes of them.

use axum::response::Response;
use clinical::assessment::Answers;
use store::assessments::{self, StoredAssessment};

use super::desk::{Desk, Showing, Work, at_ordinal, open, sourced, start_of, typed};
use super::save::Saving;
use crate::error::WebError;
use crate::pages::conflict;
use crate::present::banner;
use crate::present::facts::conflict::{Keeps, Merge};
use crate::present::facts::posted::{self, Fields};
use crate::present::facts::preview::preview;
use crate::present::score_card;
use crate::view::conflict::{Columns, ConflictPage, Effect};
use crate::view::score::totals_in_words;
use crate::view::{CaseTab, FormInput, FormView, Link, Section, Shell};

/// The page after a first sending that came too late; what was typed is in the draft as well.
pub(super) async fn page(saving: &Saving<'_>) -> Result<Response, WebError> {
    saving.keep().await?;
    if let Some((theirs, settled)) = nothing_differs(saving).await? {
        // There is nothing to choose: it counts as made from what is there.
        let now = Saving { base: theirs, number: saving.number.clone(), ..*saving };
        let content = posted::on_page(&settled, saving.sender);
        return Box::pin(now.save(&content, &settled, saving.sender)).await;
    }
    show(saving, &keeps(saving), false).await
}

/// The assessment that was saved meanwhile and the answers of the form, where the two differ in nothing.
async fn nothing_differs(saving: &Saving<'_>) -> Result<Option<(i32, Fields)>, WebError> {
    let (mut reading, _) = open(saving.app, saving.visitor, &saving.number).await?;
    let base = at_ordinal(&mut reading, started(saving)).await?;
    let referral = start_of(&mut reading, base.as_ref()).await?;
    let theirs = assessments::current(&mut reading).await?;
    let case = reading.finish().await?;
    let Some(theirs) = theirs.filter(|theirs| theirs.ordinal != saving.base) else {
        return Ok(None);
    };
    let zone = saving.visitor.sites.zone(case.site);
    let now = saving.app.now().with_timezone(&zone);
    let base = base.as_ref().map(|base| &base.assessment);
    let content = sourced(&typed(saving.form), referral.as_ref(), &now);
    let fields = posted::fields(&content, saving.sender, base, &now);
    let Ok(answers) = Answers::parse(&fields, &now) else { return Ok(None) };
    let names = saving.app.user_names().await?;
    let merge = Merge {
        base,
        theirs: &theirs.assessment,
        answers: &answers,
        fields: &fields,
        names: &names,
        zone,
    };
    let none = Keeps::new();
    let same = merge.page_rows(&none, false).is_empty();
    Ok(merge.settled(&none).ok().filter(|_| same).map(|settled| (theirs.ordinal, settled)))
}

/// The choices of a merge that was sent.
fn keeps(saving: &Saving<'_>) -> Keeps {
    let fields = saving.form.kept().into_iter();
    fields
        .filter_map(|(name, value)| Some((name.strip_prefix("keep.")?.to_owned(), value)))
        .collect()
}

/// The ordinal that the merged form was based on at first.
fn started(saving: &Saving<'_>) -> i32 {
    saving.form.number("merge-base").unwrap_or(saving.base)
}

/// Saves a merge: against the assessment that its page showed, with the choices made there.
pub(super) async fn save(saving: &Saving<'_>) -> Result<Response, WebError> {
    let keeps = keeps(saving);
    let (mut reading, _) = open(saving.app, saving.visitor, &saving.number).await?;
    let base = at_ordinal(&mut reading, started(saving)).await?;
    let referral = start_of(&mut reading, base.as_ref()).await?;
    let theirs = at_ordinal(&mut reading, saving.base).await?.ok_or(WebError::NotFound)?;
    let case = reading.finish().await?;
    let zone = saving.visitor.sites.zone(case.site);
    let now = saving.app.now().with_timezone(&zone);
    let content = sourced(&typed(saving.form), referral.as_ref(), &now);
    let fields =
        posted::fields(&content, saving.sender, base.as_ref().map(|base| &base.assessment), &now);
    let Ok(answers) = Answers::parse(&fields, &now) else {
        // Only text that was readable a moment ago gets here; reading it again says what is wrong now.
        return saving.save(&content, &fields, saving.sender).await;
    };
    let names = saving.app.user_names().await?;
    let merge = Merge {
        base: base.as_ref().map(|base| &base.assessment),
        theirs: &theirs.assessment,
        answers: &answers,
        fields: &fields,
        names: &names,
        zone,
    };
    match merge.settled(&keeps) {
        Ok(mut settled) => {
            // Every answer has its source by now, and what was taken from an assessment may have none.
            settled.retain(|(name, _)| !name.starts_with("default."));
            saving.save(&posted::on_page(&settled, saving.sender), &settled, saving.sender).await
        }
        Err(_) => show(saving, &keeps, true).await,
    }
}

async fn show(saving: &Saving<'_>, keeps: &Keeps, complain: bool) -> Result<Response, WebError> {
    let opened = open(saving.app, saving.visitor, &saving.number).await?;
    let desk = Desk::read(
        saving.app,
        saving.visitor,
        opened,
        Some(started(saving)),
        Showing::Page("assessment conflict"),
    )
    .await?;
    let Some(theirs) = desk.current.clone() else {
        return Err(WebError::Malformed(
            "the form was based on an assessment that the case does not have".to_owned(),
        ));
    };
    let content = typed(saving.form);
    let work = desk.work(&content, saving.sender, None);
    let base = desk.base.as_ref().map(|base| &base.assessment);
    let content = sourced(&content, desk.referral.as_ref(), &desk.now);
    let fields = posted::fields(&content, saving.sender, base, &desk.now);
    let answers =
        Answers::parse(&fields, &desk.now).unwrap_or_else(|_| work.preview.answers.clone());
    let merge = Merge {
        base,
        theirs: &theirs.assessment,
        answers: &answers,
        fields: &fields,
        names: &desk.names,
        zone: desk.zone,
    };
    // A choice was made between what was shown then; if they saved again, it holds only where their side stayed.
    let keeps = still_true(saving, &theirs, keeps).await?;
    let shown = Shown { saving, desk: &desk, work: &work, theirs: &theirs, merge: &merge };
    conflict(&shown.page(&keeps, complain))
}

/// The two sides and everything around them.
struct Shown<'a> {
    saving: &'a Saving<'a>,
    desk: &'a Desk,
    work: &'a Work,
    theirs: &'a StoredAssessment,
    merge: &'a Merge<'a>,
}

/// The choices about facts that the newest assessment leaves as the page showed them.
async fn still_true(
    saving: &Saving<'_>,
    theirs: &StoredAssessment,
    keeps: &Keeps,
) -> Result<Keeps, WebError> {
    if keeps.is_empty() || theirs.ordinal == saving.base {
        return Ok(keeps.clone());
    }
    let (mut reading, _) = open(saving.app, saving.visitor, &saving.number).await?;
    let shown = assessments::numbered(&mut reading, saving.base).await?;
    reading.finish().await?;
    let stayed = |field: &String| {
        posted::key_of(field).is_some_and(|key| {
            let fact = |stored: &StoredAssessment| {
                stored.assessment.fact(&key.code, key.level).map(|one| one.fact.clone())
            };
            fact(&shown) == fact(theirs)
        })
    };
    Ok(keeps
        .iter()
        .filter(|(field, _)| stayed(field))
        .map(|(field, side)| (field.clone(), side.clone()))
        .collect())
}

impl Shown<'_> {
    fn page(&self, keeps: &Keeps, complain: bool) -> ConflictPage {
        let Self { saving, desk, work, theirs, merge } = self;
        let visitor = saving.visitor;
        let next = theirs.ordinal + 1;
        let effects = effects(desk, theirs, merge);
        let lesions = work.preview.assessment.as_ref().map(|one| one.levels().len());
        let shell = visitor.shell("Somebody saved before you", Some(Section::Cases)).for_patient();
        let form = FormView::new(
            format!("{}/assessments", desk.href()),
            visitor.new_command_id(),
            &FormInput::default(),
        );
        ConflictPage {
            shell: Shell { problem: true, ..shell },
            banner: banner::of_case(visitor, &desk.case, &desk.head, Some(&theirs.assessment)),
            tabs: banner::tabs(visitor, &desk.case, Some(CaseTab::Assessment), lesions),
            happened: self.happened(),
            columns: self.columns(),
            fields: merge.page_rows(keeps, complain),
            effects_note: effects_note(&effects),
            effects,
            form: form.based_on(theirs.ordinal.to_string()),
            kept: kept(saving, desk.base_ordinal()),
            save: format!("Save assessment {next}"),
            then: format!(
                "Saving makes assessment {next} from your choices. What was saved before stays in the history, and \
                 your unsaved text is kept as a draft for 14 days."
            ),
            leave: Link::new(
                "Keep theirs, drop mine",
                format!("{}/assessments/{}", desk.href(), theirs.ordinal),
            ),
        }
    }

    fn by(&self) -> String {
        self.desk.names.get(&self.theirs.recorded_by).cloned().unwrap_or_default()
    }

    fn recorded(&self, format: &str) -> String {
        self.theirs.recorded_at.with_timezone(&self.desk.zone).format(format).to_string()
    }

    fn happened(&self) -> String {
        let on = match self.desk.base_ordinal() {
            0 => "the first one".to_owned(),
            started => format!("assessment {started}"),
        };
        let (by, at) = (self.by(), self.recorded("%H:%M:%S"));
        format!(
            "{by} saved assessment {} at {at}, while you were working on {on}.",
            self.theirs.ordinal
        )
    }

    fn columns(&self) -> Columns {
        let desk = self.desk;
        let base = desk.base.as_ref();
        Columns {
            base: base.map_or_else(
                || "Before: nothing".to_owned(),
                |base| format!("Before, assessment {}", base.ordinal),
            ),
            theirs: format!("Theirs, assessment {}", self.theirs.ordinal),
            theirs_by: format!("{} {}", self.by(), self.recorded("%H:%M")),
            yours: "Yours, not saved".to_owned(),
            yours_by: format!(
                "{} {}",
                self.saving.visitor.account.display_name,
                desk.now.format("%H:%M")
            ),
            started: base.map_or_else(
                || "You started from the referral".to_owned(),
                |base| {
                    format!("You started from assessment {}, {}", base.ordinal, desk.signed(base))
                },
            ),
        }
    }
}

/// Everything that was typed goes with the merge, and where it came from.
fn kept(saving: &Saving<'_>, started: i32) -> Fields {
    let mut kept = typed(saving.form);
    kept.push(("merge-base".to_owned(), started.to_string()));
    let from = saving.form.value("from");
    if !from.is_empty() {
        kept.push(("from".to_owned(), from.to_owned()));
    }
    kept
}

/// What the scores come to with all of theirs, and with all of yours.
fn effects(desk: &Desk, theirs: &StoredAssessment, merge: &Merge<'_>) -> Vec<Effect> {
    let lines = |side: &str| -> Vec<(String, String)> {
        let Ok(fields) = merge.settled(&merge.all(side)) else { return Vec::new() };
        let ordinal = u32::try_from(theirs.ordinal).unwrap_or(0);
        let base = Some((&theirs.assessment, ordinal));
        let made = preview(base, &fields, &desk.head.patient, desk.compiled.as_ref(), &desk.now);
        made.evaluation.as_ref().map(score_lines).unwrap_or_default()
    };
    let (with_theirs, with_yours) = (lines("theirs"), lines("yours"));
    let mut effects: Vec<Effect> = Vec::new();
    for (score, yours) in &with_yours {
        let theirs =
            with_theirs.iter().find(|(other, _)| other == score).map(|(_, line)| line.clone());
        let theirs = theirs.unwrap_or_else(|| "No such level".to_owned());
        if theirs != *yours {
            effects.push(Effect { score: score.clone(), theirs, yours: yours.clone() });
        }
    }
    effects
}

/// `8 to 9 / 15, Under 6 months`, by score.
fn score_lines(evaluation: &rules::Evaluation) -> Vec<(String, String)> {
    let scores = evaluation.results().filter(|result| result.rule_set().score().is_some());
    let line = scores.map(|result| {
        let place = result.level().map(|level| format!(" at {level}")).unwrap_or_default();
        let possible = score_card::possible(&result);
        let bands =
            result.bands().iter().map(|band| band.title.clone()).collect::<Vec<_>>().join(" or ");
        let max =
            result.rule_set().score().and_then(|score| score.bands.last()).map(|band| band.to);
        let max = max.map(|max| format!(" / {max}")).unwrap_or_default();
        let words = if possible.is_empty() {
            "does not apply".to_owned()
        } else {
            format!("{}{max}, {bands}", totals_in_words(&possible))
        };
        (format!("{}{place}", result.rule_set().short_title), words)
    });
    line.collect()
}

fn effects_note(effects: &[Effect]) -> String {
    if effects.is_empty() {
        return "Choose by what is true.".to_owned();
    }
    let band = |line: &str| line.split_once(", ").map(|(_, band)| band.to_owned());
    if effects.iter().all(|effect| band(&effect.theirs) == band(&effect.yours)) {
        "The band is the same either way. Choose by what is true.".to_owned()
    } else {
        "Choose by what is true, not by the band.".to_owned()
    }
}
