//! Style sheet, script, font and icon: embedded in the program, named by content hash, cached for ever.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// Everything under this path is ours: `/static/css/app.1f3a….css`.
pub const PREFIX: &str = "/static/";

/// A hashed name never changes its bytes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

#[derive(RustEmbed)]
#[folder = "../../static"]
struct Embedded;

struct StaticFile {
    bytes: Cow<'static, [u8]>,
    content_type: String,
}

struct Files {
    /// Hashed path (without prefix) to file.
    by_hashed: BTreeMap<String, StaticFile>,
    /// Plain path to hashed path.
    hashed_of: BTreeMap<String, String>,
}

static FILES: LazyLock<Files> = LazyLock::new(load);

/// Address of a static file: `asset("css/app.css")` is `/static/css/app.<hash>.css`.
///
/// An unknown path comes back without a hash and answers 404 when fetched; a test holds the names that templates use
/// equal to the files that exist.
pub fn asset(path: &str) -> String {
    let hashed = FILES.hashed_of.get(path).map_or(path, String::as_str);
    format!("{PREFIX}{hashed}")
}

/// Handler of `GET /static/{*path}`.
pub async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let hashed = uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let Some(file) = FILES.by_hashed.get(hashed) else {
        return (StatusCode::NOT_FOUND, "no such file").into_response();
    };
    let tag = format!("\"{hashed}\"");
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let common = [(header::CACHE_CONTROL, FOR_EVER.to_owned()), (header::ETAG, tag)];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let body = match &file.bytes {
        Cow::Borrowed(bytes) => Body::from(*bytes),
        Cow::Owned(bytes) => Body::from(bytes.clone()),
    };
    (common, [(header::CONTENT_TYPE, file.content_type.clone())], body).into_response()
}

fn load() -> Files {
    let mut files = Files { by_hashed: BTreeMap::new(), hashed_of: BTreeMap::new() };
    let (styles, others): (Vec<_>, Vec<_>) =
        Embedded::iter().partition(|path| path.ends_with(".css"));
    for path in others {
        if let Some(file) = Embedded::get(&path) {
            files.add(&path, file.data);
        }
    }
    // Style sheets come last: the addresses in them get the hashes of the files that they name.
    for path in styles {
        if let Some(file) = Embedded::get(&path) {
            let bytes = files.with_hashed_addresses(file.data);
            files.add(&path, bytes);
        }
    }
    files
}

impl Files {
    fn add(&mut self, path: &str, bytes: Cow<'static, [u8]>) {
        let hashed = hashed_name(path, &bytes);
        let content_type = content_type(path);
        self.hashed_of.insert(path.to_owned(), hashed.clone());
        self.by_hashed.insert(hashed, StaticFile { bytes, content_type });
    }

    fn with_hashed_addresses(&self, bytes: Cow<'static, [u8]>) -> Cow<'static, [u8]> {
        let Ok(text) = std::str::from_utf8(&bytes) else { return bytes };
        let text = self.hashed_of.iter().fold(text.to_owned(), |text, (plain, hashed)| {
            text.replace(&format!("{PREFIX}{plain}"), &format!("{PREFIX}{hashed}"))
        });
        Cow::Owned(text.into_bytes())
    }
}

/// `css/app.css` becomes `css/app.<first 16 hex of SHA-256>.css`.
fn hashed_name(path: &str, bytes: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(bytes));
    let short: String = digest.chars().take(16).collect();
    match path.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}.{short}.{extension}"),
        None => format!("{path}.{short}"),
    }
}

fn content_type(path: &str) -> String {
    let guessed = mime_guess::from_path(path).first_or_octet_stream();
    if guessed.type_() == "text" {
        format!("{guessed}; charset=utf-8")
    } else {
        guessed.to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Addresses of everything that is served.
    pub(crate) fn addresses() -> BTreeSet<String> {
        FILES.by_hashed.keys().map(|path| format!("{PREFIX}{path}")).collect()
    }

    /// Writes everything that is served under a folder, for the gallery.
    pub(crate) fn write_all(folder: &Path) {
        for (path, file) in &FILES.by_hashed {
            let target = folder.join("static").join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, &file.bytes).unwrap();
        }
    }

    #[test]
    fn every_address_in_the_style_sheet_has_a_hash() {
        let hashed = asset("css/app.css");
        let file = &FILES.by_hashed[hashed.strip_prefix(PREFIX).unwrap()];
        let text = std::str::from_utf8(&file.bytes).unwrap();
        let addresses: Vec<&str> =
            text.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!addresses.is_empty());
        for address in addresses {
            let path = address.strip_prefix(PREFIX).unwrap();
            assert!(FILES.by_hashed.contains_key(path), "{address} is not served");
        }
    }

    #[test]
    fn both_dark_blocks_of_the_style_sheet_are_equal() {
        // `system` repeats the dark tokens under a media query: the two must not drift apart.
        let file = Embedded::get("css/app.css").unwrap();
        let text = std::str::from_utf8(&file.data).unwrap();
        let block = |start: &str| {
            let rest = text.split_once(start).unwrap().1;
            rest.split_once('}').unwrap().0.split_whitespace().collect::<String>()
        };
        assert_eq!(
            block("\n[data-theme=dark]{"),
            block("(prefers-color-scheme:dark){[data-theme=system]{")
        );
    }

    #[test]
    fn a_name_carries_the_hash_of_its_content() {
        let one = hashed_name("css/app.css", b"a");
        assert_eq!(one, "css/app.ca978112ca1bbdca.css");
        assert_ne!(one, hashed_name("css/app.css", b"b"));
    }

    #[test]
    fn types_are_those_that_browsers_insist_on() {
        assert_eq!(content_type("css/app.css"), "text/css; charset=utf-8");
        assert_eq!(content_type("js/app.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("img/favicon.svg"), "image/svg+xml");
        assert_eq!(content_type("vendor/inter.woff2"), "font/woff2");
    }

    /// The parts of a text that stand between two marks, every second one.
    fn quoted(text: &str, mark: char) -> impl Iterator<Item = &str> {
        text.split(mark).skip(1).step_by(2)
    }

    fn words(text: &str) -> impl Iterator<Item = &str> {
        text.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '-' || sign == '_'))
    }

    fn sources(folder: &str, extension: &str) -> Vec<String> {
        let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
        let mut texts = Vec::new();
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    waiting.push(path);
                } else if path.extension().is_some_and(|one| one == extension) {
                    texts.push(fs::read_to_string(path).unwrap());
                }
            }
        }
        texts
    }

    /// The names of classes in the selectors of a style sheet.
    fn classes(css: &str) -> BTreeSet<String> {
        let uncommented: String = css
            .split("/*")
            .enumerate()
            .map(|(n, part)| if n == 0 { part } else { part.split_once("*/").unwrap().1 })
            .collect();
        let selectors = uncommented.split('{').filter_map(|part| part.rsplit([';', '}']).next());
        let selectors = selectors.filter(|selector| !selector.trim_start().starts_with('@'));
        let named = selectors
            .flat_map(|selector| selector.split('.').skip(1).filter_map(|rest| words(rest).next()));
        named.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn every_class_of_the_style_sheet_is_used_by_a_page() {
        let file = Embedded::get("css/app.css").unwrap();
        let styled = classes(std::str::from_utf8(&file.data).unwrap());
        assert!(styled.len() > 100, "{styled:?}");
        let mut used = BTreeSet::new();
        for template in sources("../../templates", "html") {
            for tag in template.split("class=\"").skip(1).filter_map(|rest| rest.split('>').next())
            {
                used.extend(words(tag).map(str::to_owned));
            }
        }
        for (folder, extension, marks) in [("src", "rs", "\""), ("../../static/js", "js", "'\"`")] {
            for source in sources(folder, extension) {
                for line in source.lines() {
                    let literals = marks.chars().flat_map(|mark| quoted(line, mark));
                    used.extend(literals.flat_map(words).map(str::to_owned));
                }
            }
        }
        let dead: Vec<&String> = styled.difference(&used).collect();
        assert!(dead.is_empty(), "no page has these classes: {dead:?}");
    }
}
