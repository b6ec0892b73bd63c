//! Names, numbers and birth dates of people who do not exist.

use std::collections::BTreeSet;

use chrono::{Days, Months, NaiveDate};
use mdt::nhs_number::{NhsNumber, check_digit};
use mdt::person::{BirthDate, PersonName, Sex};

use super::dice::Dice;
use super::sketch::Sketch;
use crate::StoreError;
use crate::patients::Particulars;

/// Family names, each used once at most.
const FAMILY: [&str; 72] = [
    "Abernathy",
    "Adébáyò",
    "Ainscough",
    "Alderwick",
    "Anand-Price",
    "Ashdown",
    "Bellweather",
    "Birtwhistle",
    "Blackadder",
    "Bramhall",
    "Brzezińska",
    "Caddick",
    "Çelik",
    "Chowdhury",
    "Cobbold",
    "Cudworth",
    "D’Arcy",
    "Dewhurst",
    "Đorđević",
    "Entwistle",
    "Eriksson-Lowe",
    "Fairclough",
    "Fothergill",
    "Galloway",
    "Garside",
    "Grímsson",
    "Hallworth",
    "Hargreaves",
    "Haverill",
    "Iqbal",
    "Inchbald",
    "Jellicoe",
    "Kaur",
    "Kettlewell",
    "Kowalczyk",
    "Lambourne",
    "Łukasik",
    "Lytton",
    "MacAskill",
    "Mahmood",
    "Merriweather",
    "Molyneux",
    "Müller",
    "Naismith",
    "Nkemelu",
    "Núñez",
    "O’Connell",
    "Ó Briain",
    "Oglethorpe",
    "Okonkwo",
    "Ollerenshaw",
    "Pargeter",
    "Pettigrew",
    "Quigley",
    "Ramsbottom",
    "Rhys-Jones",
    "Rosewarne",
    "Satterthwaite",
    "Sørby",
    "Stanhope",
    "Tamblyn",
    "Threlfall",
    "Tregenza",
    "Unsworth",
    "Vasquez",
    "Venables",
    "Wainscott",
    "Whitlock",
    "Wójcik",
    "Wrigglesworth",
    "Yardley",
    "Zielińska",
];

const WOMEN: [&str; 40] = [
    "Agnes",
    "Aisling",
    "Amara",
    "Beatrice",
    "Bronwen",
    "Carys",
    "Cecily",
    "Doreen",
    "Dorothée",
    "Edith",
    "Eilidh",
    "Ewa",
    "Farida",
    "Flora",
    "Gwendoline",
    "Harriet",
    "Hilary",
    "Imelda",
    "Ines",
    "Jadwiga",
    "Joyce",
    "Kathleen",
    "Leila",
    "Lorna",
    "Mabel",
    "Maeve",
    "Nadia",
    "Nesta",
    "Olive",
    "Parveen",
    "Pauline",
    "Renée",
    "Rosalind",
    "Sheila",
    "Siân",
    "Sunita",
    "Thelma",
    "Ursula",
    "Winifred",
    "Zoë",
];

const MEN: [&str; 40] = [
    "Alasdair",
    "Amir",
    "Arthur",
    "Barnaby",
    "Bernard",
    "Cedric",
    "Chidi",
    "Clifford",
    "Desmond",
    "Dylan",
    "Edmund",
    "Emlyn",
    "Ezra",
    "Fergus",
    "Gareth",
    "Gethin",
    "Gordon",
    "Hamish",
    "Hugo",
    "Idris",
    "Ivor",
    "Jarosław",
    "Joaquín",
    "Kenneth",
    "Leonard",
    "Lewis",
    "Malcolm",
    "Mehmet",
    "Nigel",
    "Norman",
    "Oisín",
    "Oswald",
    "Percival",
    "Ralph",
    "Rashid",
    "Reginald",
    "Seán",
    "Stanley",
    "Vikram",
    "Wilfred",
];

/// The patient of the drawings, always under the same name and number.
const ASHWORTH: &str = "ASHWORTH";

/// Makes particulars, no name and no number twice.
pub(super) struct Registry {
    families: Vec<&'static str>,
    given: BTreeSet<&'static str>,
    numbers: BTreeSet<String>,
    today: NaiveDate,
}

impl Registry {
    /// `today` is the day of which the ages speak.
    pub(super) fn new(dice: &mut Dice, today: NaiveDate) -> Self {
        let mut families = FAMILY.to_vec();
        dice.shuffle(&mut families);
        Self { families, given: BTreeSet::new(), numbers: BTreeSet::new(), today }
    }

    /// The particulars of a sketch.
    pub(super) fn particulars(
        &mut self,
        sketch: &Sketch,
        dice: &mut Dice,
    ) -> Result<Particulars, StoreError> {
        if sketch.id == ASHWORTH {
            return self.ashworth();
        }
        let sex = sketch.sex.unwrap_or(if dice.below(2) == 0 { Sex::Female } else { Sex::Male });
        let family =
            self.families.pop().ok_or_else(|| impossible("the family names have run out"))?;
        let (given, title) = self.given(sex, dice);
        let days = Days::new(u64::try_from(dice.below(365)).unwrap_or(0));
        let birth = self.today.checked_sub_months(Months::new(sketch.age * 12));
        let birth = birth.and_then(|day| day.checked_sub_days(days)).unwrap_or(self.today);
        Ok(Particulars {
            name: PersonName::new(family, given, Some(title)).map_err(impossible)?,
            birth_date: BirthDate::new(birth, self.today).map_err(impossible)?,
            sex,
            nhs_number: Some(self.number(dice)?),
            hospital_number: Some(hospital_number(sketch, dice)),
        })
    }

    fn ashworth(&mut self) -> Result<Particulars, StoreError> {
        let born = NaiveDate::from_ymd_opt(1962, 3, 12).unwrap_or(self.today);
        let number: NhsNumber = "999 012 3470".parse().map_err(impossible)?;
        self.numbers.insert(number.digits().to_owned());
        Ok(Particulars {
            name: PersonName::new("Ashworth", "Margaret", Some("Mrs")).map_err(impossible)?,
            birth_date: BirthDate::new(born, self.today).map_err(impossible)?,
            sex: Sex::Female,
            nhs_number: Some(number),
            hospital_number: Some("NF 482 117".to_owned()),
        })
    }

    /// A given name that nobody has yet, as long as there are any, and a title.
    fn given(&mut self, sex: Sex, dice: &mut Dice) -> (&'static str, &'static str) {
        let (names, titles): (&[&'static str], &[&'static str]) = match sex {
            Sex::Male => (&MEN, &["Mr", "Mr", "Mr", "Dr"]),
            _ => (&WOMEN, &["Mrs", "Mrs", "Ms", "Miss", "Dr"]),
        };
        let free: Vec<&'static str> =
            names.iter().copied().filter(|name| !self.given.contains(name)).collect();
        let given =
            dice.pick(if free.is_empty() { names } else { &free }).copied().unwrap_or("Alex");
        self.given.insert(given);
        (given, dice.pick(titles).copied().unwrap_or("Mx"))
    }

    /// A number of the range 999, which is never issued.
    fn number(&mut self, dice: &mut Dice) -> Result<NhsNumber, StoreError> {
        loop {
            let mut digits = vec![9, 9, 9];
            digits.extend((0..6).map(|_| u32::try_from(dice.below(10)).unwrap_or(0)));
            let Some(check) = check_digit(&digits) else { continue };
            digits.push(check);
            let text: String = digits.iter().map(ToString::to_string).collect();
            if self.numbers.insert(text.clone()) {
                return text.parse().map_err(impossible);
            }
        }
    }
}

/// A golden case is found by its id; everybody else has a number as hospitals give them.
fn hospital_number(sketch: &Sketch, dice: &mut Dice) -> String {
    if sketch.golden {
        return sketch.id.to_owned();
    }
    let number = 100_000 + dice.below(900_000);
    format!("{} {:03} {:03}", sketch.place.prefix(), number / 1000, number % 1000)
}

fn impossible(why: impl std::fmt::Display) -> StoreError {
    StoreError::Refused(format!("the demonstration cannot be made: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::sketch::all;
    use crate::patients::name_key;

    #[test]
    fn nobody_shares_a_name_or_a_number_and_every_number_is_of_the_test_range() {
        for seed in [1, 42, 2026] {
            let mut dice = Dice::new(seed);
            let today = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap();
            let mut registry = Registry::new(&mut dice, today);
            let people: Vec<Particulars> = all()
                .iter()
                .map(|sketch| registry.particulars(sketch, &mut dice).unwrap())
                .collect();
            let names: BTreeSet<String> =
                people.iter().map(|one| name_key(one.name.family())).collect();
            let numbers: BTreeSet<NhsNumber> =
                people.iter().filter_map(|one| one.nhs_number.clone()).collect();
            assert_eq!((names.len(), numbers.len()), (people.len(), people.len()));
            assert!(numbers.iter().all(NhsNumber::is_test_range));
            for (sketch, one) in all().iter().zip(&people) {
                let age = one.birth_date.age_at(today).unwrap();
                assert!(age.abs_diff(sketch.age) <= 1, "{}: {age}", sketch.id);
            }
        }
    }

    #[test]
    fn the_lists_hold_every_name_once() {
        assert_eq!(FAMILY.iter().collect::<BTreeSet<_>>().len(), FAMILY.len());
        assert_eq!(
            WOMEN.iter().chain(&MEN).collect::<BTreeSet<_>>().len(),
            WOMEN.len() + MEN.len()
        );
    }
}
