//! What a meeting decides in a situation, and how that stands to what the scores advise.

use mdt::decision::{Advice, Agreement, DepartReason};

use super::situation::{Power, Situation};

/// A course of treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// En bloc resection.
    EnBloc,
    /// Separation surgery, then stereotactic radiotherapy.
    Separation,
    /// Open fixation, then radiotherapy.
    Fixation,
    /// Percutaneous fixation, then radiotherapy.
    Percutaneous,
    /// Balloon kyphoplasty, then radiotherapy.
    Cement,
    Stereotactic,
    Conventional,
    Supportive,
    Watch,
    /// Another team takes over.
    Elsewhere,
}

/// How a course stands to the strategy of a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Follows,
    Partly,
    Departs,
}

/// What the chair states for a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stance {
    pub(super) agreement: Agreement,
    pub(super) reason: Option<(DepartReason, String)>,
}

impl Course {
    /// What a meeting would usually decide.
    pub(super) fn of(situation: &Situation) -> Self {
        let kps = situation.kps.unwrap_or(60);
        let only = |bands: &[String], wanted: &[&str]| {
            !bands.is_empty() && bands.iter().all(|band| wanted.contains(&band.as_str()))
        };
        let poor = only(&situation.tokuhashi, &["0-8"]) && only(&situation.tomita, &["8-10"]);
        let best = only(&situation.tokuhashi, &["12-15"])
            && only(&situation.tomita, &["2-3", "4-5"])
            && situation.levels.len() == 1
            && !situation.organs;
        let unstable = situation.sins_total() >= 13;
        match situation {
            _ if kps <= 30 || situation.power == Power::Lost => Self::Supportive,
            _ if poor && !unstable && !(situation.pressed() && kps >= 50) => Self::Conventional,
            one if one.pressed() && (one.sensitive || kps < 50) => Self::Conventional,
            one if best && !one.sensitive && kps >= 80 => Self::EnBloc,
            one if one.pressed() => Self::Separation,
            _ if unstable && kps >= 70 => Self::Fixation,
            _ if unstable => Self::Percutaneous,
            one if one.sins_total() >= 9 && one.mechanical && kps >= 70 => Self::Percutaneous,
            one if one.sins_total() >= 7 && one.mechanical => Self::Cement,
            one if one.sensitive && one.sins_total() <= 3 && kps >= 70 => Self::Watch,
            one if one.sensitive || kps < 70 => Self::Conventional,
            _ => Self::Stereotactic,
        }
    }

    /// Whether an operation belongs to it.
    pub(super) const fn is_operation(self) -> bool {
        matches!(self, Self::EnBloc | Self::Separation | Self::Fixation | Self::Percutaneous)
    }

    /// Against the printed strategy of a band: Tomita (Spine, 2001), revised Tokuhashi (Spine, 2005).
    fn fit(self, rule_set: &str, band: &str, situation: &Situation) -> Option<Fit> {
        let excision = self == Self::EnBloc;
        let palliative = self.is_operation() && !excision;
        let excision_allowed = situation.levels.len() == 1 && !situation.organs;
        let (follows, partly) = match (rule_set, band) {
            // Wide or marginal excision.
            ("tomita-2001", "2-3") => (excision, self == Self::Stereotactic),
            // Marginal or intralesional excision.
            ("tomita-2001", "4-5") => (excision, self == Self::Separation),
            // Palliative surgery.
            ("tomita-2001", "6-7") => (palliative, self == Self::Cement),
            // No operation.
            ("tomita-2001", "8-10") => {
                (!self.is_operation() && self != Self::Cement, self == Self::Cement)
            }
            // Conservative treatment or a palliative procedure.
            ("tokuhashi-2005", "0-8") => (!excision, false),
            // Palliative surgery; excision only of a single vertebra without organ metastases.
            ("tokuhashi-2005", "9-11") => {
                (palliative || (excision && excision_allowed), self == Self::Cement)
            }
            // Excisional surgery.
            ("tokuhashi-2005", "12-15") => (excision, palliative),
            _ => return None,
        };
        Some(match (follows, partly) {
            (true, _) => Fit::Follows,
            (false, true) => Fit::Partly,
            (false, false) => Fit::Departs,
        })
    }

    /// What the chair states; `wish` is a known wish of the patient that decided against a score.
    pub(super) fn stance(
        self,
        advice: &Advice,
        situation: &Situation,
        wish: Option<&str>,
    ) -> Stance {
        let fits: Vec<Option<Fit>> =
            advice.bands.iter().map(|band| self.fit(&advice.rule_set, band, situation)).collect();
        let fit = match fits.as_slice() {
            [first, rest @ ..] if rest.iter().all(|one| one == first) => *first,
            _ => None,
        };
        let agreement = match fit {
            Some(Fit::Follows) => Agreement::Follows,
            Some(Fit::Partly) => Agreement::Partly,
            Some(Fit::Departs) => Agreement::Departs,
            None if advice.bands.len() == 1 => Agreement::NoRecommendationGiven,
            None => Agreement::Undetermined,
        };
        let reason = agreement.needs_reason().then(|| match wish {
            Some(wish) => (DepartReason::PatientChoice, wish.to_owned()),
            None => self.reason(situation),
        });
        Stance { agreement, reason }
    }

    /// Why the meeting does something else than a score advises.
    fn reason(self, situation: &Situation) -> (DepartReason, String) {
        let (sins, escc) = (situation.sins_words(), situation.escc_words());
        let index = &situation.index;
        match self {
            Self::Elsewhere => (
                DepartReason::TumourBiology,
                "A disease of the marrow: it is treated by drugs, whatever the score says."
                    .to_owned(),
            ),
            Self::Supportive if situation.power == Power::Lost => (
                DepartReason::Fitness,
                "No movement of the legs and too ill for any operation.".to_owned(),
            ),
            Self::Supportive => (
                DepartReason::Fitness,
                "In bed most of the day: an operation would be endured, not enjoyed.".to_owned(),
            ),
            Self::Conventional | Self::Watch | Self::Cement if situation.sensitive => (
                DepartReason::TumourBiology,
                format!("The tumour answers to radiation and drugs; {escc}, {sins}."),
            ),
            Self::Cement => (
                DepartReason::Instability,
                format!("{sins}: cement holds it, and the patient is home the next day."),
            ),
            Self::EnBloc => (
                DepartReason::PrognosisBetter,
                format!("A single lesion at {index} and a good drug to follow: worth a resection."),
            ),
            course if course.is_operation() && situation.pressed() && situation.has_deficit() => (
                DepartReason::NeuroEmergency,
                format!("{escc} with weakness: the cord has to be freed whatever the score says."),
            ),
            course if course.is_operation() && situation.sins_total() >= 13 => (
                DepartReason::Instability,
                format!("{sins}: it has to be held, whatever the prognosis."),
            ),
            course if course.is_operation() && situation.levels.len() > 1 => (
                DepartReason::NotTechnicallyFeasible,
                format!(
                    "{} levels are involved: a resection with margins is not possible.",
                    situation.levels.len()
                ),
            ),
            course if course.is_operation() => (
                DepartReason::Instability,
                format!("{sins} with pain on loading: the aim is to hold it, not to resect it."),
            ),
            _ if situation.kps.is_some_and(|kps| kps < 70) => {
                (DepartReason::Fitness, format!("Not fit enough for an operation; {sins}."))
            }
            _ if situation.organs => (
                DepartReason::PrognosisWorse,
                format!(
                    "The disease in the organs decides; {sins}, {escc}: local control without an operation."
                ),
            ),
            _ => (
                DepartReason::LocalProtocol,
                format!(
                    "Network protocol for the spine, version 3: stable and not compressed is irradiated first; {sins}, {escc}."
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use clinical::quantity::EsccGrade;
    use rules::canonical::Hash;

    use super::*;

    fn situation() -> Situation {
        Situation {
            kps: Some(80),
            power: Power::Full,
            sensitive: false,
            organs: false,
            levels: vec!["T10".to_owned()],
            index: "T10".to_owned(),
            escc: Some((EsccGrade::Zero, "T10".to_owned())),
            sins: Some((5, "T10".to_owned())),
            mechanical: false,
            tomita: vec!["4-5".to_owned()],
            tokuhashi: vec!["9-11".to_owned()],
        }
    }

    fn advice(rule_set: &str, bands: &[&str]) -> Advice {
        Advice {
            rule_set: rule_set.to_owned(),
            version: 1,
            hash: Hash::of(b"rule set"),
            bands: bands.iter().map(|band| (*band).to_owned()).collect(),
            strategy: bands.first().filter(|_| bands.len() == 1).map(|band| (*band).to_owned()),
        }
    }

    #[test]
    fn a_pressed_cord_is_freed_in_a_fit_patient_and_irradiated_where_radiation_suffices() {
        let pressed = Situation {
            escc: Some((EsccGrade::Two, "T10".to_owned())),
            power: Power::Weak,
            ..situation()
        };
        assert_eq!(Course::of(&pressed), Course::Separation);
        assert_eq!(
            Course::of(&Situation { sensitive: true, ..pressed.clone() }),
            Course::Conventional
        );
        assert_eq!(Course::of(&Situation { kps: Some(20), ..pressed }), Course::Supportive);
    }

    #[test]
    fn an_unstable_spine_is_held_whatever_the_prognosis() {
        let unstable = Situation {
            sins: Some((15, "T10".to_owned())),
            tomita: vec!["8-10".to_owned()],
            tokuhashi: vec!["0-8".to_owned()],
            ..situation()
        };
        assert_eq!(Course::of(&unstable), Course::Fixation);
        let stance = Course::Fixation.stance(&advice("tomita-2001", &["8-10"]), &unstable, None);
        assert_eq!(stance.agreement, Agreement::Departs);
        assert_eq!(stance.reason.unwrap().0, DepartReason::Instability);
    }

    #[test]
    fn every_course_has_a_stance_to_every_band_and_a_reason_where_one_is_needed() {
        use Course::{Cement, Conventional, Elsewhere, EnBloc, Fixation, Percutaneous, Separation};
        let courses = [
            EnBloc,
            Separation,
            Fixation,
            Percutaneous,
            Cement,
            Course::Stereotactic,
            Conventional,
            Course::Supportive,
            Course::Watch,
            Elsewhere,
        ];
        let advised = [
            ("tomita-2001", ["2-3", "4-5", "6-7", "8-10"].as_slice()),
            ("tokuhashi-2005", &["0-8", "9-11", "12-15"]),
        ];
        for course in courses {
            for (rule_set, bands) in advised {
                for band in bands {
                    let stance = course.stance(&advice(rule_set, &[band]), &situation(), None);
                    assert_eq!(stance.agreement.needs_reason(), stance.reason.is_some());
                    let stated = [Agreement::Follows, Agreement::Partly, Agreement::Departs];
                    assert!(stated.contains(&stance.agreement), "{course:?} {band}");
                }
            }
        }
    }

    #[test]
    fn bands_that_agree_give_a_stance_and_others_leave_it_open() {
        let stance = |course: Course, bands: &[&str]| {
            course.stance(&advice("tomita-2001", bands), &situation(), None).agreement
        };
        assert_eq!(stance(Course::EnBloc, &["2-3", "4-5"]), Agreement::Follows);
        assert_eq!(stance(Course::Fixation, &["6-7", "8-10"]), Agreement::Undetermined);
    }

    #[test]
    fn a_known_wish_is_the_reason_where_it_decided() {
        let wish = "Declines an operation.";
        let stance = Course::Stereotactic.stance(
            &advice("tokuhashi-2005", &["9-11"]),
            &situation(),
            Some(wish),
        );
        assert_eq!(stance.reason, Some((DepartReason::PatientChoice, wish.to_owned())));
    }
}
