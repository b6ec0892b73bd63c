//! What a browser transfers the first time it shows the page of a case.

use std::collections::BTreeSet;

use spineboard_tests::Page;

use crate::Result;
use crate::browser::Browser;
use crate::http::{Connection, get};
use crate::plan::Plan;
use crate::report::{Goal, Report, say};
use crate::scene::{COORDINATOR, Scene};
use crate::server::Server;

/// What browsers accept over plain HTTP, where none asks for brotli.
const ACCEPT: &str = "accept-encoding: gzip, deflate\r\nconnection: close\r\n";
/// Where the style sheets are.
const SHEETS: &str = "/static/css/";

pub(crate) async fn measure(plan: &Plan, scene: &Scene, report: &mut Report) -> Result<()> {
    say("first visit");
    let server = Server::start(plan, "on").await?;
    let path = format!("/cases/{}", scene.typical()?);
    let mut reader = Browser::sign_in(&server.address, COORDINATOR).await?;
    let page = reader.open(&path).await?;
    let mut total = 0;
    for wanted in std::iter::once(path).chain(needed(&server, &page).await?) {
        let request = get(&wanted, &format!("{}{ACCEPT}", reader.headers()));
        let answer = Connection::open(&server.address).await?.whole(&request).await?;
        if !answer.starts_with(b"HTTP/1.1 200") {
            return Err(format!("{wanted} is not there").into());
        }
        say(&format!("  {wanted}: {} bytes", answer.len()));
        total += answer.len();
    }
    server.stop().await?;
    let kilobytes = f64::from(u32::try_from(total)?) / 1e3;
    report.add("case page, first visit, compressed", kilobytes, 1, "KB", Goal::Under(110.0));
    Ok(())
}

/// What the page names, and the fonts of its style sheets that its characters ask for.
async fn needed(server: &Server, page: &Page) -> Result<BTreeSet<String>> {
    let named =
        ["href=\"", "src=\""].into_iter().flat_map(|attribute| quoted(&page.body, attribute));
    let mut needed: BTreeSet<String> = named.filter(|path| path.starts_with("/static/")).collect();
    let sheets: Vec<String> =
        needed.iter().filter(|path| path.starts_with(SHEETS)).cloned().collect();
    for sheet in sheets {
        let mut connection = Connection::open(&server.address).await?;
        let answer = connection.exchange(&get(&sheet, "")).await?;
        needed.extend(fonts(std::str::from_utf8(answer.body)?, &page.body));
    }
    Ok(needed)
}

/// What stands in quotation marks after each of these.
fn quoted(text: &str, before: &str) -> Vec<String> {
    let pieces = text.split(before).skip(1);
    pieces.filter_map(|piece| piece.split_once('"')).map(|(value, _)| value.to_owned()).collect()
}

/// The files of the font faces with a character of the text in their range.
fn fonts(sheet: &str, text: &str) -> Vec<String> {
    let faces = sheet.split("@font-face{").skip(1).filter_map(|rest| rest.split_once('}'));
    faces
        .filter(|(face, _)| {
            let ranges = face.split_once("unicode-range:").map(|(_, list)| ranges(list));
            ranges.is_none_or(|ranges| {
                text.chars().any(|one| {
                    ranges.iter().any(|(from, to)| (*from..=*to).contains(&u32::from(one)))
                })
            })
        })
        .flat_map(|(face, _)| quoted(face, "url(\""))
        .collect()
}

/// `U+0000-00FF,U+0131`; it ends with the declaration.
fn ranges(list: &str) -> Vec<(u32, u32)> {
    let list = list.split_once(';').map_or(list, |(list, _)| list);
    let parsed = list.split(',').filter_map(|range| {
        let range = range.trim().strip_prefix("U+")?;
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        Some((u32::from_str_radix(from, 16).ok()?, u32::from_str_radix(to, 16).ok()?))
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_is_fetched_when_a_character_of_the_page_is_in_its_range() {
        let sheet = "@font-face{src:url(\"/a\") format(\"woff2\");unicode-range:U+0000-00FF,U+0131}\
                     @font-face{src:url(\"/b\");unicode-range:U+0100-02BA}@layer a;";
        assert_eq!(fonts(sheet, "plain"), ["/a"]);
        assert_eq!(fonts(sheet, "Dvořák"), ["/a", "/b"]);
    }
}
