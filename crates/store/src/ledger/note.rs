//! Signed notes and log checkpoints, as C2SP's `signed-note` and `tlog-checkpoint` describe them,
//! so that tools made by others can read and check ours.
//!
//! A note is text, an empty line, and one line for each signature: `— name base64(key id ‖ bytes)`.
//! The text of a checkpoint is three lines: the origin of the log, the number of its entries, and
//! the root over them in base64.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use rules::canonical::Hash;
use sha2::{Digest, Sha256};

use super::tree::TreeHead;

/// The signature type of Ed25519 in key ids and verifier keys.
pub(super) const ED25519: u8 = 0x01;

/// What begins each signature line: an em dash and a space.
const SIGNATURE_MARK: &str = "\u{2014} ";

/// More signatures than this are not read.
const MOST_SIGNATURES: usize = 16;

/// Why a note, a checkpoint or a key cannot be read or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// A name is empty or has white space, a control character or a plus sign.
    #[error("`{0}` cannot be the name of a key: it is empty or has a space or a plus sign")]
    Name(String),
    /// The text has no empty line before its signatures, or a control character.
    #[error("this is no signed note")]
    Shape,
    /// A signature line does not have the form of one.
    #[error("a signature line does not have the form `— name base64`")]
    SignatureLine,
    /// The note carries no signature of the key.
    #[error("the note is not signed by the key `{0}`")]
    NotSigned(String),
    /// The note carries a signature of the key, and it is not one over this text.
    #[error("the signature of `{0}` does not fit the text")]
    Forged(String),
    /// The text is not origin, size and root.
    #[error("the text of the note is no checkpoint: {0}")]
    Checkpoint(&'static str),
    /// The text is no verifier key.
    #[error("this is no verifier key: {0}")]
    VerifierKey(&'static str),
}

/// Whether a text can name a key or a log: not empty, no white space, control or plus sign.
pub fn is_name(text: &str) -> bool {
    let fits = |letter: char| !(letter.is_whitespace() || letter.is_control() || letter == '+');
    !text.is_empty() && text.chars().all(fits)
}

/// The public half of a log's key, under the name of the log.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A key under a name.
    ///
    /// # Errors
    /// When the text cannot be a name.
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, NoteError> {
        if is_name(name) {
            Ok(Self { name: name.to_owned(), key })
        } else {
            Err(NoteError::Name(name.to_owned()))
        }
    }

    /// The name of the log that the key signs for: its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same key under the name of another log.
    ///
    /// # Errors
    /// When the text cannot be a name.
    pub fn named(&self, name: &str) -> Result<Self, NoteError> {
        Self::new(name, self.key)
    }

    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key).
    pub fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        let [first, second, third, fourth, ..] = <[u8; 32]>::from(digest);
        [first, second, third, fourth]
    }

    /// Whether two keys are the same, whatever log each is named for.
    pub fn same_key(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Checks that the note carries a signature of this key over its text.
    ///
    /// # Errors
    /// When it carries none, or one that does not fit.
    pub fn verify(&self, note: &SignedNote) -> Result<(), NoteError> {
        let id = self.id();
        let ours = |line: &&NoteSignature| line.name == self.name && line.key_id == id;
        let line = note.signatures.iter().find(ours);
        let line = line.ok_or_else(|| NoteError::NotSigned(self.name.clone()))?;
        let forged = || NoteError::Forged(self.name.clone());
        let signature = Signature::from_slice(&line.bytes).map_err(|_| forged())?;
        self.key.verify_strict(note.text.as_bytes(), &signature).map_err(|_| forged())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed = vec![ED25519];
        typed.extend_from_slice(self.key.as_bytes());
        let id = hex::encode(self.id());
        write!(formatter, "{}+{id}+{}", self.name, STANDARD.encode(typed))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    /// Reads `name+id+base64`; the id must be the one of the name and the key.
    fn from_str(text: &str) -> Result<Self, NoteError> {
        let form = NoteError::VerifierKey("it does not have the form `name+id+base64`");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form);
        };
        let typed = STANDARD.decode(key).map_err(|_| form)?;
        let Some((&ED25519, bytes)) = typed.split_first() else {
            return Err(NoteError::VerifierKey("it is not an Ed25519 key"));
        };
        let point = <[u8; 32]>::try_from(bytes).ok();
        let key = point.and_then(|point| VerifyingKey::from_bytes(&point).ok());
        let key = key.ok_or(NoteError::VerifierKey("it is not an Ed25519 key"))?;
        let verifier = Self::new(name, key)?;
        if hex::encode(verifier.id()) == id {
            Ok(verifier)
        } else {
            Err(NoteError::VerifierKey("its id is not that of its name and key"))
        }
    }
}

/// One signature line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub key_id: [u8; 4],
    /// The signature itself, 64 bytes for Ed25519.
    pub bytes: Vec<u8>,
}

/// A text with its signatures, none of them checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    // INVARIANT: ends in a line feed and has no other control character.
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// A text with the signatures made over it.
    ///
    /// # Errors
    /// When the text does not end in a line feed, has another control character, or when the
    /// number of signatures is none or too many.
    pub fn new(text: String, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        let clean = text.chars().all(|letter| letter == '\n' || !letter.is_control());
        let counted = (1..=MOST_SIGNATURES).contains(&signatures.len());
        if clean && counted && text.ends_with('\n') {
            Ok(Self { text, signatures })
        } else {
            Err(NoteError::Shape)
        }
    }

    /// The text that is signed, with its last line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        // The last empty line divides: a text may have empty lines of its own.
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape)?;
        let signatures = lines.split('\n').take(MOST_SIGNATURES + 1).map(signature_line);
        Self::new(format!("{text}\n"), signatures.collect::<Result<_, _>>()?)
    }
}

fn signature_line(line: &str) -> Result<NoteSignature, NoteError> {
    let parts = line.strip_prefix(SIGNATURE_MARK).and_then(|rest| rest.split_once(' '));
    let (name, encoded) = parts.ok_or(NoteError::SignatureLine)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::SignatureLine)?;
    match bytes.split_first_chunk::<4>() {
        Some((key_id, bytes)) if is_name(name) && !bytes.is_empty() => {
            Ok(NoteSignature { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
        }
        _ => Err(NoteError::SignatureLine),
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        for signature in &self.signatures {
            let mut bytes = signature.key_id.to_vec();
            bytes.extend_from_slice(&signature.bytes);
            let encoded = STANDARD.encode(bytes);
            writeln!(formatter, "{SIGNATURE_MARK}{} {encoded}", signature.name)?;
        }
        Ok(())
    }
}

/// What a log says of itself: its name, how many entries it has, and the root over them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log: `<installation>/<site prefix>`.
    pub origin: String,
    /// The number of entries and the root over them.
    pub head: TreeHead,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let root = STANDARD.encode(self.head.root.as_bytes());
        format!("{}\n{}\n{root}\n", self.origin, self.head.size)
    }

    /// Reads the text of a note as a checkpoint. Extension lines, which others may add, are
    /// covered by the signature and say nothing to us.
    ///
    /// # Errors
    /// When the text is not origin, size and root.
    pub fn of(note: &SignedNote) -> Result<Self, NoteError> {
        let mut lines = note.text.split('\n');
        let (origin, size, root) = (lines.next(), lines.next(), lines.next());
        let origin = origin.filter(|origin| is_name(origin));
        let origin = origin.ok_or(NoteError::Checkpoint("its first line is no origin"))?;
        let size = size.and_then(|text| text.parse::<u64>().ok().filter(|n| n.to_string() == text));
        let size = size.ok_or(NoteError::Checkpoint("its second line is no size"))?;
        let root = root.and_then(|text| STANDARD.decode(text).ok());
        let root = root.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let root = root.ok_or(NoteError::Checkpoint("its third line is no root"))?;
        let head = TreeHead { size, root: Hash::from_bytes(root) };
        Ok(Self { origin: origin.to_owned(), head })
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;
    use signed_note::{Note, StandardVerifier, VerifierList};

    use super::super::key::LedgerKey;
    use super::*;

    fn key() -> LedgerKey {
        LedgerKey::new("demo", &[7; 32]).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        let head = TreeHead { size: 4812, root: Hash::of(b"root") };
        Checkpoint { origin: "demo/NF".to_owned(), head }
    }

    #[test]
    fn a_checkpoint_is_accepted_by_the_other_implementation() {
        let verifier = key().verifier("NF").unwrap();
        let text = key().sign_checkpoint("NF", checkpoint().head).unwrap().to_string();
        let note = Note::from_bytes(text.as_bytes()).unwrap();
        let other = StandardVerifier::new(&verifier.to_string()).unwrap();
        let (known, unknown) = note.verify(&VerifierList::new(vec![Box::new(other)])).unwrap();
        assert_eq!((known.len(), unknown.len()), (1, 0));
        assert_eq!(note.text(), checkpoint().text().as_bytes());
    }

    /// The example of the specification: a note, and the key that signed it.
    #[test]
    fn the_note_of_the_specification_verifies() {
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n\
                    \n\
                    \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZS\
                    NXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        let verifier = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key: VerifierKey = verifier.parse().unwrap();
        let note: SignedNote = text.parse().unwrap();
        assert_eq!(key.verify(&note), Ok(()));
        assert_eq!(note.to_string(), text);
        assert_eq!(key.to_string(), verifier);
        assert!(matches!(Checkpoint::of(&note), Err(NoteError::Checkpoint(_))));
    }

    #[test]
    fn a_checkpoint_reads_back_as_it_was_written() {
        let text = key().sign_checkpoint("NF", checkpoint().head).unwrap().to_string();
        let note: SignedNote = text.parse().unwrap();
        assert_eq!(note.to_string(), text);
        assert_eq!(Checkpoint::of(&note), Ok(checkpoint()));
        assert_eq!(key().verifier("NF").unwrap().verify(&note), Ok(()));
    }

    #[test]
    fn a_checkpoint_of_another_site_or_another_key_is_not_accepted() {
        let note = key().sign_checkpoint("NF", checkpoint().head).unwrap();
        let elsewhere = key().verifier("EM").unwrap();
        assert_eq!(elsewhere.verify(&note), Err(NoteError::NotSigned("demo/EM".to_owned())));
        let stranger = SigningKey::from_bytes(&[8; 32]).verifying_key();
        let stranger = VerifierKey::new("demo/NF", stranger).unwrap();
        assert_eq!(stranger.verify(&note), Err(NoteError::NotSigned("demo/NF".to_owned())));
        let mut signatures = note.signatures().to_vec();
        signatures[0].key_id = stranger.id();
        let posing = SignedNote::new(note.text().to_owned(), signatures).unwrap();
        assert_eq!(stranger.verify(&posing), Err(NoteError::Forged("demo/NF".to_owned())));
    }

    #[test]
    fn what_is_no_verifier_key_is_refused() {
        let good = key().verifier("NF").unwrap().to_string();
        assert!(good.parse::<VerifierKey>().is_ok());
        let renamed = good.replace("demo/NF", "demo/NX");
        for text in ["", "demo/NF", "demo/NF+00000000+AQ==", "a b+00000000+AQ==", &renamed] {
            assert!(text.parse::<VerifierKey>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_with_leading_zeros_or_a_sign_is_no_checkpoint() {
        for size in ["04812", "+4812", "-1", "", "4812 "] {
            let text = checkpoint().text().replace("4812", size);
            let signature =
                NoteSignature { name: "demo/NF".to_owned(), key_id: [0; 4], bytes: vec![1] };
            let note = SignedNote::new(text, vec![signature]).unwrap();
            assert!(Checkpoint::of(&note).is_err(), "{size}");
        }
    }

    proptest! {
        #[test]
        fn a_note_with_any_byte_changed_does_not_verify(
            at in any::<prop::sample::Index>(), to in any::<u8>()
        ) {
            let note = key().sign_checkpoint("NF", checkpoint().head).unwrap().to_string();
            let mut bytes = note.clone().into_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            let holds = String::from_utf8(bytes).ok()
                .and_then(|text| text.parse::<SignedNote>().ok())
                .is_some_and(|note| key().verifier("NF").unwrap().verify(&note).is_ok());
            prop_assert!(!holds);
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in any::<String>()) {
            if let Ok(note) = text.parse::<SignedNote>() {
                prop_assert_eq!(note.to_string(), text.clone());
                let _ = Checkpoint::of(&note);
            }
            let _ = text.parse::<VerifierKey>();
        }
    }
}
