//! The codes that a mistyped one may have meant.

/// The candidates nearest to a word, the nearest first, at most `limit`.
///
/// A candidate is near when it contains the word, or when few letters would have to be changed,
/// added, left out or swapped. Ties keep the order of the candidates.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    let word = lowered(word);
    if word.is_empty() {
        return Vec::new();
    }
    let allowed = word.len().div_ceil(3).max(1);
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters = lowered(candidate);
            let distance = distance(&word, &letters);
            let inside = word.len() >= 3 && contains(&letters, &word);
            (inside || distance <= allowed).then_some((distance, candidate))
        })
        .collect();
    scored.sort_by_key(|&(distance, _)| distance);
    scored.dedup_by_key(|&mut (_, candidate)| candidate);
    scored.into_iter().take(limit).map(|(_, candidate)| candidate).collect()
}

/// The candidates with the least distance from a word, however far they are, at most `limit`.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    let word = lowered(word);
    let measured = candidates.into_iter().map(|code| (distance(&word, &lowered(code)), code));
    let mut measured: Vec<(usize, &str)> = measured.collect();
    measured.sort_by_key(|&(distance, _)| distance);
    measured.into_iter().take(limit).map(|(_, candidate)| candidate).collect()
}

/// The letters in lower case, at most 64 of them: a longer word is near to nothing.
fn lowered(word: &str) -> Vec<char> {
    word.trim().chars().take(64).flat_map(char::to_lowercase).collect()
}

fn contains(letters: &[char], word: &[char]) -> bool {
    letters.windows(word.len()).any(|window| window == word)
}

/// The edit distance of two words, a swap of neighbours counting as one (restricted Damerau).
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut left_before: Option<char> = None;
    for (row, &letter) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(right.len() + 1);
        current.push(row + 1);
        let mut right_before: Option<char> = None;
        for (column, &other) in right.iter().enumerate() {
            let at = |line: &[usize], place: usize| line.get(place).copied().unwrap_or(usize::MAX);
            let change = at(&above, column) + usize::from(letter != other);
            let leave = at(&above, column + 1) + 1;
            let add = at(&current, column) + 1;
            let mut best = change.min(leave).min(add);
            if left_before == Some(other) && right_before == Some(letter) && column > 0 {
                best = best.min(at(&before, column - 1).saturating_add(1));
            }
            current.push(best);
            right_before = Some(other);
        }
        left_before = Some(letter);
        before = above;
        above = current;
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(word: &str) -> Vec<char> {
        word.chars().collect()
    }

    #[test]
    fn a_changed_added_missing_or_swapped_letter_counts_one() {
        for (left, right) in [("kps", "kpt"), ("kps", "kpss"), ("kps", "ks"), ("kps", "ksp")] {
            assert_eq!(distance(&letters(left), &letters(right)), 1, "{left} {right}");
        }
        assert_eq!(distance(&letters("kitten"), &letters("sitting")), 3);
        assert_eq!(distance(&letters(""), &letters("abc")), 3);
    }

    #[test]
    fn the_nearest_comes_first_and_a_stranger_not_at_all() {
        let codes = ["frankel", "kps", "ecog", "sins-pain", "pain-nrs"];
        assert_eq!(nearest("frankle", codes, 3), ["frankel"]);
        assert_eq!(nearest("sin-pain", codes, 3), ["sins-pain"]);
        assert_eq!(nearest("pain", codes, 3), ["pain-nrs", "sins-pain"]);
        assert!(nearest("zzzzzz", codes, 3).is_empty());
        assert_eq!(closest("zzzzzz", codes, 2).len(), 2);
        assert!(nearest("", codes, 3).is_empty());
    }
}
