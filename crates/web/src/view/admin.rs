//! Users and sites, for administrators: no clinical data.

use askama::Template;

use super::form::{Choice, Control, FieldView, FormInput, FormView, SAMPLE_COMMAND};
use super::parts::{Tag, Tone};
use super::referrals::ReasonForm;
use super::shell::{Section, Shell};
use super::{HOSTILE, LONG_NAME, Page};

/// `/admin/users`.
#[derive(Debug, Template)]
#[template(path = "admin/users.html")]
pub struct UsersPage {
    /// Frame.
    pub shell: Shell,
    /// Users of the administrator's sites.
    pub users: Vec<UserRow>,
    /// Adds a user: posts to `/admin/users`.
    pub add: ReasonForm,
    /// The user that is being changed: `?user={id}`.
    pub selected: Option<SelectedUser>,
    /// A password made by the last command, shown once.
    pub new_password: Option<NewPassword>,
}

/// One user.
#[derive(Debug, Clone)]
pub struct UserRow {
    /// `Dr P. Okafor`.
    pub name: String,
    /// Work e-mail.
    pub email: String,
    /// Home site.
    pub site: String,
    /// Roles that hold now: `Clinician (spinal surgery), chair`.
    pub roles: String,
    /// `May sign in`, `May not sign in`.
    pub state: Tag,
    /// Leads to this page with the user selected.
    pub href: String,
}

/// The user that is being changed.
#[derive(Debug, Clone)]
pub struct SelectedUser {
    /// `Dr P. Okafor`.
    pub name: String,
    /// Changes name, e-mail, whether active: posts to `/admin/users/{id}`. None for a user of another site.
    pub change: Option<ReasonForm>,
    /// Gives a role at a site: posts to `/admin/users/{id}/roles`.
    pub grant: ReasonForm,
    /// Roles, each with the form that ends it.
    pub memberships: Vec<MembershipRow>,
    /// Makes a new password and ends every session: posts to `/admin/users/{id}/password`. None for a user of
    /// another site.
    pub reset: Option<FormView>,
}

/// A role at a site.
#[derive(Debug, Clone)]
pub struct MembershipRow {
    /// `Chair at Northfield`.
    pub text: String,
    /// Ends it: posts to `/admin/users/{id}/roles/{membership}/end`. None where the administrator may not.
    pub end: Option<FormView>,
}

/// A password to hand over.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// For whom.
    pub name: String,
    /// The password.
    pub password: String,
}

/// What users and roles can be chosen from.
#[derive(Debug, Clone, Default)]
pub struct UserChoices {
    /// Sites of the administrator.
    pub sites: Vec<Choice>,
    /// Roles.
    pub roles: Vec<Choice>,
    /// Specialties of clinicians; the first is "none".
    pub specialties: Vec<Choice>,
}

impl UsersPage {
    /// The form that adds a user.
    pub fn add_form(command_id: &str, choices: UserChoices, input: &FormInput) -> ReasonForm {
        let fields = [
            FieldView::text("name", "Name as it is shown").hint("For example Dr P. Okafor"),
            FieldView::new(Control::Email, "email", "Work email").autocomplete("off"),
            FieldView::select("site", "Home site", choices.sites),
            FieldView::select("role", "First role there", choices.roles),
            specialty(choices.specialties),
        ];
        form("add", FormView::new("/admin/users", command_id, input), fields.into(), input)
    }
}

impl SelectedUser {
    /// The forms of one user, without roles. `command_ids` are for change, grant and reset; the inputs for change
    /// and grant.
    pub fn new(
        id: &str,
        name: &str,
        base: &str,
        command_ids: [&str; 3],
        choices: UserChoices,
        [changed, granted]: [&FormInput; 2],
    ) -> Self {
        let active = vec![Choice::new("yes", "May sign in"), Choice::new("no", "May not sign in")];
        let change = vec![
            FieldView::text("name", "Name as it is shown"),
            FieldView::new(Control::Email, "email", "Work email"),
            FieldView::radio("active", "Account", active),
        ];
        let grant = vec![
            FieldView::select("site", "Site", choices.sites),
            FieldView::select("role", "Role", choices.roles),
            specialty(choices.specialties),
        ];
        let [change_command, grant_command, reset_command] = command_ids;
        let address = format!("/admin/users/{id}");
        let changing = FormView::new(&address, change_command, changed).based_on(base);
        let granting = FormView::new(format!("{address}/roles"), grant_command, granted);
        Self {
            name: name.to_owned(),
            change: Some(form("change", changing, change, changed)),
            grant: form("grant", granting, grant, granted),
            memberships: Vec::new(),
            reset: Some(FormView::new(
                format!("{address}/password"),
                reset_command,
                &FormInput::default(),
            )),
        }
    }

    /// Problems of whichever form was sent.
    pub fn problems(&self) -> Option<&FormView> {
        self.change
            .iter()
            .chain([&self.grant])
            .map(|one| &one.form)
            .find(|form| !form.summary.is_empty())
    }
}

/// Ids begin with the name of the act, since the page has several such forms.
fn form(act: &str, form: FormView, fields: Vec<FieldView>, input: &FormInput) -> ReasonForm {
    let fields = fields.into_iter().map(|field| field.filled(input)).collect();
    ReasonForm::new(form, fields).prefixed(act)
}

/// `/admin/sites`.
#[derive(Debug, Template)]
#[template(path = "admin/sites.html")]
pub struct SitesPage {
    /// Frame.
    pub shell: Shell,
    /// Sites of the installation.
    pub sites: Vec<SiteRow>,
    /// Adds a site: posts `name`, `prefix`, `zone` to `/admin/sites`.
    pub add: Option<ReasonForm>,
    /// Changes the selected site, `?site={id}`: posts `name` and `zone` to `/admin/sites/{id}`.
    pub selected: Option<SelectedSite>,
}

/// One site.
#[derive(Debug, Clone)]
pub struct SiteRow {
    /// `Northfield`.
    pub name: String,
    /// `NF`.
    pub prefix: String,
    /// `Europe/London`.
    pub zone: String,
    /// `core-scores v1 since 02-Jan-2026`.
    pub protocol: String,
    /// Users with a role there.
    pub users: String,
    /// Leads to this page with the site selected; none where the user may not change it.
    pub href: Option<String>,
}

/// The site that is being changed.
#[derive(Debug, Clone)]
pub struct SelectedSite {
    /// `Northfield`.
    pub name: String,
    /// The form.
    pub change: ReasonForm,
}

impl SitesPage {
    /// The form that adds a site.
    pub fn add_form(command_id: &str, input: &FormInput) -> ReasonForm {
        let fields = vec![
            FieldView::text("name", "Name"),
            FieldView::text("prefix", "Prefix of case numbers")
                .hint("2 to 4 letters, unique, for ever"),
            FieldView::text("zone", "Time zone").hint("For example Europe/London"),
        ];
        form("add", FormView::new("/admin/sites", command_id, input), fields, input)
    }

    /// The form that changes a site.
    pub fn change_form(id: &str, command_id: &str, base: &str, input: &FormInput) -> ReasonForm {
        let fields = vec![
            FieldView::text("name", "Name"),
            FieldView::text("zone", "Time zone").hint("For example Europe/London"),
        ];
        let posting = FormView::new(format!("/admin/sites/{id}"), command_id, input).based_on(base);
        form("change", posting, fields, input)
    }

    /// Problems of whichever form was sent.
    pub fn problems(&self) -> Option<&FormView> {
        self.add
            .iter()
            .chain(self.selected.iter().map(|selected| &selected.change))
            .map(|one| &one.form)
            .find(|form| !form.summary.is_empty())
    }
}

fn specialty(choices: Vec<Choice>) -> FieldView {
    FieldView::select("specialty", "Specialty", choices)
        .hint("Asked only of a clinician")
        .optional()
}

fn sample_choices() -> UserChoices {
    UserChoices {
        sites: vec![Choice::new("northfield", "Northfield")],
        roles: vec![Choice::new("clinician", "Clinician"), Choice::new("chair", "Chair")],
        specialties: vec![Choice::new("", "None"), Choice::new("spinal-surgery", "Spinal surgery")],
    }
}

impl Page for UsersPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let none = FormInput::default();
        let row = |name: &str, state: Tag| UserRow {
            name: name.to_owned(),
            email: "p.okafor@northfield.example".to_owned(),
            site: "Northfield".to_owned(),
            roles: "Clinician (spinal surgery), chair".to_owned(),
            state,
            href: "/admin/users?user=019e8f3a".to_owned(),
        };
        let page = |input: &FormInput| Self {
            shell: Shell {
                problem: !input.problems.is_empty(),
                ..Shell::sample("Users", Section::Admin)
            },
            users: vec![
                row("Dr P. Okafor", Tag::new(Tone::Ok, "May sign in")),
                row("J. Adler", Tag::new(Tone::Warn, "May not sign in")),
            ],
            add: Self::add_form(SAMPLE_COMMAND, sample_choices(), input),
            selected: None,
            new_password: None,
        };
        let chosen = FormInput::from_pairs([
            ("name", "Dr P. Okafor"),
            ("email", "p.okafor@northfield.example"),
            ("active", "yes"),
        ]);
        let mut selected = SelectedUser::new(
            "019e8f3a",
            "Dr P. Okafor",
            "2",
            [SAMPLE_COMMAND; 3],
            sample_choices(),
            [&chosen, &none],
        );
        selected.memberships = vec![
            MembershipRow {
                text: "Chair at Northfield".to_owned(),
                end: Some(FormView::new(
                    "/admin/users/019e8f3a/roles/1/end",
                    SAMPLE_COMMAND,
                    &none,
                )),
            },
            MembershipRow { text: "Administrator at Eastmoor".to_owned(), end: None },
        ];
        let wrong = FormInput::from_pairs([("name", ""), ("email", "x")])
            .with_problem("name", "Write the name")
            .with_problem("email", "This is not an email address");
        let mut hostile = page(&FormInput::from_pairs([("name", HOSTILE)]));
        hostile.users = vec![UserRow {
            roles: HOSTILE.to_owned(),
            ..row(LONG_NAME, Tag::new(Tone::Plain, HOSTILE))
        }];
        hostile.shell = hostile.shell.hostile();
        hostile.new_password =
            Some(NewPassword { name: HOSTILE.to_owned(), password: "<b>bold</b>".to_owned() });
        let password = Some(NewPassword {
            name: "J. Adler".to_owned(),
            password: "correct-horse-battery".to_owned(),
        });
        vec![
            ("empty", Self { users: Vec::new(), ..page(&none) }),
            ("full", page(&none)),
            ("selected", Self { selected: Some(selected), new_password: password, ..page(&none) }),
            ("wrong", page(&wrong)),
            ("hostile", hostile),
        ]
    }
}

impl Page for SitesPage {
    fn samples() -> Vec<(&'static str, Self)> {
        let none = FormInput::default();
        let site = |name: &str| SiteRow {
            name: name.to_owned(),
            prefix: "NF".to_owned(),
            zone: "Europe/London".to_owned(),
            protocol: "core-scores v1 since 02-Jan-2026".to_owned(),
            users: "9".to_owned(),
            href: Some("/admin/sites?site=019e8f3a".to_owned()),
        };
        let page = |name: &str, input: &FormInput| Self {
            shell: Shell {
                problem: !input.problems.is_empty(),
                ..Shell::sample("Sites", Section::Admin)
            },
            sites: vec![site(name)],
            add: Some(Self::add_form(SAMPLE_COMMAND, input)),
            selected: None,
        };
        let typed = FormInput::from_pairs([("name", "Northfield"), ("zone", "Europe/London")]);
        let selected = Some(SelectedSite {
            name: "Northfield".to_owned(),
            change: Self::change_form("019e8f3a", SAMPLE_COMMAND, "1", &typed),
        });
        let wrong = FormInput::from_pairs([("zone", "London")])
            .with_problem("zone", "There is no zone London");
        vec![
            ("empty", Self { sites: Vec::new(), add: None, ..page("", &none) }),
            ("full", page("Northfield", &none)),
            ("selected", Self { selected, ..page("Northfield", &none) }),
            ("wrong", page("Northfield", &wrong)),
            ("hostile", page(HOSTILE, &none)),
        ]
    }
}
