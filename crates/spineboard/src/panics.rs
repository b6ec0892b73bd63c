//! What a panic leaves behind: the place of the fault in the program, and nothing of what it said, since
//! that may quote what was being handled.

use std::io::Write as _;
use std::panic::{PanicHookInfo, set_hook};

/// From now on a panic of any thread is reported by its place alone.
pub fn report_only_the_place() {
    set_hook(Box::new(report));
}

fn report(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(|| "a place unknown".to_owned(), ToString::to_string);
    if tracing::dispatcher::has_been_set() {
        tracing::error!(panic.place = %place, "a fault of the program");
    } else {
        // A command without a log, or one that has not come so far.
        let _ = writeln!(std::io::stderr(), "spineboard: a fault of the program at {place}");
    }
}
