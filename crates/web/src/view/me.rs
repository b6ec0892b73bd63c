//! The user's own page: preferences, roles, sessions, keyboard shortcuts.

use askama::Template;

use super::form::{Choice, Control, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/me`.
#[derive(Debug, Template)]
#[template(path = "me/page.html")]
pub struct MePage {
    /// Frame.
    pub shell: Shell,
    /// Work e-mail, with which the user signs in.
    pub email: String,
    /// Posts to `/me`.
    pub form: FormView,
    /// `theme`: `system`, `light`, `dark`.
    pub theme: FieldView,
    /// `text_size`: `normal`, `larger`.
    pub text_size: FieldView,
    /// `shortcuts`: `on`, `off`.
    pub shortcuts: FieldView,
    /// How the user changes the password.
    pub password: PasswordForm,
    /// Roles, one row a site.
    pub roles: Vec<RoleRow>,
    /// The user's sessions, the present one first.
    pub sessions: Vec<SessionRow>,
}

/// The form that changes the password.
#[derive(Debug)]
pub struct PasswordForm {
    /// Posts to `/me/password`.
    pub form: FormView,
    /// `password`: the present one.
    pub present: FieldView,
    /// `new_password`.
    pub new: FieldView,
    /// `repeat_password`.
    pub repeat: FieldView,
}

impl PasswordForm {
    /// The form with its problems; what was typed into it is never shown again.
    pub fn new(command_id: &str, shortest: usize, input: &FormInput) -> Self {
        let field = |name, label| FieldView::new(Control::Password, name, label);
        let at_least = format!("At least {shortest} characters.");
        let form = Self {
            form: FormView::new("/me/password", command_id, input),
            present: field("password", "Present password")
                .autocomplete("current-password")
                .filled(input),
            new: field("new_password", "New password")
                .hint(&at_least)
                .autocomplete("new-password")
                .filled(input),
            repeat: field("repeat_password", "New password again")
                .autocomplete("new-password")
                .filled(input),
        };
        let named = form.form.clone().naming([&form.present, &form.new, &form.repeat]);
        Self { form: named, ..form }
    }
}

/// Roles at one site.
#[derive(Debug, Clone)]
pub struct RoleRow {
    /// `Northfield`.
    pub site: String,
    /// `Clinician (spinal surgery), chair`.
    pub roles: String,
    /// `since 02-Jan-2026`.
    pub since: String,
}

/// One session.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// `15-Jun-2026 07:58`.
    pub started: String,
    /// `15-Jun-2026 08:31`.
    pub last_used: String,
    /// This is the session of the request.
    pub current: bool,
    /// Posts to `/sign-out` with this key as `session`; none for the present one.
    pub id: Option<String>,
}

impl MePage {
    /// The page with its three preferences filled from `input`.
    pub fn new(
        shell: Shell,
        email: String,
        command_id: &str,
        input: &FormInput,
        password: PasswordForm,
    ) -> Self {
        let theme = vec![
            Choice::new("system", "As the computer says"),
            Choice::new("light", "Light"),
            Choice::new("dark", "Dark, for the meeting room"),
        ];
        let sizes = vec![Choice::new("normal", "Normal"), Choice::new("larger", "Larger")];
        let switch = vec![Choice::new("on", "On"), Choice::new("off", "Off")];
        Self {
            shell: Shell {
                problem: !input.problems.is_empty() || !password.form.summary.is_empty(),
                ..shell
            },
            email,
            form: FormView::new("/me", command_id, input),
            theme: FieldView::radio("theme", "Colours", theme).filled(input),
            text_size: FieldView::radio("text_size", "Text size", sizes).filled(input),
            shortcuts: FieldView::radio("shortcuts", "Single-key shortcuts", switch)
                .hint("They never work while you type in a field.")
                .filled(input),
            password,
            roles: Vec::new(),
            sessions: Vec::new(),
        }
    }
}

impl Page for MePage {
    fn samples() -> Vec<(&'static str, Self)> {
        let chosen = FormInput::from_pairs([
            ("theme", "system"),
            ("text_size", "normal"),
            ("shortcuts", "on"),
        ]);
        let with_password = |input: &FormInput, password: &FormInput| {
            let shell = Shell::sample("Your preferences", Section::Worklist);
            let email = "p.okafor@northfield.example".to_owned();
            let password = PasswordForm::new(SAMPLE_COMMAND, 12, password);
            Self::new(shell, email, SAMPLE_COMMAND, input, password)
        };
        let page = |input: &FormInput| with_password(input, &FormInput::default());
        let wrong = FormInput::default()
            .with_problem("password", "This is not your present password")
            .with_problem("new_password", "A password needs at least 12 characters");
        let sessions = vec![
            SessionRow {
                started: "15-Jun-2026 07:58".to_owned(),
                last_used: "15-Jun-2026 08:31".to_owned(),
                current: true,
                id: None,
            },
            SessionRow {
                started: "14-Jun-2026 17:20".to_owned(),
                last_used: "14-Jun-2026 18:02".to_owned(),
                current: false,
                id: Some("019e8f3a-0000-7d5e-8f60-718293a4b5c6".to_owned()),
            },
        ];
        let roles = vec![RoleRow {
            site: "Northfield".to_owned(),
            roles: "Clinician (spinal surgery), chair".to_owned(),
            since: "since 02-Jan-2026".to_owned(),
        }];
        let mut hostile = Self {
            roles: vec![RoleRow {
                site: LONG_NAME.to_owned(),
                roles: HOSTILE.to_owned(),
                since: String::new(),
            }],
            ..page(
                &FormInput::from_pairs([("theme", HOSTILE)])
                    .with_problem("theme", "Choose one of the three"),
            )
        };
        hostile.shell = hostile.shell.hostile();
        vec![
            ("empty", page(&FormInput::default())),
            ("full", Self { roles, sessions, ..page(&chosen) }),
            ("password", with_password(&chosen, &wrong)),
            ("hostile", hostile),
        ]
    }
}
