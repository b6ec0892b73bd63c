//! The program `spineboard`; everything is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    spineboard::run(std::env::args_os())
}
