//! The urgency of a case as its referral page shows it: the class, the clock, the changes, and the form
//! of another change.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use mdt::case::UrgencyClass;
use mdt::coded::Coded;
use mdt::form_draft::FormKind;
use mdt::permission::{Action, CaseView};
use mdt::referral::ReferralState;
use mdt::urgency::UrgencyReason;
use store::referrals::{Referral, UrgencyRow, urgency_version};

use super::of_case::{Read, Sent};
use crate::draft;
use crate::pages::asked::capitalised;
use crate::pages::clock::Due;
use crate::present::banner;
use crate::state::App;
use crate::view::referral::CaseReferralPage;
use crate::view::referrals::ReasonForm;
use crate::view::{Choice, Tag};
use crate::visitor::Visitor;

/// The class as it stands, in words and colour.
pub(super) fn tag(class: UrgencyClass) -> Tag {
    banner::urgency(class)
}

pub(super) fn in_words(class: UrgencyClass) -> String {
    format!("{} {}", class.code(), class.label())
}

/// What is due by when, of the referral that counts; empty for an older one and when it counts no more.
pub(super) fn clock(app: &App, read: &Read, referral: &Referral, zone: Tz) -> String {
    let newest = read.referrals.first().is_some_and(|first| first.id == referral.id);
    if !newest || !read.case.open || !counts(referral) {
        return String::new();
    }
    let due = Due::of(referral.urgency_now(), Some(&referral.document), referral.sent_at, zone);
    capitalised(&format!("{}, {}", due.words(zone), due.left(app.now())))
}

/// Whether the urgency of the referral still means something.
fn counts(referral: &Referral) -> bool {
    !referral
        .states
        .last()
        .is_some_and(|row| matches!(row.state, ReferralState::Returned | ReferralState::Withdrawn))
}

/// The changes of a referral's urgency with the class before each.
pub(super) fn changes(referral: &Referral) -> impl Iterator<Item = (UrgencyClass, &UrgencyRow)> {
    let later = referral.urgencies.iter().map(|row| row.urgency.class);
    std::iter::once(referral.urgency).chain(later).zip(&referral.urgencies)
}

/// Why it was changed, and since when it holds.
pub(super) fn why(
    row: &UrgencyRow,
    view: CaseView,
    at: impl Fn(DateTime<Utc>) -> String,
) -> String {
    let mut text = row.reason.label().to_owned();
    if let Some(since) = row.urgency.since {
        text = format!("{text}, since {}", at(since));
    }
    match &row.words {
        Some(words) if view != CaseView::Deidentified => format!("{text}: {words}"),
        _ => text,
    }
}

/// The form, where the visitor may change the class to any other.
pub(super) fn form(visitor: &Visitor, read: &Read, sent: &Sent) -> Option<ReasonForm> {
    let newest = read.referrals.first().filter(|newest| read.case.open && counts(newest))?;
    let may = |action| {
        let addressed = newest.addressed_now();
        [read.case.site, addressed].into_iter().any(|site| visitor.actor.may(action, site))
    };
    if read.head.view != CaseView::Full || !may(Action::UrgencyChange) {
        return None;
    }
    let now = newest.urgency_now().class;
    let lowers = may(Action::UrgencyLower);
    let open = |class: &&UrgencyClass| **class != now && (lowers || !now.is_lowered_by(**class));
    let mut classes = vec![Choice::new("", "Choose a class")];
    let offered = UrgencyClass::all().iter().filter(open);
    classes.extend(offered.map(|class| Choice::new(class.code(), in_words(*class))));
    if classes.len() == 1 {
        return None;
    }
    let mut codes = vec![Choice::new("", "Choose a reason")];
    let reasons = UrgencyReason::all().iter();
    codes.extend(reasons.map(|reason| Choice::new(reason.code(), reason.label())));
    let (input, note) = &sent.urgency;
    let number = read.case.number.to_string();
    let shown = urgency_version(&read.referrals).to_string();
    let base = sent.urgency_base.as_deref().unwrap_or(&shown);
    let command = visitor.new_command_id();
    let mut made =
        CaseReferralPage::urgency_change(&number, &command, base, (classes, codes), input);
    made.form = made.form.drafted(draft::address(FormKind::Urgency, &number), note.clone());
    Some(made)
}
