//! Small parts that many pages share. Their markup stands in `templates/components`.

/// A link with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Words of the link.
    pub text: String,
    /// Address.
    pub href: String,
}

impl Link {
    /// A link of these words to this address.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// Tone of a message or tag; always beside an icon or words, never colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// No special meaning.
    #[default]
    Plain,
    /// Done, present, within its limit.
    Ok,
    /// Information.
    Info,
    /// Caution.
    Warn,
    /// Critical.
    Crit,
}

impl Tone {
    /// CSS class, empty for plain.
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Crit => "crit",
        }
    }

    /// The icon that goes with the tone.
    pub fn icon(self) -> Icon {
        match self {
            Self::Plain | Self::Info => Icon::Info,
            Self::Ok => Icon::Ok,
            Self::Warn => Icon::Warn,
            Self::Crit => Icon::Crit,
        }
    }
}

/// Icon shapes. Each shape has one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Circle with tick.
    Ok,
    /// Triangle.
    Warn,
    /// Square with exclamation mark.
    Crit,
    /// Circle with i.
    Info,
    /// Circle with question mark: not assessed.
    Question,
    /// Clock: a limit in time.
    Clock,
    /// Filled ring: where one is now.
    Current,
    /// Empty ring: to come.
    Waiting,
}

/// What the last command did, shown once under the tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// Tone of the message.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// Where to go next.
    pub link: Option<Link>,
}

/// A short word in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Tone of the tag.
    pub tone: Tone,
    /// Words of the tag.
    pub text: String,
    /// Whether the icon of its tone stands in front.
    pub icon: bool,
}

impl Tag {
    /// A tag without an icon.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into(), icon: false }
    }

    /// The same with the icon of its tone.
    #[must_use]
    pub fn with_icon(self) -> Self {
        Self { icon: true, ..self }
    }
}

/// Name and version of a rule set, leading to its page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleBadge {
    /// Title: `Tokuhashi 2005`.
    pub title: String,
    /// Version: `v1`.
    pub version: String,
    /// Address of the version's page.
    pub href: String,
}

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortDirection {
    /// Not sorted by this column.
    #[default]
    None,
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl SortDirection {
    /// Value of `aria-sort`.
    pub fn aria(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }

    /// Arrow beside the words.
    pub fn arrow(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Ascending => "▲",
            Self::Descending => "▼",
        }
    }
}

/// Head of a table column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortHead {
    /// Words of the column.
    pub label: String,
    /// Address that sorts by it; none when it cannot be sorted.
    pub href: Option<String>,
    /// How it is sorted now.
    pub direction: SortDirection,
    /// Numbers: right-aligned, tabular figures.
    pub numeric: bool,
}

impl SortHead {
    /// A column that does not sort.
    pub fn plain(label: &str) -> Self {
        Self { label: label.to_owned(), href: None, direction: SortDirection::None, numeric: false }
    }

    /// A column that sorts by following `href`.
    pub fn sortable(label: &str, href: impl Into<String>, direction: SortDirection) -> Self {
        Self { label: label.to_owned(), href: Some(href.into()), direction, numeric: false }
    }

    /// The same as a column of numbers.
    #[must_use]
    pub fn numeric(self) -> Self {
        Self { numeric: true, ..self }
    }
}

/// Range, total and the way through a long list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pager {
    /// What is shown: `1 to 25 of 60`.
    pub range: String,
    /// Address of the page before.
    pub previous: Option<String>,
    /// Address of the page after.
    pub next: Option<String>,
    /// Address of the CSV of the filtered set, where one exists.
    pub export: Option<String>,
}

/// What to say when there is nothing, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Empty {
    /// Sentence.
    pub text: String,
    /// What to do next.
    pub link: Option<Link>,
}

impl Empty {
    /// A sentence, without a link.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), link: None }
    }

    /// A sentence and what to do next.
    pub fn with_link(text: impl Into<String>, link: Link) -> Self {
        Self { text: text.into(), link: Some(link) }
    }
}
