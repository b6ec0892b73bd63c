//! Exporting a log, or what it holds of one case or decision, as a bundle; and verifying the database
//! in force, which is the same export, read again at once.

mod rows;
mod select;
mod write;

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Seek as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;

use mdt::ids::{CaseId, DecisionId, SiteId};
use mdt::permission::{Act, act};

use super::bundle::{Summary, WriteError};
use super::key::LedgerKey;
use super::note::NoteError;
use super::seal::of_site;
use super::verify::{Recompute, Report, Trust, verify};
use crate::{CaseKey, Command, MeetingKey, Reading, Store, StoreError};

/// Why a bundle cannot be exported or the log not be verified.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database refused, or does not hold what it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bundle cannot be written.
    #[error("the bundle cannot be written")]
    Write(#[from] WriteError),
    /// The key of the installation cannot be used for this log.
    #[error("the key cannot be used for this log")]
    Key(#[from] NoteError),
    /// No key was ever made known to the database, and none was given.
    #[error("the database knows no ledger key: nothing was ever sealed")]
    NoKey,
    /// The file between export and verification cannot be used.
    #[error("the temporary file cannot be used")]
    File(#[from] io::Error),
}

impl From<sqlx::Error> for ExportError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// How much of a log a bundle holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Site,
    /// What concerns a case.
    Case(CaseId),
    /// What a decision rests on.
    Decision(CaseId, DecisionId),
}

impl Extent {
    pub(super) fn case(self) -> Option<CaseId> {
        match self {
            Self::Site => None,
            Self::Case(case) | Self::Decision(case, _) => Some(case),
        }
    }
}

/// The proof that somebody may read a log: made from a reading or a command under way.
#[derive(Debug, Clone, Copy)]
pub struct LogPermit {
    site: SiteId,
    case: Option<CaseId>,
}

/// The actions that lead to a log.
pub trait ReadsLog: Act {}
impl ReadsLog for act::BundleExport {}
impl ReadsLog for act::LedgerVerify {}

impl<A: ReadsLog> From<&Reading<A, SiteId>> for LogPermit {
    fn from(reading: &Reading<A, SiteId>) -> Self {
        Self { site: reading.site(), case: None }
    }
}

/// Of the site that held the meeting: its chair may verify, not export, the log that its cases are in.
impl From<&Reading<act::LedgerVerify, MeetingKey>> for LogPermit {
    fn from(reading: &Reading<act::LedgerVerify, MeetingKey>) -> Self {
        Self { site: reading.site(), case: None }
    }
}

impl<A: ReadsLog> From<&Reading<A, CaseKey>> for LogPermit {
    fn from(reading: &Reading<A, CaseKey>) -> Self {
        Self { site: reading.site(), case: Some(reading.subject.id) }
    }
}

impl<A: ReadsLog> From<&Command<A, SiteId>> for LogPermit {
    fn from(command: &Command<A, SiteId>) -> Self {
        Self { site: command.site(), case: None }
    }
}

impl<A: ReadsLog> From<&Command<A, CaseKey>> for LogPermit {
    fn from(command: &Command<A, CaseKey>) -> Self {
        Self { site: command.site(), case: Some(command.subject.id) }
    }
}

/// How a bundle is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExportOptions<'a> {
    /// Whether to disclose what the events withhold: names, free text, addresses.
    pub disclose: bool,
    /// The key that signs the end of the bundle, where it is at hand.
    pub signer: Option<&'a LedgerKey>,
    /// The size of a checkpoint that the receiver holds: the bundle of a case or decision then
    /// proves that it continues that one.
    pub known_size: Option<u64>,
    /// Whether to take in what still waits for its seal, as the verification of the database does.
    /// A file leaves it out: seal first.
    pub live: bool,
}

impl Store {
    /// Writes a bundle. The file's hash belongs into the `bundle.exported` event of the command
    /// that the permit is taken from.
    ///
    /// # Errors
    /// When the permit does not reach so far, nothing of that id is there, or something cannot be
    /// read or written.
    pub async fn export_bundle<W: Write + Send>(
        &self,
        permit: &LogPermit,
        extent: Extent,
        options: &ExportOptions<'_>,
        out: W,
    ) -> Result<Summary, ExportError> {
        if permit.case.is_some_and(|case| extent.case() != Some(case)) {
            return Err(StoreError::NotFound.into());
        }
        let mut transaction = of_site(permit.site).open(self.aside()).await?;
        // One snapshot for all that follows, and nothing is written.
        sqlx::Executor::execute(
            &mut *transaction,
            "set transaction isolation level repeatable read, read only",
        )
        .await?;
        let chosen = select::choose(&mut transaction, permit.site, extent, options).await?;
        let now = self.sources().now();
        let header = write::header(&mut transaction, permit.site, extent, options, &chosen, now);
        let (header, prefix) = header.await?;
        let mut writer = super::bundle::BundleWriter::new(out, header)?;
        write::records(&mut transaction, permit.site, &chosen, &mut writer).await?;
        let summary = writer.finish(options.signer.map(|key| (key, prefix.as_str())))?;
        transaction.commit().await?;
        Ok(summary)
    }

    /// Verifies the log of a site as it is in the database now, with everything it rests on.
    ///
    /// # Errors
    /// When it cannot be exported or read again; whatever it holds is told in the report.
    pub async fn verify_log(
        &self,
        permit: &LogPermit,
        trust: Trust,
        recompute: Arc<dyn Recompute + Send + Sync>,
    ) -> Result<Report, ExportError> {
        let name = hex::encode(self.sources().bytes::<16>());
        let mut file = unnamed_file(&name)?;
        let options = ExportOptions { disclose: true, live: true, ..ExportOptions::default() };
        self.export_bundle(permit, Extent::Site, &options, BufWriter::new(&file)).await?;
        file.rewind()?;
        let trust = Trust { live: true, ..trust };
        let work = move || verify(BufReader::new(file), &trust, recompute.as_ref());
        let report = tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| io::Error::other("the verification did not end"))??;
        Ok(report)
    }
}

/// A file that only this process can reach and that is gone when it ends, however it ends.
fn unnamed_file(name: &str) -> io::Result<File> {
    let process = std::process::id();
    let path = std::env::temp_dir().join(format!("spineboard-{process}-{name}"));
    let mut options = OpenOptions::new();
    let file = options.read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
