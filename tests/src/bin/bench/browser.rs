//! Somebody of the demonstration at a browser without JavaScript, over a real connection.

use form_urlencoded::Serializer;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use spineboard_tests::Page;

use crate::Result;
use crate::http::{Answer, Connection, get, post};

/// The password of everybody in a demonstration, which prints it.
pub(crate) const PASSWORD: &str = "demonstration";

/// A visitor.
#[derive(Debug)]
pub(crate) struct Browser {
    connection: Connection,
    cookie: String,
}

impl Browser {
    /// Signs in.
    pub(crate) async fn sign_in(address: &str, email: &str) -> Result<Self> {
        let mut browser =
            Self { connection: Connection::open(address).await?, cookie: String::new() };
        let answer = browser.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await?;
        done(&answer)?;
        Ok(browser)
    }

    /// The header lines that make a request this visitor's.
    pub(crate) fn headers(&self) -> String {
        if self.cookie.is_empty() { String::new() } else { format!("cookie: {}\r\n", self.cookie) }
    }

    /// Opens a page that must be there.
    pub(crate) async fn open(&mut self, path: &str) -> Result<Page> {
        let page = self.send(path, &get(path, &self.headers())).await?;
        if page.status == StatusCode::OK { Ok(page) } else { Err(refused(&page)) }
    }

    /// Sends fields.
    pub(crate) async fn post<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        path: &str,
        fields: &[(N, V)],
    ) -> Result<Page> {
        let body = encoded(fields);
        self.send(path, &post(path, &self.headers(), &body)).await
    }

    /// Fills in the form of a page and sends it, and insists that it is taken; where the answer leads.
    pub(crate) async fn submit(
        &mut self,
        page: &Page,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<String> {
        let mut all = page.form(action);
        all.retain(|(name, _)| fields.iter().all(|(given, _)| given != name));
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let answer = self.post(action, &all).await?;
        done(&answer)
    }

    async fn send(&mut self, path: &str, request: &[u8]) -> Result<Page> {
        let answer = self.connection.exchange(request).await?;
        let page = page(path, &answer)?;
        let set = page.headers.get(http::header::SET_COOKIE).and_then(|value| value.to_str().ok());
        if let Some(pair) = set.and_then(|text| text.split(';').next()) {
            pair.clone_into(&mut self.cookie);
        }
        Ok(page)
    }
}

/// Where the answer to a command leads.
pub(crate) fn done(answer: &Page) -> Result<String> {
    if answer.status == StatusCode::SEE_OTHER {
        Ok(answer.location())
    } else {
        Err(refused(answer))
    }
}

fn refused(page: &Page) -> Box<dyn std::error::Error + Send + Sync> {
    format!("{} answered {}: {}", page.path, page.status, page.problems()).into()
}

/// Fields as a browser sends them.
pub(crate) fn encoded<N: AsRef<str>, V: AsRef<str>>(fields: &[(N, V)]) -> String {
    let pairs = fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn page(path: &str, answer: &Answer<'_>) -> Result<Page> {
    let mut headers = HeaderMap::new();
    for line in answer.head.lines().skip(1) {
        if let Some((name, value)) = line.split_once(':') {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value.trim())?);
        }
    }
    let body = String::from_utf8_lossy(answer.body).into_owned();
    Ok(Page { status: StatusCode::from_u16(answer.status)?, headers, body, path: path.to_owned() })
}
