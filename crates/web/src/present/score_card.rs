//! A result of the rules as a card: total or the totals still possible, bands, points, explanation.

use clinical::dictionary::dictionary;
use rules::result::{Explained, ExplainedComponent, ExplainedFact};
use rules::ruleset::{Band, Direction, Provenance, RuleSet, Score};
use rules::state::Origin;
use rules::types::FactType;
use rules::{Evaluation, RuleResult, Value};

use crate::view::score::{
    Change, PointRow, Points, Scale, ScaleBand, ScoreCard, Standing, Step, WhatIf, totals_in_words,
};
use crate::view::{Link, RuleBadge, Tag, Tone};

/// What a card needs to know beside the result.
#[derive(Debug, Clone)]
pub struct CardContext<'a> {
    /// `/cases/{n}`: where missing facts lead and the what-if is asked.
    pub case_href: &'a str,
    /// Level that is the index lesion.
    pub index: Option<&'a str>,
    /// `Dr R. Lindqvist · 12-Jun-2026 16:42`.
    pub by: &'a str,
    /// Page that a what-if asks again; none where none is offered.
    pub what_if: Option<&'a str>,
    /// Explanation open.
    pub explained: bool,
}

/// The badge of a rule set: short title, version, its page.
pub fn badge(rule_set: &RuleSet) -> RuleBadge {
    RuleBadge {
        title: rule_set.short_title.clone(),
        version: format!("v{}", rule_set.version),
        href: format!("/rules/{}/{}", rule_set.id, rule_set.version),
    }
}

/// The card of a score; `None` for a rule set that is no score.
pub fn card(result: &RuleResult<'_>, context: &CardContext<'_>) -> Option<ScoreCard> {
    let rule_set = result.rule_set();
    let score = rule_set.score()?;
    let level = result.level();
    let id = level.map_or_else(|| rule_set.id.clone(), |level| format!("{}-{level}", rule_set.id));
    let possible: Vec<i32> = possible(result);
    let bands = result.bands();
    Some(ScoreCard {
        id,
        title: rule_set.short_title.clone(),
        subtitle: subtitle(rule_set, level, context.index),
        standing: standing(result, &possible, context),
        max: score.bands.last().map(|band| band.to.to_string()).unwrap_or_default(),
        bands: bands.iter().map(|band| band_tag(score, band)).collect(),
        scale: (!possible.is_empty()).then(|| scale(score, &possible)),
        points: points(result, score, &possible, context),
        meaning: meaning(&bands),
        source: short_citation(&rule_set.citation),
        explanation: steps(result),
        explained: context.explained,
        what_if: context.what_if.filter(|_| !possible.is_empty()).map(|action| WhatIf {
            action: action.to_owned(),
            value: level
                .map_or_else(|| rule_set.id.clone(), |level| format!("{}.{level}", rule_set.id)),
            changes: None,
        }),
        badge: badge(rule_set),
        by: context.by.to_owned(),
    })
}

/// The first author and the journal of a citation: `Fisher, Spine 2010;35(22):E1221–E1229`. The rule's own
/// page has it in full. A citation of another form stays as it is.
pub fn short_citation(citation: &str) -> String {
    let author = citation.split([' ', ',']).next().unwrap_or_default();
    let journal = citation.split(". ").find(|part| part.contains(';') && part.contains(':'));
    match journal {
        Some(journal) if !author.is_empty() => {
            format!("{author}, {}", journal.trim_end_matches('.'))
        }
        _ => citation.to_owned(),
    }
}

/// The totals still possible, ascending; none when the instrument does not apply.
pub fn possible(result: &RuleResult<'_>) -> Vec<i32> {
    let totals = result.total().map(|total| total.possible).unwrap_or_default();
    totals.into_iter().filter_map(|total| i32::try_from(total).ok()).collect()
}

fn subtitle(rule_set: &RuleSet, level: Option<&str>, index: Option<&str>) -> String {
    match level {
        Some(level) if index == Some(level) => format!("Index level {level} · {}", rule_set.title),
        Some(level) => format!("Level {level} · {}", rule_set.title),
        None => rule_set.title.clone(),
    }
}

fn standing(result: &RuleResult<'_>, possible: &[i32], context: &CardContext<'_>) -> Standing {
    match possible {
        [] => Standing::NotApplicable {
            why: format!("{} does not cover this.", result.rule_set().short_title),
        },
        [only] if result.missing().is_empty() => Standing::Total { value: only.to_string() },
        totals => Standing::Possible {
            totals: totals_in_words(totals),
            missing: result
                .missing()
                .into_iter()
                .map(|code| {
                    Link::new(
                        label_at(code, result.level()),
                        fact_href(context.case_href, code, result.level()),
                    )
                })
                .collect(),
        },
    }
}

/// Where a fact is answered: its row in the assessment form.
pub fn fact_href(case_href: &str, code: &str, level: Option<&str>) -> String {
    let lesion =
        dictionary().entry(code).is_some_and(|entry| entry.scope() == rules::types::Scope::Lesion);
    match level {
        Some(level) if lesion => format!("{case_href}/lesions/{level}#lesion-{level}-{code}"),
        _ => format!("{case_href}/assessment#case-{code}"),
    }
}

/// The dictionary's name of a fact; the code where it has none.
pub fn label(code: &str) -> String {
    dictionary().entry(code).map_or_else(|| code.to_owned(), |entry| entry.label().to_owned())
}

/// The same, saying of what it is where a score of the whole case waits for a fact of its lesions.
pub fn label_at(code: &str, level: Option<&str>) -> String {
    let of_lesion =
        dictionary().entry(code).is_some_and(|entry| entry.scope() == rules::types::Scope::Lesion);
    if level.is_none() && of_lesion {
        format!("{} of the lesions", label(code))
    } else {
        label(code)
    }
}

/// A value of a fact in words.
pub fn value_words(code: &str, value: &Value<'_>) -> String {
    match value {
        Value::Code(one) => {
            dictionary().value_label(code, one).map_or_else(|| (*one).to_owned(), str::to_owned)
        }
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Between(from, to) if is_open_end(code, *to) => format!("{from} or more"),
        Value::Between(from, to) => format!("{from} to {to}"),
        Value::SomeOf([]) => "None that is asked for".to_owned(),
        Value::SomeOf(groups) => {
            let label = |one: &String| {
                dictionary().value_label(code, one).map_or_else(|| one.clone(), str::to_owned)
            };
            let each = groups.iter().map(|group| {
                let words: Vec<String> = group.iter().map(label).collect();
                format!("Any of {}", words.join(", "))
            });
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

/// Whether a number is the end of the range of a count: then a stretch up to it is open upwards. A number
/// with a unit, or with words for its values, is a scale with an end of its own.
fn is_open_end(code: &str, to: i64) -> bool {
    dictionary().entry(code).is_some_and(|entry| match entry.fact_type() {
        FactType::Integer { max, .. } => {
            to >= *max && entry.unit.is_empty() && entry.choices.is_empty() && !entry.coded
        }
        _ => false,
    })
}

/// Several values: "a or b".
pub fn values_words(code: &str, values: &[Value<'_>]) -> String {
    let numbers: Option<Vec<(i64, i64)>> = values.iter().map(stretch).collect();
    match numbers {
        Some(numbers) if numbers.len() > 1 => or(&stretches_words(code, numbers)),
        _ => or(&values.iter().map(|value| value_words(code, value)).collect::<Vec<_>>()),
    }
}

/// A number or a stretch of numbers as its two ends.
fn stretch(value: &Value<'_>) -> Option<(i64, i64)> {
    match value {
        Value::Number(number) => Some((*number, *number)),
        Value::Between(from, to) => Some((*from, *to)),
        Value::Code(_) | Value::Bool(_) | Value::SomeOf(_) => None,
    }
}

/// Neighbours joined: `1 or more` and not every number up to the end of the range.
fn stretches_words(code: &str, mut numbers: Vec<(i64, i64)>) -> Vec<String> {
    numbers.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in numbers {
        match joined.last_mut() {
            Some((_, last)) if from <= *last + 1 => *last = to.max(*last),
            _ => joined.push((from, to)),
        }
    }
    joined
        .into_iter()
        .map(|(from, to)| match to {
            to if to == from => from.to_string(),
            to if is_open_end(code, to) => format!("{from} or more"),
            to => format!("{from} to {to}"),
        })
        .collect()
}

fn or(words: &[String]) -> String {
    match words.split_last() {
        None => "not known".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
    }
}

/// The tag of a band: its words, range and, for a score whose high end is the bad one, its tone.
pub fn band_tag(score: &Score, band: &Band) -> Tag {
    let range = if band.from == band.to {
        band.from.to_string()
    } else {
        format!("{}–{}", band.from, band.to)
    };
    let text = if band.title.contains(&range) {
        band.title.clone()
    } else {
        format!("{} ({range})", band.title)
    };
    Tag::new(tone(score, band), text)
}

/// The worst band of a score is critical, the best one fine, all between call for attention.
fn tone(score: &Score, band: &Band) -> Tone {
    let place = score.bands.iter().position(|one| one.id == band.id).unwrap_or(0);
    let from_worst = match score.direction {
        Direction::HigherIsWorse => score.bands.len() - 1 - place.min(score.bands.len() - 1),
        Direction::HigherIsBetter => place,
    };
    let best = score.bands.len() - 1;
    match from_worst {
        0 => Tone::Crit,
        place if place == best => Tone::Ok,
        _ => Tone::Warn,
    }
}

/// The bar of a score.
pub fn scale(score: &Score, possible: &[i32]) -> Scale {
    let small = |total: i64| i32::try_from(total).unwrap_or(i32::MAX);
    Scale {
        bands: score
            .bands
            .iter()
            .map(|band| ScaleBand {
                from: small(band.from),
                to: small(band.to),
                words: String::new(),
            })
            .collect(),
        possible: possible.to_vec(),
    }
}

fn points(
    result: &RuleResult<'_>,
    score: &Score,
    possible: &[i32],
    context: &CardContext<'_>,
) -> Points {
    let place = result.level().map(|level| format!(" at {level}")).unwrap_or_default();
    Points {
        caption: format!("{}{place}, item by item", result.rule_set().short_title),
        rows: result
            .components(score)
            .iter()
            .map(|one| point_row(one, result.level(), context))
            .collect(),
        total: if possible.is_empty() { String::new() } else { totals_in_words(possible) },
    }
}

fn point_row(
    component: &ExplainedComponent<'_>,
    level: Option<&str>,
    context: &CardContext<'_>,
) -> PointRow {
    let numbers: Vec<i32> =
        component.points.iter().filter_map(|one| i32::try_from(*one).ok()).collect();
    let open = numbers.len() != 1;
    let fact = &component.fact;
    let recorded = if fact.not_applicable {
        "Not applicable".to_owned()
    } else if fact.origin == Origin::Missing {
        "Not assessed".to_owned()
    } else if open {
        match component.options.as_slice() {
            [] => values_words(fact.fact, &fact.values),
            options => {
                options.iter().map(|one| shortened(&one.label)).collect::<Vec<_>>().join(" / ")
            }
        }
    } else {
        match component.options.as_slice() {
            [only] => only.label.clone(),
            _ => values_words(fact.fact, &fact.values),
        }
    };
    PointRow {
        item: component.component.title.clone(),
        recorded,
        points: or(&numbers.iter().map(ToString::to_string).collect::<Vec<_>>()),
        open,
        href: open.then(|| fact_href(context.case_href, asked_behind(fact), level)),
    }
}

/// The first of the things that an option lists: `Kidney …` of `Kidney, uterus`.
fn shortened(label: &str) -> String {
    label.split_once(',').map_or_else(|| label.to_owned(), |(first, _)| format!("{first} …"))
}

/// The fact that a person answers: itself, or the first that it is derived from.
fn asked_behind<'a>(fact: &ExplainedFact<'a>) -> &'a str {
    fact.from.first().copied().unwrap_or(fact.fact)
}

/// What the bands still possible mean, a line each.
pub fn meaning(bands: &[&Band]) -> String {
    let sentences: Vec<String> = bands
        .iter()
        .map(|band| {
            let strategy = band
                .strategy
                .as_deref()
                .map(|text| format!(" {}", ended(text)))
                .unwrap_or_default();
            let text = format!("{}{strategy}", ended(&band.meaning));
            if bands.len() == 1 { text } else { format!("{}: {text}", band.title) }
        })
        .collect();
    sentences.join("\n")
}

fn ended(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// How each part of a result came about.
pub fn steps(result: &RuleResult<'_>) -> Vec<Step> {
    result.explanation().iter().map(step).collect()
}

fn step(part: &Explained<'_>) -> Step {
    match part {
        Explained::Component(component) => Step {
            text: component_text(component),
            because: because(&component.fact),
            source: component
                .options
                .first()
                .map(|option| source(&option.provenance))
                .unwrap_or_default(),
        },
        Explained::Fact(fact) => Step {
            text: format!("{}: {}", label(fact.fact), values_words(fact.fact, &fact.values)),
            because: because(fact),
            source: fact.provenance.map(source).unwrap_or_default(),
        },
        Explained::Row(row) => Step {
            text: format!("Row {}", row.id),
            because: String::new(),
            source: source(row.provenance),
        },
        Explained::Counted(places) => Step {
            text: format!("Counted: {}", listed(&places.counted)),
            because: if places.perhaps.is_empty() {
                String::new()
            } else {
                format!("May count: {}", listed(&places.perhaps))
            },
            source: source(places.provenance),
        },
    }
}

fn listed(levels: &[&str]) -> String {
    if levels.is_empty() { "none".to_owned() } else { levels.join(", ") }
}

fn component_text(component: &ExplainedComponent<'_>) -> String {
    let labels: Vec<String> = component.options.iter().map(|option| option.label.clone()).collect();
    let points: Vec<String> = component.points.iter().map(ToString::to_string).collect();
    let unit = if component.points == [1] { "point" } else { "points" };
    format!("{}: {}, {} {unit}", component.component.title, or(&labels), or(&points))
}

fn because(fact: &ExplainedFact<'_>) -> String {
    let name = label(fact.fact);
    if fact.not_listed {
        return format!("{name} is open: the paper does not list this tumour");
    }
    let from: Vec<String> = fact.from.iter().map(|code| label(code)).collect();
    match fact.origin {
        Origin::Asked => format!("{name} was recorded"),
        Origin::Missing => format!("{name} is not assessed"),
        Origin::Stated => format!("{name} was stated by a person; it beats what would be derived"),
        Origin::Supposed => format!("{name} is supposed"),
        Origin::Derived => {
            let by = fact.by.map(|by| format!(" ({} v{})", by.id, by.version)).unwrap_or_default();
            format!("{name} is derived from {}{by}", from.join(", "))
        }
    }
}

/// Keys of the sources, and what is not confirmed about them.
pub fn source(provenance: &Provenance) -> String {
    let mut parts: Vec<String> = provenance.sources.clone();
    if !provenance.verified {
        parts.push("source not confirmed".to_owned());
    }
    if provenance.local_rule {
        parts.push("local rule".to_owned());
    }
    parts.extend(provenance.remark.clone());
    parts.join("; ")
}

/// The same card with the answers to its what-if, when it is the one that was asked: `sins-2010.T10`.
pub fn with_what_if(card: ScoreCard, evaluation: &Evaluation, asked: &str) -> ScoreCard {
    let Some(what_if) = card.what_if.as_ref().filter(|what_if| what_if.value == asked) else {
        return card;
    };
    let (rule_set, level) = match asked.split_once('.') {
        Some((rule_set, level)) => (rule_set, Some(level)),
        None => (asked, None),
    };
    let rows = evaluation.what_if(rule_set, level);
    // One answer is read at a glance, a list of twenty tumours is not: the short ones come first.
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_by_key(|row| row.changes.iter().map(|one| one.to.len()).sum::<usize>());
    let changes = rows.into_iter().map(change).collect();
    ScoreCard { what_if: Some(WhatIf { changes: Some(changes), ..what_if.clone() }), ..card }
}

/// The first few of many values, and how many more there are.
fn some_words(code: &str, values: &[Value<'_>]) -> String {
    const FEW: usize = 6;
    match values.get(..FEW) {
        Some(few) if values.len() > FEW + 1 && values.iter().any(|one| stretch(one).is_none()) => {
            let words: Vec<String> = few.iter().map(|value| value_words(code, value)).collect();
            format!("{} or one of {} others", words.join(", "), values.len() - FEW)
        }
        _ => values_words(code, values),
    }
}

fn change(row: &rules::WhatIf<'_>) -> Change {
    let said = |one: &rules::what_if::Change<'_>| {
        let place = one.level.map(|level| format!(" at {level}")).unwrap_or_default();
        format!("{}{place}: {}", label(one.fact), some_words(one.fact, &one.to))
    };
    let was = |one: &rules::what_if::Change<'_>| match &one.from {
        Some(value) => value_words(one.fact, value),
        None => "not assessed".to_owned(),
    };
    let totals: Vec<i32> = row
        .total
        .iter()
        .flat_map(|total| &total.possible)
        .filter_map(|one| i32::try_from(*one).ok())
        .collect();
    Change {
        answer: row.changes.iter().map(said).collect::<Vec<_>>().join(" and "),
        instead_of: row.changes.iter().map(was).collect::<Vec<_>>().join(" and "),
        total: totals_in_words(&totals),
        band: row.bands.iter().map(|band| band.title.clone()).collect::<Vec<_>>().join(" or "),
    }
}

#[cfg(test)]
mod tests {
    use super::{short_citation, shortened, values_words};
    use rules::Value;

    #[test]
    fn numbers_that_follow_each_other_are_said_as_one_stretch() {
        let all: Vec<Value<'_>> = (1..=34).map(Value::Number).collect();
        assert_eq!(values_words("vertebral-metastases-count", &all), "1 or more");
        let some = [Value::Number(1), Value::Number(2), Value::Number(4)];
        assert_eq!(values_words("vertebral-metastases-count", &some), "1 to 2 or 4");
        assert_eq!(values_words("kps", &[Value::Number(60)]), "60");
        assert_eq!(
            values_words("extraspinal-bone-foci-count", &[Value::Between(3, 99)]),
            "3 or more"
        );
        assert_eq!(
            values_words("extraspinal-bone-foci-count", &[Value::Between(3, 34)]),
            "3 to 34"
        );
        assert_eq!(values_words("kps", &[Value::Between(60, 100)]), "60 to 100");
    }

    #[test]
    fn an_option_that_lists_many_things_is_named_by_its_first() {
        assert_eq!(shortened("Kidney, uterus"), "Kidney …");
        assert_eq!(shortened("Rectum"), "Rectum");
    }

    #[test]
    fn a_citation_is_shortened_to_its_first_author_and_journal() {
        let citation = "Fisher CG, DiPaola CP, et al. A novel classification system. Spine 2010;35(22):E1221–E1229. DOI 10.1097/x";
        assert_eq!(short_citation(citation), "Fisher, Spine 2010;35(22):E1221–E1229");
        assert_eq!(short_citation("Local rule"), "Local rule");
    }
}
