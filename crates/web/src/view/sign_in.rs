//! Sign-in.

use askama::Template;

use super::Page;
use super::form::{Control, FieldView, FormInput, FormView};
use super::shell::Shell;

/// `/sign-in`: e-mail and password; the answer is the same for an unknown user and a wrong password.
#[derive(Debug, Template)]
#[template(path = "session/sign_in.html")]
pub struct SignInPage {
    /// Frame; no user.
    pub shell: Shell,
    /// Posts to `/sign-in`. It has no command id: there is no actor yet.
    pub form: FormView,
    /// Work e-mail.
    pub email: FieldView,
    /// Password, never echoed.
    pub password: FieldView,
    /// Local path to go to afterwards.
    pub next: String,
    /// Why the user is here: signed out after a pause, what was kept.
    pub notice: Option<Notice>,
    /// Until when sign-in is locked for this e-mail: `15-Jun-2026 08:47 BST`.
    pub locked_until: Option<String>,
    /// What stands at the foot: network and version.
    pub installation: String,
}

/// Why the user has to sign in, and what was kept meanwhile.
#[derive(Debug, Clone)]
pub struct Notice {
    /// `You were signed out at 21:38 after 30 minutes.`
    pub reason: String,
    /// `What you typed in assessment 3 was saved 21:06:40`
    pub kept: Option<String>,
}

impl SignInPage {
    /// The page with what was typed.
    pub fn new(shell: Shell, next: String, input: &FormInput, installation: String) -> Self {
        Self {
            shell: Shell { problem: !input.problems.is_empty(), ..shell },
            form: FormView::new("/sign-in", "", input),
            email: FieldView::new(Control::Email, "email", "Work email")
                .autocomplete("username")
                .filled(input),
            password: FieldView::new(Control::Password, "password", "Password")
                .hint("Pasting and password managers work here.")
                .autocomplete("current-password")
                .filled(input),
            next,
            notice: None,
            locked_until: None,
            installation,
        }
    }
}

impl Page for SignInPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let page = |input: &FormInput| {
            Self::new(
                Shell::sample_signed_out("Sign in"),
                "/".to_owned(),
                input,
                "Northfield network, version 0.1.0".to_owned(),
            )
        };
        let typed = FormInput::from_pairs([("email", "p.okafor@northfield.example")]);
        let wrong = typed.clone().with_problem("email", "Email or password is not right");
        let hostile = FormInput::from_pairs([("email", super::HOSTILE)])
            .with_problem("email", super::HOSTILE);
        vec![
            ("empty", page(&FormInput::default())),
            (
                "signed-out",
                Self {
                    notice: Some(Notice {
                        reason: "You were signed out at 21:38 after 30 minutes.".to_owned(),
                        kept: Some("What you typed in assessment 3 was saved 21:06:40".to_owned()),
                    }),
                    next: "/cases/NF-2026-0148/assessment".to_owned(),
                    ..page(&typed)
                },
            ),
            ("wrong", page(&wrong)),
            (
                "locked",
                Self { locked_until: Some("15-Jun-2026 08:47 BST".to_owned()), ..page(&typed) },
            ),
            ("hostile", Self { next: "/x?\"><script>".to_owned(), ..page(&hostile) }),
        ]
    }
}
