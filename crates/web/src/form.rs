//! Forms as they arrive: name and value pairs in the order sent, and what makes a command of them.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mdt::ids::CommandId;
use mdt::text;
use sha2::{Digest, Sha256};
use store::Submission;

use crate::error::{LARGEST_FORM, WebError};
use crate::view::FormInput;

/// Names of fields that are never kept, echoed or hashed.
const SECRETS: [&str; 3] = ["password", "new_password", "repeat_password"];

/// A posted form.
#[derive(Debug, Clone, Default)]
pub struct PostedForm {
    fields: Vec<(String, String)>,
}

impl PostedForm {
    /// Reads a form from a request's body.
    ///
    /// # Errors
    /// [`WebError::NotAForm`], [`WebError::TooLarge`] or [`WebError::Malformed`].
    pub(crate) async fn read(request: Request) -> Result<Self, WebError> {
        if !is_form(&request) {
            return Err(WebError::NotAForm);
        }
        let body =
            Limited::new(request.into_body(), LARGEST_FORM).collect().await.map_err(|error| {
                if error.downcast_ref::<LengthLimitError>().is_some() {
                    WebError::TooLarge
                } else {
                    WebError::Malformed("the body ended early".to_owned())
                }
            })?;
        Self::parse(&body.to_bytes())
    }

    /// Parses `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`WebError::Malformed`] when a name or a value is not UTF-8 or holds a NUL, which no text column takes.
    pub fn parse(body: &Bytes) -> Result<Self, WebError> {
        let mut fields = Vec::new();
        for (name, value) in pairs(body) {
            let (Ok(name), Ok(value)) = (String::from_utf8(name), String::from_utf8(value)) else {
                return Err(WebError::Malformed("the form is not UTF-8".to_owned()));
            };
            if name.contains('\0') || value.contains('\0') {
                return Err(WebError::Malformed("the form holds a NUL character".to_owned()));
            }
            // A text area sends CRLF; one line break means one thing everywhere else.
            fields.push((name, value.replace("\r\n", "\n")));
        }
        Ok(Self { fields })
    }

    /// A form of these fields (a restored draft).
    pub fn of(fields: Vec<(String, String)>) -> Self {
        Self { fields }
    }

    /// The first value of a field, trimmed; empty when it is absent.
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }

    /// The value of a field, `None` when absent or blank.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.value(name)).filter(|value| !value.is_empty())
    }

    /// All fields but the secret ones.
    pub fn kept(&self) -> Vec<(String, String)> {
        self.fields.iter().filter(|(name, _)| !SECRETS.contains(&name.as_str())).cloned().collect()
    }

    /// All fields but the secret ones and the form's own machinery: what the domain parses.
    pub fn content(&self) -> Vec<(String, String)> {
        let machinery = ["command_id", "base", "next", "do"];
        self.kept().into_iter().filter(|(name, _)| !machinery.contains(&name.as_str())).collect()
    }

    /// The fields as a page shows them again, with what to say beside those that hold characters nobody sees;
    /// none when there are no such fields.
    pub(crate) fn unseen(&self) -> Option<FormInput> {
        let problem = |(field, value): (String, String)| {
            Some((field, text::check(&value, usize::MAX).err()?.to_string()))
        };
        let problems: Vec<_> = self.kept().into_iter().filter_map(problem).collect();
        let input =
            || problems.iter().fold(self.input(), |all, (at, why)| all.with_problem(at, why));
        (!problems.is_empty()).then(input)
    }

    /// The fields as a page shows them again.
    pub fn input(&self) -> FormInput {
        FormInput::from_pairs(self.kept())
    }

    /// The id of this sending and the hash of its contents.
    ///
    /// # Errors
    /// [`WebError::Malformed`] without a command id: every form of ours has one. [`WebError::Unseen`] when a text
    /// holds what nobody sees and the handler did not say so beside the field: it must not get into the record.
    pub fn submission(&self) -> Result<Submission, WebError> {
        let wrong = |(_, value): &(String, String)| text::check(value, usize::MAX).err();
        if let Some(error) = self.kept().iter().find_map(wrong) {
            return Err(WebError::Unseen(error.to_string()));
        }
        let id: CommandId = self
            .value("command_id")
            .parse()
            .map_err(|_| WebError::Malformed("the form has no command id".to_owned()))?;
        let mut hasher = Sha256::new();
        for (name, value) in self.kept() {
            for part in [&name, &value] {
                hasher.update(part.len().to_be_bytes());
                hasher.update(part.as_bytes());
            }
        }
        Ok(Submission { id, body: hasher.finalize().into() })
    }

    /// A whole number in a field.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.value(name).parse().ok()
    }
}

impl<S: Send + Sync> FromRequest<S> for PostedForm {
    type Rejection = WebError;

    async fn from_request(request: Request, _: &S) -> Result<Self, WebError> {
        Self::read(request).await
    }
}

fn is_form(request: &Request) -> bool {
    let essence = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    essence.and_then(|text| text.split(';').next()).is_some_and(|essence| {
        essence.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

/// Splits and decodes without assuming UTF-8: `form_urlencoded` would replace what is not.
fn pairs(body: &[u8]) -> impl Iterator<Item = (Vec<u8>, Vec<u8>)> {
    body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let decode = |half: Option<&[u8]>| decode(half.unwrap_or_default());
        (decode(halves.next()), decode(halves.next()))
    })
}

fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => decoded.push(b' '),
            b'%' => match hex_pair(after) {
                Some(byte) => {
                    decoded.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => decoded.push(b'%'),
            },
            other => decoded.push(*other),
        }
    }
    decoded
}

fn hex_pair(text: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(text.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<PostedForm, WebError> {
        PostedForm::parse(&Bytes::from(body.to_owned()))
    }

    #[test]
    fn fields_keep_their_order_and_repeat() {
        let form = parse("a=1&b=x+y%26z&a=2&empty=").unwrap();
        let expected = [("a", "1"), ("b", "x y&z"), ("a", "2"), ("empty", "")];
        assert_eq!(form.kept(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(form.given("empty"), None);
    }

    #[test]
    fn what_is_not_utf8_is_refused_and_never_replaced() {
        assert!(matches!(parse("name=%ff%fe"), Err(WebError::Malformed(_))));
        assert!(matches!(parse("name=a%00b"), Err(WebError::Malformed(_))));
    }

    #[test]
    fn passwords_are_neither_kept_nor_hashed_into_the_receipt() {
        let id = "0197a1b2-c3d4-7e5f-8a6b-0123456789ab";
        let first = parse(&format!("command_id={id}&password=one")).unwrap();
        let second = parse(&format!("command_id={id}&password=two")).unwrap();
        assert!(first.kept().iter().all(|(name, _)| name != "password"));
        assert_eq!(first.submission().unwrap(), second.submission().unwrap());
    }

    #[test]
    fn other_contents_have_another_hash() {
        let id = "0197a1b2-c3d4-7e5f-8a6b-0123456789ab";
        let hash = |rest: &str| {
            parse(&format!("command_id={id}&{rest}")).unwrap().submission().unwrap().body
        };
        assert_ne!(hash("a=1&b=2"), hash("a=1&b=3"));
        assert_ne!(hash("a=1&b=2"), hash("a=12&b="));
    }
}
