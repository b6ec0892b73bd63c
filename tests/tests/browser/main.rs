//! Real Chromium against the running application: the whole story with the keyboard only and once without
//! JavaScript; axe on every page in light, dark and at 390 px; the pictures of the README.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot arrange should fail loudly"
)]

mod axe;
mod chrome;
mod journey;
mod pictures;
