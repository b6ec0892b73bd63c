//! Typed text: how long it may be, and which characters nobody sees.

/// The longest reason that a command takes, in characters.
pub const REASON_MAX: usize = 500;

/// Why a typed text is not accepted. The messages are shown beside the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Longer than it may be.
    #[error("at most {max} characters, this has {has}")]
    TooLong {
        /// The limit.
        max: usize,
        /// What was typed.
        has: usize,
    },
    /// A character that has no picture of its own.
    #[error(
        "character {place} (U+{:04X}) is not seen and can change how the rest is read: type this again, do not paste it",
        u32::from(*.sign)
    )]
    Unseen {
        /// Which one.
        sign: char,
        /// Where, counted from 1.
        place: usize,
    },
}

/// The first character of a text that is not seen, with its place from 0: a control character besides line
/// breaks and tabs, one that turns the direction of writing, or one without width or picture. With the second
/// kind `(Mrs)` reads `(srM)`, with the third two equal names differ. Joiners stay: some scripts need them.
pub fn unseen(text: &str) -> Option<(usize, char)> {
    text.chars().enumerate().find(|(_, sign)| match sign {
        '\n' | '\r' | '\t' => false,
        // Unicode Standard Annex 9, table 4: explicit directional formatting characters; then those of no width,
        // the breaks of lines and paragraphs, fillers and tags.
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{ad}'
        | '\u{200b}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2060}'..='\u{2064}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    })
}

/// A text of at most `max` characters, all of them seen.
///
/// # Errors
/// [`TextError`].
pub fn check(text: &str, max: usize) -> Result<(), TextError> {
    let has = text.chars().count();
    if has > max {
        return Err(TextError::TooLong { max, has });
    }
    match unseen(text) {
        Some((place, sign)) => Err(TextError::Unseen { sign, place: place + 1 }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_turns_the_writing_is_named_with_its_place() {
        for sign in [
            '\u{202e}', '\u{200b}', '\u{feff}', '\u{2066}', '\u{200f}', '\u{61c}', '\u{7}',
            '\u{85}',
        ] {
            let text = format!("Ann{sign}(Mrs)");
            assert_eq!(check(&text, 20), Err(TextError::Unseen { sign, place: 4 }), "{sign:?}");
        }
        assert_eq!(
            check("A\u{202e}", 9).unwrap_err().to_string(),
            "character 2 (U+202E) is not seen and can change how the rest is read: type this again, do not paste it"
        );
    }

    #[test]
    fn every_script_and_every_line_break_is_text() {
        for text in ["Siân\tO’Brien", "two\r\nlines", "عائشة", "יוסי", "می‌خواهم", "李"]
        {
            assert_eq!(check(text, 20), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_limit_counts_characters() {
        assert_eq!(check("äöü", 3), Ok(()));
        assert_eq!(check("äöüß", 3).unwrap_err().to_string(), "at most 3 characters, this has 4");
    }
}
