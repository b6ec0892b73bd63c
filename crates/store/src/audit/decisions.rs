//! The signed decisions of a site, each with what became of it: the list that an auditor begins from.

use chrono::{DateTime, Utc};
use mdt::case_number::CaseNumber;
use mdt::ids::{CaseId, DecisionId, DecisionVersionId, UserId};

use super::log::LogReading;
use crate::StoreError;

/// One signed version, without a word of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDecision {
    /// The version, by which the list is paged.
    pub id: DecisionVersionId,
    /// Its decision.
    pub decision: DecisionId,
    /// Number of the version, from 1.
    pub version: u32,
    /// The latest signed version of the decision.
    pub latest: u32,
    /// Its case.
    pub case: CaseId,
    /// The number of the case.
    pub number: CaseNumber,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
    /// Who signed, in the order of signing.
    pub signers: Vec<UserId>,
    /// How many persons asked for its being void: the second voids it.
    pub voids: i64,
}

struct Row {
    id: DecisionVersionId,
    decision: DecisionId,
    version: i32,
    latest: i32,
    case: CaseId,
    number: String,
    signed_at: DateTime<Utc>,
    signers: Vec<uuid::Uuid>,
    voids: i64,
}

impl TryFrom<Row> for SignedDecision {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let count = |column, number: i32| {
            u32::try_from(number).map_err(|error| {
                StoreError::inconsistent("decision_version", column, row.id, error)
            })
        };
        Ok(Self {
            id: row.id,
            decision: row.decision,
            version: count("version", row.version)?,
            latest: count("version", row.latest)?,
            case: row.case,
            number: row
                .number
                .parse()
                .map_err(|error| StoreError::inconsistent("mdt_case", "number", row.case, error))?,
            signed_at: row.signed_at,
            signers: row.signers.into_iter().map(UserId::from).collect(),
            voids: row.voids,
        })
    }
}

impl LogReading {
    /// The signed versions, the latest first: at most `limit` of those before this one.
    ///
    /// # Errors
    /// When the database cannot be reached, or a row is damaged.
    pub async fn decisions(
        &mut self,
        before: Option<DecisionVersionId>,
        limit: i64,
    ) -> Result<Vec<SignedDecision>, StoreError> {
        let chair = self.chair().map(UserId::uuid);
        let (connection, site) = self.connection();
        let rows = sqlx::query_as!(
            Row,
            r#"
            select v.id as "id: DecisionVersionId", v.decision_id as "decision: DecisionId", v.version, v.signed_at,
                   (select max(w.version) from decision_version w
                     where w.site_id = v.site_id and w.decision_id = v.decision_id) as "latest!",
                   c.id as "case: CaseId", c.number,
                   array(select s.signer_id from decision_signature s
                          where s.site_id = v.site_id and s.decision_version_id = v.id
                          order by s.signed_at, s.signer_id) as "signers!: Vec<uuid::Uuid>",
                   (select count(*) from decision_void x
                     where x.site_id = v.site_id and x.decision_id = v.decision_id
                       and x.version = v.version) as "voids!"
              from decision_version v
              join mdt_case c on c.site_id = v.site_id and c.id = v.case_id
             where v.site_id = $1
               and ($2::uuid is null
                    or (v.signed_at, v.id) < (select b.signed_at, b.id from decision_version b
                                               where b.site_id = $1 and b.id = $2))
               and ($3::uuid is null
                    or v.decision_id in (select o.id
                                           from decision o
                                           join agenda_item i on i.site_id = o.site_id and i.id = o.agenda_item_id
                                           join meeting_duty d on d.site_id = i.site_id and d.meeting_id = i.meeting_id
                                          where o.site_id = $1 and d.user_id = $3 and d.duty = 'chair'
                                            and d.ended_at is null))
             order by v.signed_at desc, v.id desc
             limit $4
            "#,
            site.uuid(),
            before.map(DecisionVersionId::uuid),
            chair,
            limit,
        )
        .fetch_all(connection)
        .await?;
        rows.into_iter().map(SignedDecision::try_from).collect()
    }
}
