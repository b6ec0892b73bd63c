//! A fault of the program is reported without what it was handling.

use std::process::Command;

/// Set in the process that panics: this test again, started by itself.
const CHILD: &str = "PANIC_IN_THIS_PROCESS";
/// What the fault quotes.
const SECRET: &str = "Kowalska, 999 012 3471";

#[test]
fn a_panic_tells_where_and_not_what_it_said() {
    if std::env::var_os(CHILD).is_some() {
        spineboard::run(["spineboard", "--version"].map(Into::into));
        let panicked = std::thread::spawn(|| panic!("cannot handle {SECRET}")).join();
        assert!(panicked.is_err());
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "panics::a_panic_tells_where_and_not_what_it_said", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said =
        [child.stdout, child.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(child.status.success(), "{said:?}");
    assert!(said[1].contains("it/panics.rs:"), "{said:?}");
    assert!(!said.concat().contains(SECRET), "{said:?}");
}
