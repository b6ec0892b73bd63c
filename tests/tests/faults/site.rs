//! A small hospital made by the command line, and what its people do in it.

use http::StatusCode;
use spineboard_tests::story::particulars;
use spineboard_tests::{Page, Visitor};

use crate::process::{Scratch, program, succeed};

pub(crate) const PASSWORD: &str = "a password of the faults";

/// Adds a site with its people and a protocol, as the operator would. `url` names a server that is not the
/// private one.
pub(crate) fn set_up(scratch: &Scratch, url: Option<&str>) {
    let run = |arguments: &[&str], input: &str| match url {
        None => scratch.run(arguments, input),
        Some(url) => {
            let mut command = program();
            command
                .args(arguments)
                .env("DATABASE_URL", url)
                .arg("--data-dir")
                .arg(scratch.data().root());
            succeed(&mut command, input)
        }
    };
    run(&["migrate", "--name", "mdt.test"], "");
    run(&["site", "add", "--prefix", "NF", "--name", "Northfield", "--zone", "Europe/London"], "");
    let user = ["user", "add", "--email", "jo@northfield.example", "--name", "Jo", "--site", "NF"];
    run(&[&user[..], &["--role", "coordinator", "--password-stdin"]].concat(), PASSWORD);
    run(&["rules", "activate", "core-scores", "--site", "NF"], "");
}

/// Signs in.
pub(crate) async fn sign_in(visitor: &mut Visitor, email: &str, password: &str) {
    let answer = visitor.post("/sign-in", &[("email", email), ("password", password)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{email} signs in: {}", answer.text());
}

/// Opens the form of a new patient and sends it, as the n-th: the id of the sending, and the answer.
pub(crate) async fn register(visitor: &mut Visitor, n: u32) -> (String, Page) {
    let form = visitor.get("/patients/new").await;
    if form.status != StatusCode::OK {
        return (String::new(), form);
    }
    let mut typed = particulars(n);
    // A production system takes no number of the test range.
    typed.retain(|(name, _)| *name != "nhs_number");
    typed.push(("confirm_new", "yes".to_owned()));
    (command_id(&form, "/patients"), visitor.submit(&form, "/patients", &typed).await)
}

/// The id of the sending that a form would make.
pub(crate) fn command_id(page: &Page, action: &str) -> String {
    let fields = page.form(action);
    fields.into_iter().find(|(name, _)| name == "command_id").unwrap().1
}
