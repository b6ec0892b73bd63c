//! What the tests of the whole product share: the application in process with typed visitors, pages as
//! parsed HTML. Test programs stand in `tests/`, one a folder.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot arrange should fail loudly"
)]

pub mod story;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use mdt::clock::{Clock, SteppedClock};
use scraper::{ElementRef, Html, Selector};
use store::testing::{PASSWORD, World};
use tower::ServiceExt;
use web::routes::Route;
use web::state::{App, Settings};

/// The application over a database of its own.
pub struct TestApp {
    /// Database, clock and cast.
    pub world: World,
    /// The application's state, for what a test asks it.
    pub app: App,
    /// The clock of sessions.
    pub session_clock: Arc<SteppedClock>,
    /// The route table.
    pub table: Vec<Route>,
    router: Router,
}

impl TestApp {
    /// A fresh one.
    pub async fn new() -> Self {
        Self::with(Settings { compression: false, ..Settings::default() }).await
    }

    /// A fresh one with these settings.
    pub async fn with(settings: Settings) -> Self {
        Self::over(World::new().await, settings).await
    }

    /// The application over a world in which things have happened.
    pub async fn over(world: World, settings: Settings) -> Self {
        let installation = world.store.installation().await.unwrap().unwrap();
        // The session layer dates its cookies by the machine's clock; this one starts there too.
        let session_clock = Arc::new(SteppedClock::new(mdt::clock::SystemClock.now()));
        let app = App::new(world.store.clone(), installation, session_clock.clone(), settings);
        let (router, table) = web::app::router(app.clone());
        Self { world, app, session_clock, table, router }
    }

    /// The application itself, to be served on a port.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The same, as a server that has the key of the log at hand.
    #[must_use]
    pub fn with_ledger_key(self, key: store::ledger::LedgerKey) -> Self {
        let app = self.app.clone().with_ledger_key(key);
        let (router, table) = web::app::router(app.clone());
        Self { app, table, router, ..self }
    }

    /// Somebody who has not signed in.
    pub fn nobody(&self) -> Visitor {
        Visitor::over(self.router.clone())
    }

    /// Somebody of the cast, signed in.
    pub async fn sign_in(&self, email: &str) -> Visitor {
        let mut visitor = self.nobody();
        let page = visitor.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{email} signs in: {}", page.text());
        visitor
    }

    /// Northfield's coordinator, signed in.
    pub async fn coordinator(&self) -> Visitor {
        self.sign_in("coordinator@northfield.example").await
    }

    /// Northfield's chair, signed in.
    pub async fn chair(&self) -> Visitor {
        self.sign_in("chair@northfield.example").await
    }
}

/// Somebody at a browser without JavaScript.
#[derive(Clone)]
pub struct Visitor {
    router: Router,
    cookie: Option<String>,
    /// The forms that were sent, in order.
    pub sent: Vec<Sent>,
}

/// A form that was sent and what came of it.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Where to.
    pub path: String,
    /// The answer.
    pub status: StatusCode,
    /// The id that the server gave the request; events name it.
    pub request: String,
}

/// An answer, parsed.
#[derive(Debug)]
pub struct Page {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: http::HeaderMap,
    /// The body as text.
    pub body: String,
    /// Where the request went.
    pub path: String,
}

impl Visitor {
    /// Somebody who has not signed in, at an application that is reached through this router: one that
    /// hands requests on to another process, for instance.
    pub fn over(router: Router) -> Self {
        Self { router, cookie: None, sent: Vec::new() }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path).body(Body::empty()).unwrap();
        self.send(path, request).await
    }

    /// Opens a page that must be there.
    pub async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "GET {path}: {}", page.text());
        page
    }

    /// Sends a form.
    pub async fn post<V: AsRef<str>>(&mut self, path: &str, fields: &[(&str, V)]) -> Page {
        let pairs = fields.iter().map(|(name, value)| (*name, value.as_ref()));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.post_raw(path, "application/x-www-form-urlencoded", body).await
    }

    /// Sends a body as it is.
    pub async fn post_raw(
        &mut self,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Page {
        let request = self.request(Method::POST, path).header(header::CONTENT_TYPE, content_type);
        let answer = self.send(path, request.body(body.into()).unwrap()).await;
        let id = answer.headers.get("x-request-id").and_then(|value| value.to_str().ok());
        self.sent.push(Sent {
            path: path.to_owned(),
            status: answer.status,
            request: id.unwrap_or_default().to_owned(),
        });
        answer
    }

    /// Fills in the form of a page and sends it: its hidden fields and what it holds, with these values.
    pub async fn submit<V: AsRef<str>>(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, V)],
    ) -> Page {
        let mut all = page.form(action);
        for (name, _) in fields {
            all.retain(|(known, _)| known != name);
        }
        all.extend(
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_ref().to_owned())),
        );
        let all: Vec<(&str, &str)> =
            all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &all).await
    }

    /// Follows the redirect that a command answered with.
    pub async fn follow(&mut self, answer: &Page) -> Page {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "POST {}: {}", answer.path, answer.text());
        self.open(&answer.location()).await
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        let builder =
            Request::builder().method(method).uri(path).header(header::HOST, "test.example");
        match &self.cookie {
            Some(cookie) => builder.header(header::COOKIE, cookie),
            None => builder,
        }
    }

    async fn send(&mut self, path: &str, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.remember(&response);
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Page { status: parts.status, headers: parts.headers, body, path: path.to_owned() }
    }

    fn remember(&mut self, response: &Response<Body>) {
        let set = response.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        if let Some(pair) = set.and_then(|text| text.split(';').next()) {
            self.cookie = Some(pair.to_owned()).filter(|pair| !pair.ends_with('='));
        }
    }
}

impl Page {
    /// The parsed document.
    pub fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }

    /// Where a redirect leads.
    pub fn location(&self) -> String {
        self.headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    }

    /// The texts of the elements that a selector finds, white space folded.
    pub fn all(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        self.html().select(&selector).map(text_of).collect()
    }

    /// The text of the first element that a selector finds; empty when there is none.
    pub fn first(&self, selector: &str) -> String {
        self.all(selector).into_iter().next().unwrap_or_default()
    }

    /// The value of an attribute of the first element that a selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(selector).unwrap();
        self.html()
            .select(&selector)
            .next()
            .and_then(|element| element.value().attr(name))
            .map(str::to_owned)
    }

    /// The text of the main part, white space folded.
    pub fn text(&self) -> String {
        let main = self.first("main");
        if main.is_empty() { self.body.chars().take(2000).collect() } else { main }
    }

    /// Where the first link of the main part with these words leads.
    pub fn link(&self, words: &str) -> Option<String> {
        let links = Selector::parse("main a[href]").unwrap();
        self.html()
            .select(&links)
            .find(|link| text_of(*link) == words)
            .and_then(|link| link.value().attr("href"))
            .map(str::to_owned)
    }

    /// The problems that a form names, or the beginning of the page.
    pub fn problems(&self) -> String {
        let named = self.all("[role=alert] li, .errsum li, .error-summary li").join(" | ");
        if named.is_empty() { self.text().chars().take(600).collect() } else { named }
    }

    /// Whether the main part says this.
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The fields of the form that posts to `action`, as a browser would send them untouched.
    pub fn form(&self, action: &str) -> Vec<(String, String)> {
        let html = self.html();
        let form = Selector::parse(&format!("form[action=\"{action}\"]")).unwrap();
        let form = html
            .select(&form)
            .next()
            .unwrap_or_else(|| panic!("{} has a form to {action}", self.path));
        let controls = Selector::parse("input, select, textarea").unwrap();
        let inside = form.select(&controls);
        let id = form.value().attr("id").unwrap_or("-");
        let by_attribute = Selector::parse(&format!("[form=\"{id}\"]")).unwrap();
        let outside = html.select(&by_attribute);
        inside.chain(outside).filter_map(|control| sent(&control)).collect()
    }
}

/// Name and value of a control that a browser would send.
fn sent(control: &ElementRef<'_>) -> Option<(String, String)> {
    let attribute = |name: &str| control.value().attr(name).map(str::to_owned);
    let name = attribute("name")?;
    let value = match control.value().name() {
        "select" => {
            let chosen = Selector::parse("option[selected]").unwrap();
            let first = Selector::parse("option").unwrap();
            let option =
                control.select(&chosen).next().or_else(|| control.select(&first).next())?;
            option.value().attr("value").map_or_else(|| text_of(option), str::to_owned)
        }
        // A button is sent only by whoever presses it.
        "button" => return None,
        "textarea" => control.text().collect::<String>().trim_start_matches('\n').to_owned(),
        _ => match attribute("type").as_deref() {
            Some("checkbox" | "radio") => {
                control.value().attr("checked")?;
                attribute("value").unwrap_or_else(|| "on".to_owned())
            }
            Some("submit" | "button" | "image" | "reset") => return None,
            _ => attribute("value").unwrap_or_default(),
        },
    };
    Some((name, value))
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
