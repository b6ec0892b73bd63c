//! The route table: axum cannot list its routes, this can. Tests go through it: every route anonymous,
//! in every role, at another site; every command leaves exactly one event; every page is checked by axe.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, get, post};
use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::layers::gate::{self, Gate};
use crate::state::App;

/// Who may ask for a route at all. What they may see or do there is the store's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever is signed in.
    SignedIn,
}

/// Which draft a posted form becomes when it cannot be taken now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftOf {
    /// Which form.
    pub form: FormKind,
    /// Pattern of the page that shows the form, with the parameters of the route.
    pub page: &'static str,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The pattern of its address.
    pub pattern: &'static str,
    /// Who may ask.
    pub access: Access,
    /// The action that it needs; none where signing in suffices, or nothing is needed.
    pub action: Option<Action>,
    /// The event that it leaves when done.
    pub event: Option<EventKind>,
    /// The draft that its form becomes.
    pub draft: Option<DraftOf>,
}

impl Route {
    /// The first parameter of a concrete address: what the form is about; `new` where there is none.
    pub fn object_of(&self, concrete: &str) -> String {
        self.parameters(concrete)
            .first()
            .map_or_else(|| "new".to_owned(), |(_, value)| (*value).to_owned())
    }

    /// The page that shows the form of this route, at the same parameters; the worklist where there is none.
    pub fn page_of(&self, concrete: &str) -> String {
        let Some(draft) = self.draft else { return "/".to_owned() };
        self.parameters(concrete).into_iter().fold(draft.page.to_owned(), |page, (name, value)| {
            page.replace(&format!("{{{name}}}"), value)
        })
    }

    fn parameters<'a>(&self, concrete: &'a str) -> Vec<(&'static str, &'a str)> {
        let pairs = self.pattern.split('/').zip(concrete.split('/'));
        pairs
            .filter_map(|(pattern, text)| {
                let name = pattern.strip_prefix('{')?.strip_suffix('}')?;
                Some((name, text))
            })
            .collect()
    }
}

/// The table while it is being filled, and the router with it.
pub struct Routes {
    app: App,
    router: Router<App>,
    table: Vec<Route>,
}

/// A command's row: what it needs and leaves.
#[derive(Debug, Clone, Copy)]
pub struct Needs {
    action: Option<Action>,
    event: Option<EventKind>,
    draft: Option<DraftOf>,
    access: Access,
}

/// A page or command for which signing in suffices.
pub const fn signed_in() -> Needs {
    Needs { action: None, event: None, draft: None, access: Access::SignedIn }
}

/// A page or command for anybody.
pub const fn public() -> Needs {
    Needs { action: None, event: None, draft: None, access: Access::Public }
}

/// A page or command that needs a right.
pub const fn needs(action: Action) -> Needs {
    Needs { action: Some(action), event: None, draft: None, access: Access::SignedIn }
}

impl Needs {
    /// The event that it leaves.
    #[must_use]
    pub const fn leaves(self, event: EventKind) -> Self {
        Self { event: Some(event), ..self }
    }

    /// The draft that its form becomes when it cannot be taken, and the page that shows it.
    #[must_use]
    pub const fn draft(self, form: FormKind, page: &'static str) -> Self {
        Self { draft: Some(DraftOf { form, page }), ..self }
    }
}

impl Routes {
    /// An empty table.
    pub fn new(app: App) -> Self {
        Self { app, router: Router::new(), table: Vec::new() }
    }

    /// A page.
    #[must_use]
    pub fn page<H, T>(self, pattern: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("GET", pattern, needs, get(handler))
    }

    /// A command.
    #[must_use]
    pub fn command<H, T>(self, pattern: &'static str, needs: Needs, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add("POST", pattern, needs, post(handler))
    }

    fn add(
        mut self,
        method: &'static str,
        pattern: &'static str,
        needs: Needs,
        handler: MethodRouter<App>,
    ) -> Self {
        let Needs { action, event, draft, access } = needs;
        let route = Route { method, pattern, access, action, event, draft };
        let gate = Gate { app: self.app.clone(), route };
        let handler = handler.layer(axum::middleware::from_fn_with_state(gate, gate::pass));
        self.router = self.router.route(pattern, handler);
        self.table.push(route);
        self
    }

    /// The router and the table.
    pub fn finish(self) -> (Router<App>, Vec<Route>) {
        (self.router, self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTE: Route = Route {
        method: "POST",
        pattern: "/cases/{number}/assessments",
        access: Access::SignedIn,
        action: Some(Action::AssessmentSave),
        event: Some(EventKind::AssessmentSaved),
        draft: Some(DraftOf { form: FormKind::Assessment, page: "/cases/{number}/assessment" }),
    };

    #[test]
    fn a_posted_form_leads_back_to_its_page_and_names_its_object() {
        let concrete = "/cases/NF-2026-0148/assessments";
        assert_eq!(ROUTE.page_of(concrete), "/cases/NF-2026-0148/assessment");
        assert_eq!(ROUTE.object_of(concrete), "NF-2026-0148");
    }

    #[test]
    fn a_form_without_an_object_is_about_something_new() {
        let route = Route { pattern: "/patients", draft: None, ..ROUTE };
        assert_eq!(route.object_of("/patients"), "new");
        assert_eq!(route.page_of("/patients"), "/");
    }
}
