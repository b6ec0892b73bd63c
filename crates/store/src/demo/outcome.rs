//! The decision form as a meeting fills it in.

use chrono::NaiveDate;
use mdt::coded::Coded;
use mdt::decision::{
    Acceptance, Advice, Agreement, AmendReason, DeferralReason, Goal, Intent, Modality,
    OutcomeKind, Priority, SequenceRelation,
};
use mdt::display;
use mdt::ids::{DecisionId, SiteId, UserId};

use super::calendar::working_day;
use super::course::Course;
use super::facts::Fields;
use super::situation::Situation;
use super::sketch::Turn;

/// The levels of the spine from head to foot, for what is fixed above and below.
const SPINE: [&str; 25] = [
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9",
    "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5", "S1",
];
/// What a patient says who chose against an operation.
const DECLINES: &str = "Seen in clinic: declines the operation and prefers radiotherapy.";

/// Who and where, for the rows of a plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hands {
    pub(super) coordinator: UserId,
    pub(super) surgeon: UserId,
    pub(super) oncologist: UserId,
    /// Sees the patient.
    pub(super) sees: UserId,
    /// Reads the images.
    pub(super) reader: UserId,
    pub(super) hub: SiteId,
    pub(super) radiotherapy: SiteId,
}

/// What the form is filled in from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) situation: &'a Situation,
    pub(super) advising: &'a [Advice],
    pub(super) hands: Hands,
    /// The day of the discussion.
    pub(super) day: NaiveDate,
    /// The decision that stands.
    pub(super) earlier: Option<(DecisionId, Course)>,
}

/// The course that a turn takes.
pub(super) fn course(turn: Turn, scene: &Scene<'_>) -> Course {
    match (turn, scene.earlier) {
        (Turn::Amend(AmendReason::PatientChoice), Some((_, course)))
            if course.is_operation() || course == Course::Cement =>
        {
            if scene.situation.sensitive {
                Course::Conventional
            } else {
                Course::Stereotactic
            }
        }
        (Turn::Continue | Turn::Amend(_), Some((_, course))) => course,
        (Turn::ReferOn(_), _) => Course::Elsewhere,
        (Turn::StandardOfCare, _) => Course::Conventional,
        _ => Course::of(scene.situation),
    }
}

/// Why a signed decision is amended, in words.
pub(super) fn amendment(reason: AmendReason) -> &'static str {
    match reason {
        AmendReason::PatientChoice => DECLINES,
        AmendReason::ErrorInRecord => "The target dates were written down a week too early.",
        AmendReason::ClinicalChange => "The pain has changed since the meeting.",
        AmendReason::NewInformation | AmendReason::Other => {
            "Anaesthesia asks for a week of preparation; the plan itself stands."
        }
    }
}

/// The fields of the form.
pub(super) fn fields(turn: Turn, scene: &Scene<'_>) -> Fields {
    let course = course(turn, scene);
    let mut form = Form { fields: Vec::new(), rows: 0, actions: 0, scene };
    match turn {
        Turn::Defer(reason) => form.deferred(reason),
        Turn::Investigate(test) => form.investigated(test),
        Turn::StrikeOff(reason) => {
            form.put("outcome_kind", OutcomeKind::StruckOff);
            form.put("struck_off.reason", reason);
        }
        Turn::StandardOfCare => {
            form.put("outcome_kind", OutcomeKind::SocApplied);
            form.text("soc.document", "Lymphoma of the spine without compression");
            form.text("soc.version", "2");
        }
        Turn::ReferOn(team) => {
            form.put("outcome_kind", OutcomeKind::ReferOn);
            form.text("refer_on.receiver", team);
            form.put("refer_on.accepted", Acceptance::Accepted);
        }
        Turn::Continue if scene.earlier.is_some() => {
            form.put("outcome_kind", OutcomeKind::NoChange);
            form.text(
                "confirms.decision",
                scene.earlier.map(|(id, _)| id.to_string()).unwrap_or_default(),
            );
        }
        _ => form.treated(course, turn),
    }
    form.agreements(course, turn);
    if turn == Turn::Dissent {
        form.dissent();
    }
    form.action("Write to the referrer and the general practitioner", scene.hands.coordinator, 2);
    form.fields
}

struct Form<'a> {
    fields: Fields,
    rows: u32,
    actions: u32,
    scene: &'a Scene<'a>,
}

impl Form<'_> {
    fn text(&mut self, name: &str, value: impl Into<String>) {
        self.fields.push((name.to_owned(), value.into()));
    }

    fn put(&mut self, name: &str, value: impl Coded) {
        self.text(name, value.code());
    }

    /// So many days after the discussion, or the Friday before.
    fn date(&mut self, name: &str, days: i64) {
        self.text(name, display::date(working_day(self.scene.day, days)));
    }

    fn action(&mut self, what: &str, owner: UserId, days: i64) {
        let at = format!("action.{}", self.actions);
        self.text(&format!("{at}.text"), what);
        self.text(&format!("{at}.owner"), owner.to_string());
        self.date(&format!("{at}.due"), days);
        self.actions += 1;
    }

    fn deferred(&mut self, reason: DeferralReason) {
        self.put("outcome_kind", OutcomeKind::Defer);
        self.put("deferral.reason", reason);
        self.text("deferral.owner", self.scene.hands.coordinator.to_string());
        self.date("deferral.next_date", 7);
    }

    fn investigated(&mut self, test: &str) {
        self.put("outcome_kind", OutcomeKind::FurtherInvestigation);
        self.text("investigation.test", test);
        self.text("investigation.owner", self.scene.hands.sees.to_string());
        self.date("investigation.due", 10);
        self.date("investigation.relist", 14);
    }

    /// A plan, watching, or supportive care.
    fn treated(&mut self, course: Course, turn: Turn) {
        let hands = self.scene.hands;
        // The dates of an amended plan lie a week later.
        let later = if matches!(turn, Turn::Amend(_)) { 7 } else { 0 };
        match course {
            Course::Watch => {
                self.put("outcome_kind", OutcomeKind::Watch);
                self.text("watch.interval_weeks", "8");
                self.text("watch.triggers", "New or stronger pain, any weakness, a fall");
                self.action("MRI of the spine before the next look", hands.sees, 56);
            }
            Course::Supportive => {
                self.put("outcome_kind", OutcomeKind::SupportiveCare);
                self.text("supportive.owner", hands.sees.to_string());
                self.row(
                    Modality::PalliativeCare,
                    Intent::Supportive,
                    Priority::Urgent,
                    hands.sees,
                    5 + later,
                );
                self.row(
                    Modality::Analgesia,
                    Intent::Supportive,
                    Priority::Urgent,
                    hands.sees,
                    2 + later,
                );
            }
            _ => {
                self.put("outcome_kind", OutcomeKind::TreatmentPlan);
                self.plan(course, later);
            }
        }
    }

    fn plan(&mut self, course: Course, later: i64) {
        let operation = match course {
            Course::EnBloc => Some(Modality::SurgEnbloc),
            Course::Separation => Some(Modality::SurgSeparation),
            Course::Fixation if self.scene.situation.has_deficit() => {
                Some(Modality::SurgDecompressFix)
            }
            Course::Fixation => Some(Modality::SurgFix),
            Course::Percutaneous => Some(Modality::MisFixation),
            Course::Cement => Some(Modality::Kyphoplasty),
            _ => None,
        };
        if let Some(modality) = operation {
            self.operation(modality, later);
        }
        if course == Course::EnBloc {
            self.row(
                Modality::Rehab,
                Intent::Supportive,
                Priority::Soon,
                self.scene.hands.sees,
                28 + later,
            );
        } else {
            self.radiotherapy(course, operation.is_some(), later);
        }
        if self.scene.situation.pressed() && self.scene.situation.has_deficit() {
            self.row(
                Modality::Steroid,
                Intent::Palliative,
                Priority::Immediate,
                self.scene.hands.sees,
                1 + later,
            );
        }
    }

    fn operation(&mut self, modality: Modality, later: i64) {
        let scene = self.scene;
        let (hands, situation) = (scene.hands, scene.situation);
        let urgent = situation.pressed() && situation.has_deficit();
        let (priority, days) = if urgent { (Priority::Urgent, 3) } else { (Priority::Soon, 17) };
        let intent =
            if modality == Modality::SurgEnbloc { Intent::Curative } else { Intent::Palliative };
        let at = self.row(modality, intent, priority, hands.surgeon, days + later);
        let held = matches!(
            modality,
            Modality::SurgDecompressFix
                | Modality::SurgFix
                | Modality::MisFixation
                | Modality::SurgSeparation
        );
        let levels = if held { around(&situation.index) } else { situation.index.clone() };
        self.text(&format!("{at}.levels"), levels);
        self.text(&format!("{at}.site"), hands.hub.to_string());
        if situation.has_deficit() {
            self.put(&format!("{at}.goals"), Goal::NeuroPreservation);
        }
        if held {
            self.put(&format!("{at}.goals"), Goal::Stabilisation);
        }
        self.put(&format!("{at}.goals"), Goal::Pain);
    }

    fn radiotherapy(&mut self, course: Course, after: bool, later: i64) {
        let scene = self.scene;
        let (hands, situation) = (scene.hands, scene.situation);
        let frail = situation.kps.is_some_and(|kps| kps < 50);
        let (modality, dose) = match course {
            Course::Separation => (Modality::SrsPostop, "24 Gy in 3 fractions"),
            Course::Stereotactic => (Modality::Sbrt, "27 Gy in 3 fractions"),
            Course::Fixation | Course::Percutaneous if !situation.sensitive => {
                (Modality::Sbrt, "24 Gy in 2 fractions")
            }
            Course::Cement => (Modality::EbrtSingle, "8 Gy in 1 fraction"),
            _ if frail => (Modality::EbrtSingle, "8 Gy in 1 fraction"),
            _ => (Modality::EbrtMulti, "20 Gy in 5 fractions"),
        };
        let urgent = situation.pressed() && !after;
        let (priority, days) = match (urgent, after) {
            (true, _) => (Priority::Immediate, 1),
            (false, true) => (Priority::Soon, 38),
            (false, false) => (Priority::Soon, 14),
        };
        let at = self.row(modality, Intent::Palliative, priority, hands.oncologist, days + later);
        self.text(&format!("{at}.levels"), situation.index.clone());
        self.text(&format!("{at}.dose"), dose);
        self.text(&format!("{at}.site"), hands.radiotherapy.to_string());
        self.put(&format!("{at}.goals"), Goal::LocalControl);
        if after {
            self.put(&format!("{at}.sequence"), SequenceRelation::After);
            self.text(&format!("{at}.sequence_row"), "1");
        }
    }

    /// Begins a row; the rest of it is put under the name that comes back.
    fn row(
        &mut self,
        modality: Modality,
        intent: Intent,
        priority: Priority,
        who: UserId,
        days: i64,
    ) -> String {
        let at = format!("plan.{}", self.rows);
        self.rows += 1;
        self.put(&format!("{at}.modality"), modality);
        self.put(&format!("{at}.intent"), intent);
        self.put(&format!("{at}.priority"), priority);
        self.text(&format!("{at}.responsible"), who.to_string());
        self.date(&format!("{at}.target_date"), days);
        at
    }

    fn agreements(&mut self, course: Course, turn: Turn) {
        let compared = !matches!(turn, Turn::Defer(_) | Turn::Investigate(_) | Turn::StrikeOff(_));
        let declined = turn == Turn::Amend(AmendReason::PatientChoice);
        if declined {
            self.text("patient_preference", DECLINES);
        }
        let scene = self.scene;
        for advice in scene.advising {
            let at = |name: &str| format!("agreement.{}.{name}", advice.rule_set);
            if !compared {
                self.put(&at("value"), Agreement::NotCompared);
                continue;
            }
            let stance = course.stance(advice, scene.situation, declined.then_some(DECLINES));
            self.put(&at("value"), stance.agreement);
            if let Some((reason, words)) = stance.reason {
                self.put(&at("reason"), reason);
                self.text(&at("words"), words);
            }
        }
    }

    fn dissent(&mut self) {
        self.text("dissent.0.person", self.scene.hands.reader.to_string());
        self.text("dissent.0.position", "prefers_alternative");
        self.text("dissent.0.alternative", "A second MRI in six weeks before any treatment");
        self.text("dissent.0.reason", "The lesion has not changed between the last two scans.");
    }
}

/// One level above to one below.
fn around(level: &str) -> String {
    let Some(place) = SPINE.iter().position(|known| *known == level) else {
        return level.to_owned();
    };
    let above = place.checked_sub(1).and_then(|place| SPINE.get(place)).copied().unwrap_or(level);
    let below = SPINE.get(place + 1).copied().unwrap_or(level);
    format!("{above}-{below}")
}

#[cfg(test)]
mod tests {
    use clinical::quantity::EsccGrade;
    use mdt::decision::form::parse;
    use mdt::decision::{CheckContext, StruckOffReason, check};
    use mdt::level::parse_levels;
    use rules::canonical::Hash;
    use uuid::Uuid;

    use super::*;
    use crate::demo::situation::Power;

    fn id<T: From<Uuid>>(number: u128) -> T {
        Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number).into()
    }

    fn situation(kps: i64, escc: EsccGrade, sins: i64, deficit: bool) -> Situation {
        Situation {
            kps: Some(kps),
            power: if deficit { Power::Weak } else { Power::Full },
            sensitive: false,
            organs: false,
            levels: vec!["L1".to_owned()],
            index: "L1".to_owned(),
            escc: Some((escc, "L1".to_owned())),
            sins: Some((sins, "L1".to_owned())),
            mechanical: true,
            tomita: vec!["4-5".to_owned()],
            tokuhashi: vec!["12-15".to_owned()],
        }
    }

    fn advising(situation: &Situation) -> Vec<Advice> {
        [("tomita-2001", &situation.tomita), ("tokuhashi-2005", &situation.tokuhashi)]
            .map(|(rule_set, bands)| Advice {
                rule_set: rule_set.to_owned(),
                version: 1,
                hash: Hash::of(rule_set.as_bytes()),
                bands: bands.clone(),
                strategy: bands.first().cloned(),
            })
            .to_vec()
    }

    #[test]
    fn every_turn_gives_a_form_that_is_complete() {
        let turns = [
            Turn::Plan,
            Turn::Dissent,
            Turn::Unsigned,
            Turn::Defer(DeferralReason::ImagingMissing),
            Turn::Investigate("Biopsy"),
            Turn::Continue,
            Turn::StandardOfCare,
            Turn::ReferOn("Haematology"),
            Turn::StrikeOff(StruckOffReason::Died),
            Turn::Amend(AmendReason::PatientChoice),
            Turn::Amend(AmendReason::NewInformation),
        ];
        let day = NaiveDate::from_ymd_opt(2026, 3, 3).unwrap();
        let hands = Hands {
            coordinator: id(1),
            surgeon: id(2),
            oncologist: id(3),
            sees: id(4),
            reader: id(5),
            hub: id(6),
            radiotherapy: id(7),
        };
        for kps in [20, 40, 60, 80, 100] {
            for (escc, sins, deficit) in [
                (EsccGrade::Zero, 2, false),
                (EsccGrade::Zero, 8, false),
                (EsccGrade::OneA, 11, false),
                (EsccGrade::OneC, 14, false),
                (EsccGrade::Three, 9, true),
            ] {
                let situation = situation(kps, escc, sins, deficit);
                let advising = advising(&situation);
                for turn in turns {
                    let earlier = Some((id(9), Course::of(&situation)));
                    let scene =
                        Scene { situation: &situation, advising: &advising, hands, day, earlier };
                    let form = parse(&fields(turn, &scene), day);
                    assert_eq!(form.problems, [], "{turn:?}");
                    let context = CheckContext {
                        earliest: Some(day),
                        advising: &advising,
                        facts_changed_to: None,
                    };
                    assert_eq!(check(&form.draft, &context), [], "{turn:?} {situation:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_fixed_reaches_a_level_above_and_below() {
        assert_eq!(around("L1"), "T12-L2");
        assert_eq!(around("C1"), "C1-C2");
        assert_eq!(around("S1"), "L5-S1");
        assert_eq!(around("S3"), "S3");
        assert!(SPINE.iter().all(|level| parse_levels(&around(level)).is_ok()));
    }
}
