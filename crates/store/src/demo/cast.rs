//! The three sites and the invented people who work there.

use mdt::role::{Role, Specialty};

use Place::{Eastmoor, Northfield, Westhaven};
use Role::{Administrator, Auditor, Chair, Clinician, Coordinator, Referrer, Steward};

/// A site of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// The hub, with surgery.
    Northfield,
    /// Oncology.
    Eastmoor,
    /// A district hospital.
    Westhaven,
}

/// All sites, the hub first.
pub(super) const PLACES: [Place; 3] = [Northfield, Eastmoor, Westhaven];

/// Somebody of the cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Castellano,
    Okafor,
    Fenwick,
    Whelan,
    Bhatt,
    Adler,
    Raman,
    Tan,
    Ruiz,
    Ferreira,
    Thwaite,
    Lindqvist,
    Moreau,
    Quill,
    Dunmore,
    Pemberton,
    Sorensen,
    Adeyemi,
    Lacey,
}

/// What somebody is at a site; a clinician has a specialty.
pub(super) type Post = (Place, Role, Option<Specialty>);

/// A person and what they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) who: Who,
    /// As pages show it.
    pub(super) name: &'static str,
    /// What stands before the `@`.
    pub(super) mailbox: &'static str,
    pub(super) home: Place,
    pub(super) posts: &'static [Post],
}

/// Who does what at a site.
#[derive(Debug, Clone, Copy)]
pub(super) struct Team {
    pub(super) coordinator: Who,
    pub(super) chair: Who,
    /// Confirms what is read back.
    pub(super) confirms: Who,
    /// Reads the images.
    pub(super) reader: Who,
    /// Sees the patient: function, wishes.
    pub(super) sees: Who,
    pub(super) referrer: Who,
    /// Responsible for an operation, which is done at the hub.
    pub(super) surgeon: Who,
    /// Responsible for radiotherapy.
    pub(super) oncologist: Who,
    /// Where radiotherapy is given.
    pub(super) radiotherapy: Place,
}

const fn person(
    who: Who,
    name: &'static str,
    mailbox: &'static str,
    home: Place,
    posts: &'static [Post],
) -> Person {
    Person { who, name, mailbox, home, posts }
}

const fn clinician(place: Place, specialty: Specialty) -> Post {
    (place, Clinician, Some(specialty))
}

const fn post(place: Place, role: Role) -> Post {
    (place, role, None)
}

/// Everybody. Those whom the demonstration's guide names come first.
pub(super) const CAST: [Person; 19] = [
    person(
        Who::Castellano,
        "M. Castellano",
        "castellano",
        Northfield,
        &[post(Northfield, Coordinator)],
    ),
    person(
        Who::Okafor,
        "Dr P. Okafor",
        "okafor",
        Northfield,
        &[post(Northfield, Chair), clinician(Northfield, Specialty::SpinalSurgery)],
    ),
    person(
        Who::Lindqvist,
        "Dr R. Lindqvist",
        "lindqvist",
        Eastmoor,
        &[post(Eastmoor, Chair), clinician(Eastmoor, Specialty::ClinicalOncology)],
    ),
    person(
        Who::Whelan,
        "S. Whelan",
        "whelan",
        Northfield,
        &[clinician(Northfield, Specialty::SpecialistNurse)],
    ),
    person(
        Who::Bhatt,
        "S. Bhatt",
        "bhatt",
        Northfield,
        &[clinician(Northfield, Specialty::Radiology)],
    ),
    person(Who::Adler, "J. Adler", "adler", Northfield, &[post(Northfield, Referrer)]),
    person(
        Who::Raman,
        "P. Raman",
        "raman",
        Northfield,
        &[post(Northfield, Auditor), post(Eastmoor, Auditor), post(Westhaven, Auditor)],
    ),
    person(
        Who::Tan,
        "Prof. M. Tan",
        "tan",
        Northfield,
        &[post(Northfield, Steward), post(Eastmoor, Steward), post(Westhaven, Steward)],
    ),
    person(
        Who::Ruiz,
        "Dr E. Ruiz",
        "ruiz",
        Eastmoor,
        &[post(Northfield, Steward), post(Eastmoor, Steward), post(Westhaven, Steward)],
    ),
    person(
        Who::Ferreira,
        "J. Ferreira",
        "ferreira",
        Northfield,
        &[
            post(Northfield, Administrator),
            post(Eastmoor, Administrator),
            post(Westhaven, Administrator),
        ],
    ),
    person(
        Who::Fenwick,
        "Dr A. Fenwick",
        "fenwick",
        Northfield,
        &[clinician(Northfield, Specialty::ClinicalOncology)],
    ),
    person(Who::Thwaite, "B. Thwaite", "thwaite", Eastmoor, &[post(Eastmoor, Coordinator)]),
    person(
        Who::Moreau,
        "Dr C. Moreau",
        "moreau",
        Eastmoor,
        &[clinician(Eastmoor, Specialty::Radiology)],
    ),
    person(
        Who::Quill,
        "D. Quill",
        "quill",
        Eastmoor,
        &[clinician(Eastmoor, Specialty::SpecialistNurse)],
    ),
    person(Who::Dunmore, "K. Dunmore", "dunmore", Eastmoor, &[post(Eastmoor, Referrer)]),
    person(Who::Pemberton, "G. Pemberton", "pemberton", Westhaven, &[post(Westhaven, Coordinator)]),
    person(
        Who::Sorensen,
        "Dr I. Sørensen",
        "sorensen",
        Westhaven,
        &[post(Westhaven, Chair), clinician(Westhaven, Specialty::MedicalOncology)],
    ),
    person(
        Who::Adeyemi,
        "Dr F. Adeyemi",
        "adeyemi",
        Westhaven,
        &[clinician(Westhaven, Specialty::Radiology)],
    ),
    person(Who::Lacey, "V. Lacey", "lacey", Westhaven, &[post(Westhaven, Referrer)]),
];

impl Person {
    /// The sign-in address.
    pub(super) fn email(&self) -> String {
        format!("{}@{}.example", self.mailbox, self.home.name().to_lowercase())
    }
}

impl Place {
    /// The prefix of its case numbers.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Northfield => "NF",
            Eastmoor => "EM",
            Westhaven => "WH",
        }
    }

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Northfield => "Northfield",
            Eastmoor => "Eastmoor",
            Westhaven => "Westhaven",
        }
    }

    /// Who does what there.
    pub(super) const fn team(self) -> Team {
        match self {
            Northfield => Team {
                coordinator: Who::Castellano,
                chair: Who::Okafor,
                confirms: Who::Fenwick,
                reader: Who::Bhatt,
                sees: Who::Whelan,
                referrer: Who::Adler,
                surgeon: Who::Okafor,
                oncologist: Who::Fenwick,
                radiotherapy: Northfield,
            },
            Eastmoor => Team {
                coordinator: Who::Thwaite,
                chair: Who::Lindqvist,
                confirms: Who::Moreau,
                reader: Who::Moreau,
                sees: Who::Quill,
                referrer: Who::Dunmore,
                surgeon: Who::Okafor,
                oncologist: Who::Lindqvist,
                radiotherapy: Eastmoor,
            },
            Westhaven => Team {
                coordinator: Who::Pemberton,
                chair: Who::Sorensen,
                confirms: Who::Adeyemi,
                reader: Who::Adeyemi,
                sees: Who::Sorensen,
                referrer: Who::Lacey,
                surgeon: Who::Okafor,
                oncologist: Who::Lindqvist,
                radiotherapy: Eastmoor,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mdt::coded::Coded;
    use mdt::person::Email;

    use super::*;

    #[test]
    fn every_role_has_somebody_and_every_site_can_hold_and_audit_its_meeting() {
        let posts: Vec<Post> = CAST.iter().flat_map(|person| person.posts).copied().collect();
        for role in Role::all() {
            assert!(posts.iter().any(|(_, held, _)| held == role), "{role}");
        }
        for place in PLACES {
            for role in [Coordinator, Chair, Clinician, Auditor, Steward, Referrer] {
                assert!(
                    posts.iter().any(|(at, held, _)| (*at, *held) == (place, role)),
                    "{place:?} {role}"
                );
            }
        }
    }

    #[test]
    fn a_clinician_has_a_specialty_and_only_a_clinician() {
        for (_, role, specialty) in CAST.iter().flat_map(|person| person.posts) {
            assert_eq!(*role == Clinician, specialty.is_some());
        }
    }

    #[test]
    fn everybody_is_there_once_with_an_address_of_their_own() {
        let people: BTreeSet<Who> = CAST.iter().map(|person| person.who).collect();
        let addresses: BTreeSet<String> = CAST.iter().map(Person::email).collect();
        assert_eq!((people.len(), addresses.len()), (CAST.len(), CAST.len()));
        assert!(addresses.contains("castellano@northfield.example"));
        assert!(addresses.iter().all(|address| address.parse::<Email>().is_ok()));
    }

    #[test]
    fn a_team_holds_the_posts_that_its_work_needs() {
        let holds = |who: Who, place: Place, role: Role| {
            let posts =
                CAST.iter().filter(|person| person.who == who).flat_map(|person| person.posts);
            posts.into_iter().any(|(at, held, _)| (*at, *held) == (place, role))
        };
        for place in PLACES {
            let team = place.team();
            assert!(holds(team.coordinator, place, Coordinator) && holds(team.chair, place, Chair));
            for clinician in [team.confirms, team.reader, team.sees] {
                assert!(holds(clinician, place, Clinician), "{place:?} {clinician:?}");
            }
            assert!(holds(team.referrer, place, Referrer));
        }
    }
}
