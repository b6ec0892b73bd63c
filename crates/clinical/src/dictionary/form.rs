//! The layout of the assessment form: which fact is asked in which section.

use rules::types::Scope;

/// The assessment form, as data: its sections in the order of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormLayout {
    /// The sections of the case, then those repeated for each lesion, in the order of the file.
    pub sections: Vec<FormSection>,
    /// The facts that the form does not ask, each with the reason.
    pub elsewhere: Vec<Elsewhere>,
}

/// One section of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSection {
    /// The name for addresses and anchors.
    pub id: String,
    /// The heading.
    pub title: String,
    /// `Case`, or `Lesion` for a section that is repeated for each level.
    pub scope: Scope,
    /// Whether the section starts closed: the three scores need none of its facts.
    pub folded: bool,
    /// A few words on what a closed section holds; may be empty.
    pub hint: String,
    /// The codes of its facts, in the order in which they are asked.
    pub facts: Vec<String>,
}

/// A fact that the form does not ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The code of the fact.
    pub fact: String,
    /// Where it comes from instead.
    pub why: String,
}

impl FormLayout {
    /// The sections of the case, open ones and folded ones.
    pub fn case_sections(&self) -> impl Iterator<Item = &FormSection> {
        self.sections.iter().filter(|section| section.scope != Scope::Lesion)
    }

    /// The sections that are repeated for each lesion.
    pub fn lesion_sections(&self) -> impl Iterator<Item = &FormSection> {
        self.sections.iter().filter(|section| section.scope == Scope::Lesion)
    }

    /// The codes of the facts in open sections: what the three scores need.
    pub fn score_facts(&self) -> impl Iterator<Item = &str> {
        let open = self.sections.iter().filter(|section| !section.folded);
        open.flat_map(|section| section.facts.iter().map(String::as_str))
    }
}
