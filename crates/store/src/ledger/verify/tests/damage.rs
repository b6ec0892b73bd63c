//! Damage to the file, as disks and careless hands do it: the first bad record is named by its line.

use proptest::prelude::*;

use super::*;

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// Verifies what is left and gives the line that is named first.
fn first_bad(lines: &[Vec<u8>]) -> Option<u64> {
    check(&lines.concat(), &by_key()).first_bad.map(|problem| problem.line)
}

fn number(index: usize) -> u64 {
    u64::try_from(index).unwrap() + 1
}

#[test]
fn a_flipped_byte_anywhere_in_a_record_of_any_kind_is_named_by_its_line() {
    for (name, bytes) in bundles() {
        let whole = lines(&bytes);
        for index in 0..whole.len() {
            let length = whole[index].len();
            for at in [0, 1, length / 4, length / 2, length - 20, length - 3, length - 2] {
                let mut damaged = whole.clone();
                damaged[index][at] ^= 0x01;
                assert_eq!(first_bad(&damaged), Some(number(index)), "{name} {index} at {at}");
            }
        }
    }
}

#[test]
fn a_removed_line_is_named_by_the_line_that_took_its_place() {
    for (name, bytes) in bundles() {
        let whole = lines(&bytes);
        for index in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged.remove(index);
            assert_eq!(first_bad(&damaged), Some(number(index)), "{name} {index}");
        }
    }
}

#[test]
fn lines_that_changed_places_are_named_by_the_first_of_them() {
    for (name, bytes) in bundles() {
        let whole = lines(&bytes);
        for first in 0..whole.len() {
            for second in [first + 1, first + 2, first + 7] {
                if second >= whole.len() {
                    continue;
                }
                let mut damaged = whole.clone();
                damaged.swap(first, second);
                assert_eq!(first_bad(&damaged), Some(number(first)), "{name} {first} {second}");
            }
        }
    }
}

#[test]
fn a_line_that_stands_twice_is_named_where_it_stands_again() {
    for (name, bytes) in bundles() {
        let whole = lines(&bytes);
        for index in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged.insert(index + 1, whole[index].clone());
            assert_eq!(first_bad(&damaged), Some(number(index + 1)), "{name} {index}");
        }
    }
}

#[test]
fn a_file_that_breaks_off_is_named_where_it_does() {
    for (name, bytes) in bundles() {
        let whole = lines(&bytes);
        for count in 0..whole.len() {
            assert_eq!(first_bad(&whole[..count]), Some(number(count)), "{name} {count}");
            let mut damaged = whole[..=count].to_vec();
            let half = damaged[count].len() / 2;
            damaged[count].truncate(half);
            assert_eq!(first_bad(&damaged), Some(number(count)), "{name} {count}");
        }
        let without_last_byte = &bytes[..bytes.len() - 1];
        let report = check(without_last_byte, &by_key());
        assert_eq!(report.first_bad.unwrap().line, number(whole.len() - 1), "{name}");
    }
}

#[test]
fn other_bytes_with_the_same_meaning_are_refused() {
    let (_, bytes) = &bundles()[0];
    let text = String::from_utf8(bytes.clone()).unwrap();
    let changed = [
        text.replacen("\",\"", "\", \"", 1),
        text.replacen('\n', "\r\n", 1),
        text.replacen('\n', "\n\n", 1),
        text.replacen("\"format\":1", "\"format\":1.0", 1),
        text.replacen("\"format\":1", "\"format\":1,\"format\":1", 1),
        text.replacen("\"format\":1", "\"format\":1,\"more\":1", 1),
        text.replacen("demo/NF", "demo/N\\u0046", 1),
        format!("{text}\n"),
        format!("\u{feff}{text}"),
    ];
    for text in changed {
        assert!(!check(text.as_bytes(), &Trust::default()).is_ok(), "{text:.200}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_byte_changed_to_any_other_is_named_by_its_line(
        case in any::<bool>(), at in any::<prop::sample::Index>(), to in any::<u8>()
    ) {
        let [(_, site), (_, other)] = bundles();
        let mut bytes = if case { other } else { site };
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        let line = bytes[..at].split(|byte| *byte == b'\n').count() - 1;
        bytes[at] = to;
        let problem = check(&bytes, &Trust::default()).first_bad;
        prop_assert_eq!(problem.map(|problem| problem.line), Some(number(line)));
    }

    #[test]
    fn no_input_makes_the_verifier_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200), keep in any::<prop::sample::Index>()
    ) {
        let (_, whole) = &bundles()[0];
        let mut input = whole[..keep.index(whole.len())].to_vec();
        input.extend_from_slice(&bytes);
        prop_assert!(!check(&bytes, &Trust::default()).is_ok());
        prop_assert!(!check(&input, &Trust::default()).is_ok());
    }
}
