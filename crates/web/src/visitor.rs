//! Who is visiting: the signed-in user of a request, with everything a page's frame needs.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use mdt::actor::Actor;
use mdt::display;
use mdt::ids::{CommandId, UserId};
use mdt::permission::Action;
use serde::{Deserialize, Serialize};
use store::users::Account;
use tower_sessions::Session;

use crate::error::WebError;
use crate::state::{App, SiteList};
use crate::view::{Flash, Footnote, Link, Section, Shell, SignedIn, TextSize, Theme, Tone};

const FLASH: &str = "flash";

/// The signed-in user of a request.
#[derive(Clone)]
pub struct Visitor {
    /// For the store: who acts, in which roles, in which request.
    pub actor: Arc<Actor>,
    /// Name, address, preferences.
    pub account: Arc<Account>,
    /// The hospitals.
    pub sites: Arc<SiteList>,
    pub(crate) app: App,
    pub(crate) session: Session,
    pub(crate) path: String,
    pub(crate) flash: Option<Flash>,
}

/// A flash as the session keeps it until the next page.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFlash {
    tone: u8,
    text: String,
    link: Option<(String, String)>,
}

impl StoredFlash {
    pub(crate) fn of(flash: &Flash) -> Self {
        let tone = match flash.tone {
            Tone::Plain => 0,
            Tone::Ok => 1,
            Tone::Info => 2,
            Tone::Warn => 3,
            Tone::Crit => 4,
        };
        let link = flash.link.as_ref().map(|link| (link.text.clone(), link.href.clone()));
        Self { tone, text: flash.text.clone(), link }
    }

    pub(crate) fn into_flash(self) -> Flash {
        let tone = match self.tone {
            1 => Tone::Ok,
            2 => Tone::Info,
            3 => Tone::Warn,
            4 => Tone::Crit,
            _ => Tone::Plain,
        };
        Flash { tone, text: self.text, link: self.link.map(|(text, href)| Link::new(text, href)) }
    }
}

impl Visitor {
    /// Who, for what the store keeps per user.
    ///
    /// # Errors
    /// [`WebError::NotFound`] never in practice: a visitor is a user.
    pub fn user(&self) -> Result<UserId, WebError> {
        self.actor.user().ok_or(WebError::NotFound)
    }

    /// A command id for a form of the page that is being made.
    pub fn new_command_id(&self) -> String {
        self.app.store.sources().new_id::<CommandId>().to_string()
    }

    /// Whether a menu or a button for this is shown: a role at some site allows it.
    pub fn may_somewhere(&self, action: Action) -> bool {
        !self.actor.sites_where(action).is_empty()
    }

    /// The frame of a page.
    pub fn shell(&self, title: impl Into<String>, section: Option<Section>) -> Shell {
        let zone = self.sites.zone(self.actor.home);
        Shell {
            title: title.into(),
            problem: false,
            demonstration: self.app.is_demonstration(),
            user: Some(SignedIn {
                name: self.account.display_name.clone(),
                site: self.sites.name(self.actor.home),
            }),
            section,
            sections: self.sections(),
            theme: theme(&self.account.preferences.theme),
            text_size: if self.account.preferences.text_size == "larger" {
                TextSize::Larger
            } else {
                TextSize::Normal
            },
            shortcuts: self.account.preferences.shortcuts,
            flash: self.flash.clone(),
            now: display::date_time(self.app.now(), zone),
            footnote: Footnote::Plain,
            path: self.path.clone(),
        }
    }

    fn sections(&self) -> Vec<Section> {
        let mut sections = vec![Section::Worklist];
        let open = [
            (Section::Meetings, Action::MeetingRead),
            (Section::Cases, Action::CaseList),
            (Section::Audit, Action::LedgerVerify),
            (Section::Rules, Action::RuleRead),
            (Section::Admin, Action::UserManage),
        ];
        let allowed = open.iter().filter(|(_, action)| self.may_somewhere(*action));
        sections.extend(allowed.map(|(section, _)| *section));
        sections
    }

    /// Says on the next page what this command did.
    ///
    /// # Errors
    /// When the session cannot be written.
    pub async fn flash(
        &self,
        tone: Tone,
        text: impl Into<String>,
        link: Option<Link>,
    ) -> Result<(), WebError> {
        let flash = Flash { tone, text: text.into(), link };
        self.session
            .insert(FLASH, StoredFlash::of(&flash))
            .await
            .map_err(|error| WebError::Internal(format!("session: {error}")))
    }

    pub(crate) async fn take_flash(session: &Session) -> Result<Option<Flash>, WebError> {
        // Removing marks the session as changed, so look first.
        let stored = session.get::<StoredFlash>(FLASH).await.map_err(session_error)?;
        if stored.is_some() {
            session.remove::<StoredFlash>(FLASH).await.map_err(session_error)?;
        }
        Ok(stored.map(StoredFlash::into_flash))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err asks for")]
pub(crate) fn session_error(error: tower_sessions::session::Error) -> WebError {
    // A session that cannot be loaded means that the database does not answer.
    tracing::warn!(error = %error, "session");
    WebError::Unavailable
}

fn theme(code: &str) -> Theme {
    match code {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        _ => Theme::System,
    }
}

/// The frame of a page before anybody has signed in.
pub(crate) fn public_shell(app: &App, title: &str, path: &str) -> Shell {
    Shell {
        title: title.to_owned(),
        problem: false,
        demonstration: app.is_demonstration(),
        user: None,
        section: None,
        sections: Vec::new(),
        theme: Theme::System,
        text_size: TextSize::Normal,
        shortcuts: false,
        flash: None,
        now: display::date_time(app.now(), chrono_tz::Tz::UTC),
        footnote: Footnote::Plain,
        path: path.to_owned(),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        let next = parts.uri.path().to_owned();
        parts.extensions.get::<Self>().cloned().ok_or(WebError::SignIn { next, kept: false })
    }
}
