//! The Merkle tree of RFC 6962: hashes, roots, proofs, and the frontier that lets a tree grow
//! without being read again.
//!
//! A leaf is SHA-256(0x00 ‖ bytes), an inner node SHA-256(0x01 ‖ left ‖ right). A tree of n leaves
//! splits at the greatest power of two below n, so that all but the right edge is perfect and never
//! changes when leaves are added: those perfect subtrees, from left to right, are the frontier.

use rules::canonical::Hash;
use sha2::{Digest, Sha256};

/// The hash of a leaf, SHA-256(0x00 ‖ bytes); the same as events state it themselves.
pub use mdt::event::leaf_hash;

/// The hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let digest = Sha256::new()
        .chain_update([0x01])
        .chain_update(left.as_bytes())
        .chain_update(right.as_bytes())
        .finalize();
    Hash::from_bytes(digest.into())
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// Why stored bytes are no frontier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontierError {
    /// The bytes do not hold a size and whole hashes.
    #[error("a frontier of {0} bytes does not hold a size and whole hashes")]
    Length(usize),
    /// The number of hashes is not the one that the size asks for.
    #[error("a frontier of {size} leaves has {expected} subtrees, not {found}")]
    Count {
        /// The number of leaves it states.
        size: u64,
        /// The number of perfect subtrees of a tree of that size.
        expected: usize,
        /// The number of hashes found.
        found: usize,
    },
}

/// The perfect subtrees of a growing tree, from left to right: all that is needed to add leaves
/// and to know the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    // INVARIANT: one hash for each set bit of `size`, the greatest subtree first.
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds the hash of the next leaf; a few hashes of work, whatever the size of the tree.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.subtrees.pop() else { break };
            node = node_hash(&left, &node);
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(last) = subtrees.next() else { return empty_root() };
        subtrees.fold(*last, |right, left| node_hash(left, &right))
    }

    /// The form in which it is stored: the size (8 bytes, big-endian), then the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for subtree in &self.subtrees {
            bytes.extend_from_slice(subtree.as_bytes());
        }
        bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are not a size and exactly the hashes that a tree of that size has.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let length = FrontierError::Length(bytes.len());
        let Some((size, hashes)) = bytes.split_first_chunk::<8>() else { return Err(length) };
        let size = u64::from_be_bytes(*size);
        let (hashes, rest) = hashes.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(length);
        }
        let expected = usize::try_from(size.count_ones()).unwrap_or(usize::MAX);
        if hashes.len() != expected {
            return Err(FrontierError::Count { size, expected, found: hashes.len() });
        }
        let subtrees = hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect();
        Ok(Self { size, subtrees })
    }
}

/// A whole tree in memory, for whoever needs proofs or the roots of earlier sizes.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    // INVARIANT: `levels[k][i]` is the hash of the perfect subtree over the leaves
    // i·2^k … (i+1)·2^k − 1, and level k + 1 has half as many as level k, rounded down.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// The number of leaves.
    pub fn size(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Adds the hash of the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        for level in 0.. {
            if self.levels.len() <= level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else { break };
            nodes.push(node);
            match nodes.as_slice() {
                [.., left, right] if nodes.len() % 2 == 0 => node = node_hash(left, right),
                _ => break,
            }
        }
    }

    /// The root that the tree had when it had `size` leaves; none beyond its present size.
    pub fn root(&self, size: usize) -> Option<Hash> {
        if size == 0 { Some(empty_root()) } else { self.subtree(0, size) }
    }

    /// The proof that leaf `index` is in the tree of the first `size` leaves (RFC 6962, 2.1.1).
    pub fn inclusion(&self, index: usize, size: usize) -> Option<Vec<Hash>> {
        if index >= size {
            return None;
        }
        let (mut start, mut end) = (0, size);
        let mut path = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// The proof that the tree of the first `old` leaves is the beginning of the tree of the first
    /// `new` (RFC 6962, 2.1.2); empty when they are the same or the old one has no leaf.
    pub fn consistency(&self, old: usize, new: usize) -> Option<Vec<Hash>> {
        if old > new || new > self.size() {
            return None;
        }
        if old == 0 || old == new {
            return Some(Vec::new());
        }
        let (mut start, mut end) = (0, new);
        let mut path = Vec::new();
        while end != old {
            let middle = start + split(end - start);
            if old <= middle {
                path.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                path.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        if start > 0 {
            path.push(self.subtree(start, end)?);
        }
        path.reverse();
        Some(path)
    }

    /// The hash over the leaves `start..end`; `start` is a multiple of a power of two not below
    /// their number, as every subtree of the splits is.
    fn subtree(&self, start: usize, end: usize) -> Option<Hash> {
        let count = end.checked_sub(start)?;
        if count.is_power_of_two() {
            let level = usize::try_from(count.trailing_zeros()).ok()?;
            return self.levels.get(level)?.get(start / count).copied();
        }
        let middle = start + split(count);
        Some(node_hash(&self.subtree(start, middle)?, &self.subtree(middle, end)?))
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::default();
        for leaf in leaves {
            tree.push(leaf);
        }
        tree
    }
}

/// The greatest power of two below `count`, which is two or more.
fn split(count: usize) -> usize {
    count.div_ceil(2).next_power_of_two()
}

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The entry number or the sizes cannot be.
    #[error("the entry or the sizes cannot be")]
    Range,
    /// The proof has more or fewer hashes than a tree of that size asks for.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Checks that `leaf` is entry `index` of the tree with `size` leaves and this root.
///
/// # Errors
/// When it is not, or when the proof is not one for these numbers.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Range);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// A tree as a checkpoint states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// The number of leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// Checks that the tree `old` is the beginning of the tree `new`.
///
/// # Errors
/// When it is not, or when the proof is not one for these sizes.
pub fn verify_consistency(
    old: &TreeHead,
    new: &TreeHead,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old.size > new.size {
        return Err(ProofError::Range);
    }
    if old.size == new.size || old.size == 0 {
        let same = if old.size == 0 { old.root == empty_root() } else { old.root == new.root };
        return match (proof.is_empty(), same) {
            (false, _) => Err(ProofError::Length),
            (true, false) => Err(ProofError::Root),
            (true, true) => Ok(()),
        };
    }
    let (mut node, mut last) = (old.size - 1, new.size - 1);
    while node % 2 == 1 {
        node >>= 1;
        last >>= 1;
    }
    // A perfect old tree is a subtree of the new one: its root starts the proof unsaid.
    let (first, rest) = if node == 0 {
        (old.root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(ProofError::Length)?;
        (*first, rest)
    };
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node % 2 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if old_hash == old.root && new_hash == new.root { Ok(()) } else { Err(ProofError::Root) }
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;

    /// The definition of RFC 6962, section 2.1, word for word.
    fn naive_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let mut middle = 1;
                while middle * 2 < leaves.len() {
                    middle *= 2;
                }
                let (left, right) = leaves.split_at(middle);
                node_hash(&naive_root(left), &naive_root(right))
            }
        }
    }

    fn entries(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| format!("entry {n}").into_bytes()).collect()
    }

    fn hashes(count: usize) -> Vec<Hash> {
        entries(count).iter().map(|entry| leaf_hash(entry)).collect()
    }

    fn second_opinion(count: usize) -> MemoryBackedTree<sha2::Sha256, Vec<u8>> {
        let mut tree = MemoryBackedTree::new();
        for entry in entries(count) {
            tree.push(entry);
        }
        tree
    }

    fn flat(proof: &[Hash]) -> Vec<u8> {
        proof.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    fn long(n: usize) -> u64 {
        u64::try_from(n).unwrap()
    }

    /// The known answers of RFC 6962 implementations: the root of no leaf and of one empty leaf.
    #[test]
    fn the_smallest_trees_have_the_known_roots() {
        assert_eq!(
            empty_root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            leaf_hash(b"").to_string(),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn every_size_to_130_agrees_with_the_definition_and_the_other_crate() {
        let leaves = hashes(130);
        let mut frontier = Frontier::default();
        let tree: Tree = leaves.iter().copied().collect();
        for size in 0..=leaves.len() {
            let expected = naive_root(&leaves[..size]);
            assert_eq!(frontier.root(), expected, "frontier of {size}");
            assert_eq!(tree.root(size), Some(expected), "tree of {size}");
            if size > 0 {
                let other = second_opinion(size).root();
                assert_eq!(other.as_bytes().as_slice(), expected.as_bytes(), "crate, {size}");
            }
            assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier.clone()));
            if let Some(leaf) = leaves.get(size) {
                frontier.push(*leaf);
            }
        }
        assert_eq!(tree.root(131), None);
    }

    #[test]
    fn every_inclusion_proof_to_40_is_the_other_crates_and_holds() {
        let leaves = hashes(40);
        let tree: Tree = leaves.iter().copied().collect();
        for size in 1..=leaves.len() {
            let root = tree.root(size).unwrap();
            let other = second_opinion(size);
            for (index, leaf) in leaves[..size].iter().enumerate() {
                let proof = tree.inclusion(index, size).unwrap();
                assert_eq!(other.prove_inclusion(index).as_bytes(), flat(&proof));
                let (index, size) = (long(index), long(size));
                assert_eq!(verify_inclusion(leaf, index, size, &proof, &root), Ok(()));
            }
            assert_eq!(tree.inclusion(size, size), None);
        }
    }

    #[test]
    fn every_consistency_proof_to_40_is_the_other_crates_and_holds() {
        let tree: Tree = hashes(40).into_iter().collect();
        for size in 1..=tree.size() {
            let new = TreeHead { size: long(size), root: tree.root(size).unwrap() };
            let other = second_opinion(size);
            for earlier in 0..=size {
                let proof = tree.consistency(earlier, size).unwrap();
                if 0 < earlier && earlier < size {
                    let second = other.prove_consistency(size - earlier);
                    assert_eq!(second.as_bytes(), flat(&proof), "{earlier} in {size}");
                }
                let old = TreeHead { size: long(earlier), root: tree.root(earlier).unwrap() };
                assert_eq!(verify_consistency(&old, &new, &proof), Ok(()), "{earlier} in {size}");
            }
            assert_eq!(tree.consistency(size, size - 1), None);
        }
        assert_eq!(tree.consistency(1, 41), None);
    }

    #[test]
    fn stored_bytes_that_are_no_frontier_are_refused() {
        let mut frontier = Frontier::default();
        for leaf in hashes(3) {
            frontier.push(leaf);
        }
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes[..7]), Err(FrontierError::Length(7)));
        assert_eq!(Frontier::from_bytes(&bytes[..71]), Err(FrontierError::Length(71)));
        assert_eq!(
            Frontier::from_bytes(&bytes[..40]),
            Err(FrontierError::Count { size: 3, expected: 2, found: 1 })
        );
    }

    proptest! {
        #[test]
        fn a_frontier_restored_at_any_size_grows_to_the_same_root(
            before in 0_usize..200, more in 0_usize..50
        ) {
            let leaves = hashes(before + more);
            let (old, new) = leaves.split_at(before);
            let mut frontier = Frontier::default();
            for leaf in old { frontier.push(*leaf); }
            let mut restored = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
            for leaf in new { restored.push(*leaf); }
            prop_assert_eq!(restored.root(), naive_root(&leaves));
        }

        #[test]
        fn an_inclusion_proof_holds_for_nothing_else(
            size in 2_usize..80, pick in any::<prop::sample::Index>(),
            other in any::<prop::sample::Index>(), bit in 0_usize..256,
        ) {
            let leaves = hashes(size);
            let tree: Tree = leaves.iter().copied().collect();
            let index = pick.index(size);
            let proof = tree.inclusion(index, size).unwrap();
            let root = tree.root(size).unwrap();
            let leaf = &leaves[index];
            let (at, of) = (long(index), long(size));
            let elsewhere = other.index(size);
            if elsewhere != index {
                prop_assert!(verify_inclusion(leaf, long(elsewhere), of, &proof, &root).is_err());
                prop_assert!(verify_inclusion(&leaves[elsewhere], at, of, &proof, &root).is_err());
            }
            let mut flipped = *proof[0].as_bytes();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let mut wrong = proof.clone();
            wrong[0] = Hash::from_bytes(flipped);
            prop_assert_eq!(verify_inclusion(leaf, at, of, &wrong, &root), Err(ProofError::Root));
            let short = &proof[1..];
            prop_assert!(verify_inclusion(leaf, at, of, short, &root).is_err());
            let mut longer = proof.clone();
            longer.push(root);
            prop_assert_eq!(
                verify_inclusion(leaf, at, of, &longer, &root), Err(ProofError::Length)
            );
        }

        #[test]
        fn a_consistency_proof_holds_for_no_other_tree(
            old_size in 1_usize..60, more in 1_usize..60, changed in any::<prop::sample::Index>()
        ) {
            let leaves = hashes(old_size + more);
            let tree: Tree = leaves.iter().copied().collect();
            let proof = tree.consistency(old_size, leaves.len()).unwrap();
            let new = TreeHead { size: long(leaves.len()), root: tree.root(leaves.len()).unwrap() };
            // The same sizes, but one of the old entries was another one.
            let mut rewritten = leaves[..old_size].to_vec();
            rewritten[changed.index(old_size)] = leaf_hash(b"another entry");
            let old = TreeHead { size: long(old_size), root: naive_root(&rewritten) };
            prop_assert!(verify_consistency(&old, &new, &proof).is_err());
            let mut longer = proof.clone();
            longer.push(new.root);
            let old = TreeHead { size: long(old_size), root: tree.root(old_size).unwrap() };
            prop_assert!(verify_consistency(&old, &new, &longer).is_err());
            prop_assert_eq!(verify_consistency(&new, &old, &proof), Err(ProofError::Range));
        }
    }
}
