//! For auditors: where a signed decision comes from, its bundle, the log of a site and its verification.

mod bundle;
mod decided;
mod decision;
mod decisions;
mod facts;
mod log;
mod verdict;
mod verification;

use mdt::event::EventKind;
use mdt::ids::SiteId;
use mdt::permission::{Action, Relation, Verdict, verdict as right};
use mdt::role::Duty;
use rules::Hash;
use store::meetings::Place;
use store::sites::Site;

use crate::error::WebError;
use crate::routes::{Routes, needs};
use crate::visitor::Visitor;

pub(super) fn routes(routes: Routes) -> Routes {
    let verifies = needs(Action::LedgerVerify);
    routes
        .page("/audit/decisions", verifies.leaves(EventKind::ListRead), decisions::show)
        .page(
            "/audit/decisions/{id}/{version}",
            needs(Action::HistoryRead).leaves(EventKind::DecisionRead),
            decision::show,
        )
        .page(
            "/audit/decisions/{id}/{version}/bundle",
            needs(Action::BundleExport).leaves(EventKind::BundleExported),
            bundle::download,
        )
        .page("/audit/log", verifies.leaves(EventKind::ListRead), log::show)
        .command(
            "/audit/log/verification",
            verifies.leaves(EventKind::HistoryRead),
            verification::verify,
        )
}

/// The site whose log is asked for by its prefix; without one the visitor's home, else the first where
/// they may.
fn site_asked<'a>(visitor: &'a Visitor, prefix: &str) -> Result<&'a Site, WebError> {
    let sites = sites(visitor);
    if sites.is_empty() {
        return Err(WebError::Forbidden(Action::LedgerVerify));
    }
    let home = visitor.actor.home;
    let found = if prefix.is_empty() {
        sites.iter().find(|site| site.id == home).or(sites.first())
    } else {
        sites.iter().find(|site| site.prefix == prefix)
    };
    found.copied().ok_or(WebError::NotFound)
}

/// The sites whose log the visitor may read.
fn sites(visitor: &Visitor) -> Vec<&Site> {
    let allowed = visitor.actor.sites_where(Action::LedgerVerify);
    visitor.sites.0.iter().filter(|site| allowed.contains(&site.id)).collect()
}

/// Whether the visitor may do this about a case of the site: by role, or as chair of the meeting at which
/// it was listed last.
fn may_about_case(visitor: &Visitor, action: Action, site: SiteId, place: Option<&Place>) -> bool {
    let rights =
        visitor.actor.roles_at(site).into_iter().map(|role| right(role, action, Relation::Member));
    let user = visitor.actor.user();
    let on_duty = |duties: &[Duty]| {
        let holders = place.into_iter().flat_map(|place| &place.meeting.duties);
        holders.into_iter().any(|holder| Some(holder.user) == user && duties.contains(&holder.duty))
    };
    rights.into_iter().any(|right| match right {
        Verdict::Yes => true,
        Verdict::OnDuty(duties) => on_duty(duties),
        Verdict::No => false,
    })
}

/// `9c41e07b … 5d12ab34`: enough of a hash to compare by eye.
fn shortened(hash: &Hash) -> String {
    let text = hash.to_string();
    match (text.get(..8), text.get(56..)) {
        (Some(first), Some(last)) => format!("{first} … {last}"),
        _ => text,
    }
}

/// `24,977`.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// The same key under the name of a site's log, as `audit verify --key` takes it.
fn key_of_log(key: &str, origin: &str) -> String {
    let named = key.parse::<store::ledger::VerifierKey>().and_then(|key| key.named(origin));
    named.map_or_else(|_| key.to_owned(), |key| key.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(
            [0, 12, 999, 1000, 24_977, 1_234_567].map(grouped),
            ["0", "12", "999", "1,000", "24,977", "1,234,567"]
        );
        assert_eq!(grouped(-1000), "-1,000");
    }

    #[test]
    fn a_hash_is_shortened_at_both_ends() {
        let hash = Hash::of(b"x");
        let (whole, short) = (hash.to_string(), shortened(&hash));
        let (first, last) = short.split_once(" … ").unwrap();
        assert!(
            whole.starts_with(first)
                && whole.ends_with(last)
                && first.len() == 8
                && last.len() == 8
        );
    }
}
