//! What is wrong with a file, and where, printed like a compiler does it.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub message: String,
    /// What stands at the place, or what would be right; may be empty.
    pub label: String,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
}

/// Everything that is wrong with a file. Its `Display` shows file, line and the offending text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseErrors {
    name: String,
    text: String,
    errors: Vec<ParseError>,
}

impl ParseErrors {
    pub(super) fn new(name: &str, text: &str, errors: Vec<ParseError>) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), errors }
    }

    pub(super) fn from_toml(name: &str, text: &str, error: &toml::de::Error) -> Self {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().trim_end().to_owned();
        Self::new(name, text, vec![ParseError { message, label: String::new(), span }])
    }

    /// The errors, in the order of the file.
    pub fn errors(&self) -> &[ParseError] {
        &self.errors
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The line of an error, counted from 1.
    pub fn line(&self, error: &ParseError) -> usize {
        let end = error.span.start.min(self.text.len());
        1 + self.text.bytes().take(end).filter(|byte| *byte == b'\n').count()
    }

    /// The span of an error, kept inside the text and on the bounds of its characters.
    fn span(&self, error: &ParseError) -> Range<usize> {
        let mut start = error.span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let mut end = error.span.end.clamp(start, self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        start..end
    }
}

impl fmt::Display for ParseErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n\n")?;
            }
            let mut annotation = AnnotationKind::Primary.span(self.span(error));
            if !error.label.is_empty() {
                annotation = annotation.label(error.label.as_str());
            }
            let snippet =
                Snippet::source(self.text.as_str()).path(self.name.as_str()).annotation(annotation);
            let title = Level::ERROR.primary_title(error.message.as_str());
            formatter.write_str(&renderer.render(&[title.element(snippet)]))?;
        }
        Ok(())
    }
}

impl std::error::Error for ParseErrors {}
