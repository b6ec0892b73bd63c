//! Recording a decision: as a draft, again and again until it is read back.

use std::collections::BTreeSet;

use mdt::decision::form::ParsedForm;
use mdt::decision::{
    Advice, Amendment, CheckContext, Content, DecisionDocument, DecisionError, DecisionState,
    DocumentError, Heading, Supersedes,
};
use mdt::event::{Event, EventKind, SubjectKind};
use mdt::ids::{DecisionId, EvaluationId, SiteId, UserId};
use mdt::meeting::{ItemState, MeetingState};
use mdt::permission::{Act, act};
use mdt::role::Duty;
use uuid::Uuid;

use super::context::{
    Current, Presentation, assessment_of, counted, current, has_duty, latest_presentation,
    lock_case, presentation, set_item_state, stored,
};
use super::draft::{DraftRow, OpenDraft, latest_signed, open_draft, with_document, write_draft};
use crate::{CaseKey, Command, Committed, StoreError};

/// A decision as it was entered.
#[derive(Debug, Clone, Copy)]
pub struct Recording<'a> {
    /// The version of the draft that the form showed; none when there was no draft.
    pub base: Option<i32>,
    /// The evaluation that the form showed.
    pub evaluation: EvaluationId,
    /// The form, as typed and as far as it could be read.
    pub form: &'a ParsedForm,
    /// The scores of that evaluation that advise (see [`super::advice_of`]).
    pub advising: &'a [Advice],
}

/// Records a draft, complete or not; what was read back or confirmed before is that no longer. The first
/// record opens the case's agenda item.
///
/// # Errors
/// [`StoreError::Refused`] when the case is on no agenda or its meeting has not been opened, the actor is
/// neither chair nor scribe of the sitting, facts changed since the form was shown, or the form names
/// people that nobody knows; [`StoreError::Stale`] when the draft has changed since.
pub async fn record_decision(
    mut command: Command<act::DecisionRecord, CaseKey>,
    recording: Recording<'_>,
) -> Result<Committed, StoreError> {
    lock_case(&mut command).await?;
    let recorded = write(&mut command, &recording).await?;
    let mut event = recorded.target.event(&command.subject);
    if let Some((bytes, document)) = &recorded.document {
        event = with_document(event, bytes, document);
    }
    let event = event.data("complete", recorded.document.is_some());
    let location = format!("/cases/{}/decision", command.subject.number);
    command.commit(event, location).await
}

/// What was written.
struct Recorded {
    target: Target,
    document: Option<(Vec<u8>, DecisionDocument)>,
}

/// Checks and writes the draft, without its event. The case is locked.
async fn write<A: Act>(
    command: &mut Command<A, CaseKey>,
    recording: &Recording<'_>,
) -> Result<Recorded, StoreError> {
    let target = target(command, recording.base).await?;
    target.require_duty(command).await?;
    let current = current(command).await?;
    require_current(command, recording.evaluation, &current).await?;
    require_known(command, &recording.form.draft.content, target.decision).await?;
    let document = target.document(&command.subject, &current, recording)?;
    if target.is_new {
        insert_decision(command, &target).await?;
    }
    let item = target.item_state()?;
    set_item_state(command, target.presentation.item, item).await?;
    let row = DraftRow {
        decision: target.decision,
        version: target.version,
        evaluation: recording.evaluation,
        drafted: target.drafted.unwrap_or(current.basis.assessment_ordinal),
        fields: &recording.form.fields,
        document: document.as_ref().map(|(bytes, _)| bytes.as_slice()),
        amendment: target.amendment.as_ref(),
    };
    write_draft(command, &row).await?;
    Ok(Recorded { target, document })
}

/// Writes the draft as part of another step. The case is locked.
pub(super) async fn record_with<A: Act>(
    command: &mut Command<A, CaseKey>,
    recording: &Recording<'_>,
) -> Result<(), StoreError> {
    write(command, recording).await.map(|_| ())
}

/// The decision and version that a record writes to.
struct Target {
    decision: DecisionId,
    ordinal: u32,
    version: u32,
    is_new: bool,
    /// Confirmed or read back or recorded before.
    before: Option<DecisionState>,
    /// The assessment on which the draft was begun.
    drafted: Option<u32>,
    presentation: Presentation,
    amendment: Option<Amendment>,
    supersedes: Option<Supersedes>,
}

async fn target<A: Act>(
    command: &mut Command<A, CaseKey>,
    base: Option<i32>,
) -> Result<Target, StoreError> {
    match (open_draft(command).await?, base) {
        (Some(draft), Some(base)) if draft.row_version == base => again(command, draft).await,
        (Some(draft), base) => Err(StoreError::Stale {
            base: base.unwrap_or(0).into(),
            current: draft.row_version.into(),
        }),
        (None, Some(base)) => Err(StoreError::Stale { base: base.into(), current: 0 }),
        (None, None) => first(command).await,
    }
}

/// The draft that is under way.
async fn again<A: Act>(
    command: &mut Command<A, CaseKey>,
    draft: OpenDraft,
) -> Result<Target, StoreError> {
    DecisionState::record(Some(draft.state)).map_err(StoreError::refused)?;
    let supersedes = match draft.amendment {
        Some(_) => latest_signed(command).await?.map(|signed| signed.supersedes()),
        None => None,
    };
    Ok(Target {
        decision: draft.decision,
        ordinal: draft.ordinal,
        version: draft.version,
        is_new: false,
        before: Some(draft.state),
        drafted: Some(draft.drafted),
        presentation: presentation(command, draft.item).await?,
        amendment: draft.amendment,
        supersedes,
    })
}

/// A first draft: of the presentation at hand.
async fn first<A: Act>(command: &mut Command<A, CaseKey>) -> Result<Target, StoreError> {
    let presentation = latest_presentation(command).await?.ok_or_else(|| {
        StoreError::Refused("The case is on no agenda: list it for a meeting first.".to_owned())
    })?;
    let (site, case) = (command.site(), command.subject.id);
    let known = sqlx::query!(
        r#"
        select d.id as "id: DecisionId", d.ordinal,
               exists (select 1 from decision_version v
                        where v.site_id = d.site_id and v.decision_id = d.id) as "signed!"
          from decision d
         where d.site_id = $1 and d.agenda_item_id = $2
        "#,
        site.uuid(),
        presentation.item.uuid(),
    )
    .fetch_optional(command.connection())
    .await?;
    let is_new = known.is_none();
    let (decision, ordinal) = match known {
        Some(known) if known.signed => {
            return Err(signed_already());
        }
        Some(known) => (known.id, counted(known.ordinal, "decision", "ordinal", known.id)?),
        None => {
            let last = sqlx::query_scalar!(
                r#"select coalesce(max(ordinal), 0) as "last!" from decision where site_id = $1 and case_id = $2"#,
                site.uuid(),
                case.uuid(),
            )
            .fetch_one(command.connection())
            .await?;
            (command.new_id(), counted(last, "decision", "ordinal", case)? + 1)
        }
    };
    Ok(Target {
        decision,
        ordinal,
        version: 1,
        is_new,
        before: None,
        drafted: None,
        presentation,
        amendment: None,
        supersedes: None,
    })
}

fn signed_already() -> StoreError {
    match DecisionState::record(Some(DecisionState::Signed)) {
        Err(why) => StoreError::refused(why),
        Ok(_) => StoreError::NotFound,
    }
}

impl Target {
    /// In the sitting its chair or scribe writes; a draft of an amendment is nobody's in particular.
    async fn require_duty<A: Act>(
        &self,
        command: &mut Command<A, CaseKey>,
    ) -> Result<(), StoreError> {
        let live = self.version == 1 && self.presentation.meeting_state == MeetingState::InSession;
        let duties = [Duty::Chair, Duty::Scribe];
        if live && !has_duty(command, self.presentation.meeting, &duties).await? {
            return Err(StoreError::Refused(
                "While the meeting is in session its chair or its scribe records decisions."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Where the agenda item stands afterwards. One that was confirmed is discussed again as long as the
    /// meeting lasts; after it, the outcome stays until the next confirmation.
    fn item_state(&self) -> Result<ItemState, StoreError> {
        let (meeting, item) = (self.presentation.meeting_state, self.presentation.state);
        match (self.before, meeting) {
            _ if self.version > 1 => Ok(item),
            (Some(_), MeetingState::InSession) => Ok(ItemState::Open),
            (Some(_), _) => Ok(item),
            (None, _) => item.begin(meeting).map_err(StoreError::refused),
        }
    }

    /// The document, as soon as the draft is complete.
    fn document(
        &self,
        case: &CaseKey,
        current: &Current,
        recording: &Recording<'_>,
    ) -> Result<Option<(Vec<u8>, DecisionDocument)>, StoreError> {
        if !recording.form.problems.is_empty() {
            return Ok(None);
        }
        let ordinal = current.basis.assessment_ordinal;
        let context = CheckContext {
            earliest: Some(self.presentation.day),
            advising: recording.advising,
            facts_changed_to: self.drafted.filter(|drafted| *drafted != ordinal).map(|_| ordinal),
        };
        let (heading, basis) = (self.heading(case), current.basis.clone());
        let document =
            match DecisionDocument::from_draft(&recording.form.draft, heading, basis, &context) {
                Ok(document) => document,
                Err(DocumentError::Incomplete(_)) => return Ok(None),
                Err(why) => return Err(StoreError::Canonical(why.to_string())),
            };
        let document = match (self.supersedes, self.amendment.clone()) {
            (Some(before), Some(amendment)) => document.amending(before, amendment),
            _ => document,
        };
        let bytes =
            document.canonical_bytes().map_err(|why| StoreError::Canonical(why.to_string()))?;
        Ok(Some((bytes, document)))
    }

    fn heading(&self, case: &CaseKey) -> Heading {
        Heading {
            site: case.site,
            patient: case.patient,
            case: case.id,
            case_number: case.number.clone(),
            decision: self.decision,
            ordinal: self.ordinal,
            version: self.version,
            meeting: self.presentation.meeting,
            agenda_item: self.presentation.item,
        }
    }

    fn event(&self, case: &CaseKey) -> Event {
        let event = Event::new(EventKind::DecisionRecorded)
            .subject_version(SubjectKind::Decision, self.decision, self.version)
            .case(case.id)
            .patient(case.patient)
            .data("ordinal", self.ordinal)
            .data("version", self.version);
        match &self.amendment {
            Some(amendment) => event.reason(amendment.reason),
            None => event,
        }
    }
}

/// The form was made for the evaluation of now; agreements stated against another one would be about
/// something else.
async fn require_current<A: Act>(
    command: &mut Command<A, CaseKey>,
    evaluation: EvaluationId,
    current: &Current,
) -> Result<(), StoreError> {
    if evaluation == current.basis.evaluation_id {
        return Ok(());
    }
    let drafted = assessment_of(command, evaluation).await?;
    let current = current.basis.assessment_ordinal;
    Err(match drafted {
        0 => StoreError::Refused("The evaluation belongs to another case.".to_owned()),
        drafted if drafted == current => StoreError::Refused(
            "The case was evaluated again since the form was opened: check the advice and save again."
                .to_owned(),
        ),
        drafted => StoreError::refused(DecisionError::FactsChanged { drafted, current }),
    })
}

/// Everybody and everything that the content names is there.
async fn require_known<A: Act>(
    command: &mut Command<A, CaseKey>,
    content: &Content,
    decision: DecisionId,
) -> Result<(), StoreError> {
    let (site, case) = (command.site(), command.subject.id);
    let people: Vec<Uuid> = people_of(content).into_iter().map(UserId::uuid).collect();
    let sites: BTreeSet<Uuid> =
        content.plan.iter().filter_map(|row| row.site).map(SiteId::uuid).collect();
    let sites: Vec<Uuid> = sites.into_iter().collect();
    let earlier = content.confirms.map(DecisionId::uuid);
    let known = sqlx::query!(
        r#"
        select (select count(*) from app_user where id = any ($1)) = cardinality($1::uuid[]) as "people!",
               (select count(*) from site where id = any ($2) and kind = 'hospital') = cardinality($2::uuid[])
                   as "sites!",
               $3::uuid is null or exists (
                   select 1 from decision d
                     join decision_version v on v.site_id = d.site_id and v.decision_id = d.id
                    where d.site_id = $4 and d.case_id = $5 and d.id = $3 and d.id <> $6) as "earlier!"
        "#,
        &people,
        &sites,
        earlier,
        site.uuid(),
        case.uuid(),
        decision.uuid(),
    )
    .fetch_one(command.connection())
    .await?;
    let refuse = |what: &str| {
        Err(StoreError::Refused(format!("The decision names {what} that is not known here.")))
    };
    match (known.people, known.sites, known.earlier) {
        (false, _, _) => refuse("a person"),
        (_, false, _) => refuse("a site"),
        (_, _, false) => refuse("an earlier decision"),
        _ => Ok(()),
    }
}

/// Everybody whom the content names.
pub(super) fn people_of(content: &Content) -> BTreeSet<UserId> {
    let plan = content.plan.iter().filter_map(|row| row.responsible);
    let actions = content.actions.iter().filter_map(|row| row.owner);
    let dissent = content.dissent.iter().filter_map(|row| row.person);
    let single = [
        content.investigation.as_ref().and_then(|details| details.owner),
        content.deferral.as_ref().and_then(|details| details.owner),
        content.supportive_owner,
    ];
    plan.chain(actions).chain(dissent).chain(single.into_iter().flatten()).collect()
}

async fn insert_decision<A: Act>(
    command: &mut Command<A, CaseKey>,
    target: &Target,
) -> Result<(), StoreError> {
    let (site, case, now) = (command.site(), command.subject.id, command.now());
    sqlx::query!(
        r#"
        insert into decision (site_id, id, case_id, ordinal, agenda_item_id, recorded_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        site.uuid(),
        target.decision.uuid(),
        case.uuid(),
        stored(target.ordinal),
        target.presentation.item.uuid(),
        now,
    )
    .execute(command.connection())
    .await?;
    Ok(())
}
