//! Scratch: addresses without hashes.
/// Address of a static file.
pub fn asset(path: &str) -> String { format!("/static/{path}") }
#[cfg(test)]
pub(crate) mod tests {
    pub(crate) fn addresses() -> std::collections::BTreeSet<String> {
        ["css/app.css", "js/app.js", "img/favicon.svg"].map(super::asset).into_iter().collect()
    }
    pub(crate) fn write_all(folder: &std::path::Path) { let _ = std::os::unix::fs::symlink("/work/main/static", folder.join("static")); }
}
