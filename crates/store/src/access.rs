//! Finding what a page or a command is about, and authorising it, in one step: what is found here is
//! already inside the actor's scope, and the type that comes back is the proof.

use mdt::actor::{Actor, ActorKind, Denied, Grounds, Object};
use mdt::case::CaseState;
use mdt::case_number::CaseNumber;
use mdt::ids::{CaseId, MeetingId, PatientId, ProtocolVersionId, ReferralId, SiteId, UserId};
use mdt::meeting::MeetingState;
use mdt::permission::Action;
use mdt::referral::ReferralState;
use mdt::role::Duty;
use sqlx::PgConnection;

use crate::scope::Scope;
use crate::stored::coded;
use crate::{StoreError, elsewhere};

/// The case that a page or command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseKey {
    /// Its id.
    pub id: CaseId,
    /// Its number, the one people use.
    pub number: CaseNumber,
    /// The owning site.
    pub site: SiteId,
    /// The patient.
    pub patient: PatientId,
    /// Whether it is open; a closed case takes no new facts and no decision.
    pub open: bool,
    /// The protocol version its first assessment pinned.
    pub protocol_version: Option<ProtocolVersionId>,
    /// The version that an edit of the case row states as its base.
    pub row_version: i32,
}

/// The meeting that a page or command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingKey {
    /// Its id.
    pub id: MeetingId,
    /// The site that holds it.
    pub site: SiteId,
    /// How far it has come.
    pub state: MeetingState,
    /// The version that an edit states as its base.
    pub row_version: i32,
}

/// The patient that a page or command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatientKey {
    /// Id.
    pub id: PatientId,
    /// The site that knows them.
    pub site: SiteId,
    /// The version that an edit states as its base.
    pub row_version: i32,
}

/// The referral that a page or command is about, with its case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralKey {
    /// Its id.
    pub id: ReferralId,
    /// Its latest state.
    pub state: ReferralState,
    /// The ordinal of that state: the base that a triage states.
    pub state_ordinal: i32,
    /// The site that it is addressed to now, and that answers it.
    pub addressed: SiteId,
    /// The case that it opened or joined.
    pub case: CaseKey,
}

impl From<Denied> for StoreError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::SignIn | Denied::Unknown => Self::NotFound,
            Denied::Forbidden(action) => Self::Forbidden(action),
        }
    }
}

/// The case of that number, if the actor may do this to it.
pub(crate) async fn case(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    number: &CaseNumber,
) -> Result<(CaseKey, Grounds), StoreError> {
    if actor.kind == ActorKind::Operator {
        see_site_of(connection, actor, number).await?;
    }
    let number = number.to_string();
    let (found, object) = match find_case(connection, actor, &number).await? {
        Some((found, duties)) => {
            let mut object = Object::of(found.site).on_duty(duties);
            if sent_by_actor(connection, actor, found.id).await? {
                object = object.sent_by(actor.user());
            }
            (found, object)
        }
        None => find_case_elsewhere(connection, actor, &number).await?,
    };
    let grounds = actor.authorise(action, &object)?;
    Ok((found, grounds))
}

/// The command line acts at every site; its scope is the one that the number names.
async fn see_site_of(
    connection: &mut PgConnection,
    actor: &Actor,
    number: &CaseNumber,
) -> Result<(), StoreError> {
    let site = sqlx::query_scalar!(
        r#"select id as "id: SiteId" from site where prefix = $1"#,
        number.prefix().to_string(),
    )
    .fetch_optional(&mut *connection)
    .await?
    .ok_or(StoreError::NotFound)?;
    Scope { sites: vec![site], ..Scope::of(actor) }.apply(connection).await
}

struct CaseRow {
    id: CaseId,
    number: String,
    site_id: SiteId,
    patient_id: PatientId,
    state: String,
    protocol_version_id: Option<ProtocolVersionId>,
    row_version: i32,
    duties: Vec<String>,
}

async fn find_case(
    connection: &mut PgConnection,
    actor: &Actor,
    number: &str,
) -> Result<Option<(CaseKey, Vec<Duty>)>, StoreError> {
    let user = actor.user().map(UserId::uuid);
    // A duty counts in the meeting whose decision is open; without one, in the meeting at which the case
    // was listed last and not taken off again.
    let row = sqlx::query_as!(
        CaseRow,
        r#"
        select c.id as "id: CaseId", c.number, c.site_id as "site_id: SiteId",
               c.patient_id as "patient_id: PatientId", c.state,
               c.protocol_version_id as "protocol_version_id: ProtocolVersionId", c.row_version,
               array(
                   select d.duty
                     from meeting_duty d
                    where d.site_id = c.site_id and d.user_id = $2 and d.ended_at is null
                      and d.meeting_id = coalesce(
                          (select i.meeting_id from decision_draft t
                             join decision x on x.site_id = t.site_id and x.id = t.decision_id
                             join agenda_item i on i.site_id = x.site_id and i.id = x.agenda_item_id
                            where t.site_id = c.site_id and t.case_id = c.id and t.state <> 'discarded'
                            order by t.recorded_at desc limit 1),
                          (select i.meeting_id from agenda_item i
                            where i.site_id = c.site_id and i.case_id = c.id and i.state <> 'removed'
                            order by i.listed_at desc, i.id desc limit 1))
               ) as "duties!: Vec<String>"
          from mdt_case c
         where c.number = $1
        "#,
        number,
        user,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        let duties = duties(&row.duties, &row.number)?;
        Ok((CaseKey::try_from(row)?, duties))
    })
    .transpose()
}

fn duties(codes: &[String], row: &str) -> Result<Vec<Duty>, StoreError> {
    codes.iter().map(|code| coded(code, ("meeting_duty", "duty"), row)).collect()
}

impl TryFrom<CaseRow> for CaseKey {
    type Error = StoreError;

    fn try_from(row: CaseRow) -> Result<Self, StoreError> {
        let number = row
            .number
            .parse()
            .map_err(|why| StoreError::inconsistent("mdt_case", "number", row.id, why))?;
        Ok(Self {
            id: row.id,
            number,
            site: row.site_id,
            patient: row.patient_id,
            open: coded::<CaseState>(&row.state, ("mdt_case", "state"), row.id)? == CaseState::Open,
            protocol_version: row.protocol_version_id,
            row_version: row.row_version,
        })
    }
}

/// A case of another site to which a referral leads: one that the actor sent, or that is addressed to a
/// site of theirs now. The scope is widened to this case and no other.
async fn find_case_elsewhere(
    connection: &mut PgConnection,
    actor: &Actor,
    number: &str,
) -> Result<(CaseKey, Object), StoreError> {
    reach_elsewhere(connection, actor).await?;
    let (found, duties) =
        find_case(connection, actor, number).await?.ok_or(StoreError::NotFound)?;
    let referrals = sqlx::query!(
        r#"
        select sender_user_id as "sender!: UserId", addressed_site_id as "addressed!: SiteId"
          from referral_now where case_id = $1 order by ordinal
        "#,
        found.id.uuid(),
    )
    .fetch_all(&mut *connection)
    .await?;
    let sites = actor.sites();
    let mut object = Object::of(found.site).on_duty(duties);
    for referral in referrals {
        object = object.sent_by([referral.sender]);
        if sites.contains(&referral.addressed) {
            object = object.addressed_to(referral.addressed);
        }
    }
    elsewhere::widen(connection, Scope::of(actor), vec![found.id]).await?;
    Ok((found, object))
}

/// Widens the scope to every case elsewhere that a referral has led the actor to.
async fn reach_elsewhere(connection: &mut PgConnection, actor: &Actor) -> Result<(), StoreError> {
    let cases = elsewhere::cases(connection, actor).await?;
    if cases.is_empty() {
        return Err(StoreError::NotFound);
    }
    elsewhere::widen(connection, Scope::of(actor), cases).await
}

async fn sent_by_actor(
    connection: &mut PgConnection,
    actor: &Actor,
    case: CaseId,
) -> Result<bool, StoreError> {
    // Only a referrer's rights hang on having sent it; for everybody else the question is not asked.
    let asks = actor.roles().contains(&mdt::role::Role::Referrer);
    let (true, Some(user)) = (asks, actor.user()) else { return Ok(false) };
    let sent = sqlx::query_scalar!(
        r#"select exists (select 1 from referral where case_id = $1 and sender_user_id = $2) as "sent!""#,
        case.uuid(),
        user.uuid(),
    )
    .fetch_one(connection)
    .await?;
    Ok(sent)
}

/// The meeting of that id, if the actor may do this to it.
pub(crate) async fn meeting(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    id: MeetingId,
) -> Result<(MeetingKey, Grounds), StoreError> {
    let user = actor.user().map(UserId::uuid);
    let row = sqlx::query!(
        r#"
        select m.site_id as "site: SiteId", m.state, m.row_version,
               array(select d.duty from meeting_duty d
                      where d.site_id = m.site_id and d.meeting_id = m.id and d.user_id = $2
                        and d.ended_at is null) as "duties!: Vec<String>"
          from meeting m
         where m.id = $1
        "#,
        id.uuid(),
        user,
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::NotFound)?;
    let object = Object::of(row.site).on_duty(duties(&row.duties, &id.to_string())?);
    let grounds = actor.authorise(action, &object)?;
    let state = coded(&row.state, ("meeting", "state"), id)?;
    let key = MeetingKey { id, site: row.site, state, row_version: row.row_version };
    Ok((key, grounds))
}

/// The referral of that id with its case, if the actor may do this to it.
pub(crate) async fn referral(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    id: ReferralId,
) -> Result<(ReferralKey, Grounds), StoreError> {
    let mut found = find_referral(connection, id).await?;
    if found.is_none() {
        reach_elsewhere(connection, actor).await?;
        found = find_referral(connection, id).await?;
    }
    let found = found.ok_or(StoreError::NotFound)?;
    let (case, _) =
        find_case(connection, actor, &found.number).await?.ok_or(StoreError::NotFound)?;
    let object = Object::of(case.site).addressed_to(found.addressed).sent_by([found.sender]);
    let grounds = actor.authorise(action, &object)?;
    if !actor.sites().contains(&case.site) {
        elsewhere::widen(connection, Scope::of(actor), vec![case.id]).await?;
    }
    let key = ReferralKey {
        id,
        state: coded(&found.state, ("referral_state", "state"), id)?,
        state_ordinal: found.state_ordinal,
        addressed: found.addressed,
        case,
    };
    Ok((key, grounds))
}

struct ReferralRow {
    sender: UserId,
    addressed: SiteId,
    number: String,
    state: String,
    state_ordinal: i32,
}

async fn find_referral(
    connection: &mut PgConnection,
    id: ReferralId,
) -> Result<Option<ReferralRow>, StoreError> {
    let row = sqlx::query_as!(
        ReferralRow,
        r#"
        select r.sender_user_id as "sender!: UserId", r.addressed_site_id as "addressed!: SiteId", c.number,
               r.state as "state!", r.state_ordinal as "state_ordinal!"
          from referral_now r
          join mdt_case c on c.site_id = r.site_id and c.id = r.case_id
         where r.id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?;
    Ok(row)
}

/// The patient of that id, if the actor may do this to them.
pub(crate) async fn patient(
    connection: &mut PgConnection,
    actor: &Actor,
    action: Action,
    id: PatientId,
) -> Result<(PatientKey, Grounds), StoreError> {
    let row = sqlx::query!(
        r#"select site_id as "site: SiteId", row_version from patient where id = $1"#,
        id.uuid(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::NotFound)?;
    let grounds = actor.authorise(action, &Object::of(row.site))?;
    Ok((PatientKey { id, site: row.site, row_version: row.row_version }, grounds))
}
