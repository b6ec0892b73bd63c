//! One assessment to read: every fact with its source, who recorded it and when, and what it changed.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use clinical::assessment::{Assessment, FactKey, RecordedFact};
use clinical::dictionary::{Entry, dictionary};
use clinical::level::VertebralLevel;
use mdt::display;
use mdt::ids::UserId;
use mdt::permission::CaseView;
use rules::types::{FactType, Scope};
use rules::value::Fact;

use super::words;
use crate::view::assessment::{ReadFact, ReadSection};
use crate::view::{Tag, Tone};

/// How the facts of an assessment are read.
pub struct Reader<'a> {
    /// The assessment.
    pub assessment: &'a Assessment,
    /// The one before it.
    pub before: Option<&'a Assessment>,
    /// How much the reader sees.
    pub view: CaseView,
    /// Names of users.
    pub names: &'a BTreeMap<UserId, String>,
    /// The zone of the site.
    pub zone: Tz,
}

impl Reader<'_> {
    /// The facts by section, those of the patient's record first, lesions last.
    pub fn sections(&self, index: Option<&str>) -> Vec<ReadSection> {
        let elsewhere = dictionary().form().elsewhere.iter().map(|one| one.fact.as_str());
        let patient = self.section("patient", "Patient and site", elsewhere, None);
        let of_case = dictionary().form().case_sections().map(|section| {
            self.section(
                &section.id,
                &section.title,
                section.facts.iter().map(String::as_str),
                None,
            )
        });
        let of_lesions = self.assessment.levels().into_iter().map(|level| {
            let title = format!(
                "Lesion {level}{}",
                if index == Some(level.code()) { ", index" } else { "" }
            );
            ReadSection { id: format!("lesion-{level}"), title, facts: self.lesion(level) }
        });
        let sections =
            std::iter::once(patient).chain(of_case).filter(|section| !section.facts.is_empty());
        sections.chain(of_lesions).collect()
    }

    /// The facts of one level.
    pub fn lesion(&self, level: VertebralLevel) -> Vec<ReadFact> {
        let codes = dictionary().form().lesion_sections().flat_map(|section| &section.facts);
        codes.filter_map(|code| self.fact(code, Some(level))).collect()
    }

    fn section<'c>(
        &self,
        id: &str,
        title: &str,
        codes: impl Iterator<Item = &'c str>,
        level: Option<VertebralLevel>,
    ) -> ReadSection {
        let facts = codes.filter_map(|code| self.fact(code, level)).collect();
        ReadSection { id: id.to_owned(), title: title.to_owned(), facts }
    }

    fn fact(&self, code: &str, level: Option<VertebralLevel>) -> Option<ReadFact> {
        let entry = dictionary().entry(code)?;
        let recorded = self.assessment.fact(code, level)?;
        let named = self.view == CaseView::Full;
        // A date of the patient's record tells who it is.
        if !named && entry.scope() == Scope::Patient && *entry.fact_type() == FactType::Date {
            return None;
        }
        let by =
            recorded.recorded_by.parse().ok().and_then(|id: UserId| self.names.get(&id).cloned());
        let at = display::date_time(recorded.recorded_at, self.zone);
        Some(ReadFact {
            fact: entry.label().to_owned(),
            value: self.value(entry, recorded, named),
            missing: !matches!(recorded.fact, Fact::Known(_)),
            mark: self.mark(entry, &FactKey { level, code: code.to_owned() }, recorded, named),
            source: self.source(entry, recorded, named),
            recorded: by.into_iter().chain(std::iter::once(at)).collect::<Vec<_>>().join(", "),
        })
    }

    fn value(&self, entry: &Entry, recorded: &RecordedFact, named: bool) -> String {
        let value = if named {
            words::recorded(entry, recorded, self.zone)
        } else {
            words::without_text(entry, &recorded.fact, self.zone)
        };
        let entered = recorded.entered.as_ref().map(|entered| {
            let unit = entry.entry_units.iter().find(|one| one.code == entered.unit);
            format!(
                " (entered as {} {})",
                entered.value,
                unit.map_or(&entered.unit, |one| &one.unit)
            )
        });
        format!("{value}{}", entered.unwrap_or_default())
    }

    fn source(&self, entry: &Entry, recorded: &RecordedFact, named: bool) -> String {
        let stated = recorded
            .stated
            .as_ref()
            .map(|why| if named { format!("stated: {why}") } else { "stated".to_owned() });
        let carried =
            recorded.carried_from.map(|ordinal| format!("carried over from assessment {ordinal}"));
        let source = Some(words::source(recorded, self.zone)).filter(|words| !words.is_empty());
        let of_record =
            (entry.scope() == Scope::Patient).then(|| "The patient's record".to_owned());
        let parts = of_record.into_iter().chain(source).chain(stated).chain(carried);
        super::posted::capitalised(&parts.collect::<Vec<_>>().join("; "))
    }

    /// What this assessment did to the fact; nothing where it is carried over.
    fn mark(
        &self,
        entry: &Entry,
        key: &FactKey,
        recorded: &RecordedFact,
        named: bool,
    ) -> Option<Tag> {
        if recorded.carried_from.is_some() || entry.scope() == Scope::Patient {
            return None;
        }
        let before = self.before.and_then(|before| before.fact(&key.code, key.level));
        Some(match before {
            None => Tag::new(Tone::Info, "New"),
            Some(before) if before.fact == recorded.fact => Tag::new(Tone::Ok, "Confirmed"),
            Some(_) if !named && *entry.fact_type() == FactType::Text => {
                Tag::new(Tone::Info, "Changed")
            }
            Some(before) => {
                let was = words::without_text(entry, &before.fact, self.zone);
                Tag::new(Tone::Info, format!("Changed, was {was}"))
            }
        })
    }
}
