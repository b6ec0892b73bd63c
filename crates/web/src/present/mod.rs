//! From the domain to what a page shows: one place for the banner, the score cards and the spine, so
//! that every page says the same about the same thing. Pure functions; the words of rules come from the
//! rule sets, those of facts from the dictionary.

pub mod banner;
pub mod demand;
pub mod facts;
pub mod score_card;
pub mod spine;
