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
    /// Adds a user: `do` = `add`.
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
    /// `active`, `locked until 08:47`, `ended`.
    pub state: Tag,
    /// `15-Jun-2026 07:58`, or `never`.
    pub last_sign_in: String,
    /// Leads to this page with the user selected.
    pub href: String,
}

/// The user that is being changed.
#[derive(Debug, Clone)]
pub struct SelectedUser {
    /// `Dr P. Okafor`.
    pub name: String,
    /// Changes name, e-mail, whether active: `do` = `change`.
    pub change: ReasonForm,
    /// Gives a role at a site: `do` = `grant`.
    pub grant: ReasonForm,
    /// Roles, each with the form that ends it.
    pub memberships: Vec<MembershipRow>,
    /// Makes a new password and ends every session: `do` = `reset`.
    pub reset: FormView,
    /// Posted as `user` with each form.
    pub id: String,
}

/// A role at a site.
#[derive(Debug, Clone)]
pub struct MembershipRow {
    /// Posted as `membership`.
    pub id: String,
    /// `Chair at Northfield`.
    pub text: String,
    /// `since 02-Jan-2026`.
    pub since: String,
    /// Ends it: `do` = `end`. None for the last administrator.
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
        form("add", command_id, None, fields.into(), input)
    }
}

impl SelectedUser {
    /// The forms of one user, without roles. `command_ids` are for change, grant and reset.
    pub fn new(
        id: &str,
        name: &str,
        base: &str,
        command_ids: [&str; 3],
        choices: UserChoices,
        input: &FormInput,
    ) -> Self {
        let none = FormInput::default();
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
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            change: form("change", change_command, Some(base), change, input),
            grant: form("grant", grant_command, None, grant, &none),
            memberships: Vec::new(),
            reset: FormView::new("/admin/users", reset_command, &none),
        }
    }

    /// Problems of whichever form was sent.
    pub fn problems(&self) -> Option<&FormView> {
        [&self.change, &self.grant]
            .into_iter()
            .map(|one| &one.form)
            .find(|form| !form.summary.is_empty())
    }
}

/// Ids begin with the name of the act, since the page has several such forms.
fn form(
    act: &str,
    command_id: &str,
    base: Option<&str>,
    fields: Vec<FieldView>,
    input: &FormInput,
) -> ReasonForm {
    let mut form = FormView::new("/admin/users", command_id, input);
    form.base = base.map(str::to_owned);
    let fields = fields.into_iter().map(|field| field.filled(input)).collect();
    ReasonForm { form, fields }.prefixed(act)
}

/// `/admin/sites`.
#[derive(Debug, Template)]
#[template(path = "admin/sites.html")]
pub struct SitesPage {
    /// Frame.
    pub shell: Shell,
    /// Sites of the installation.
    pub sites: Vec<SiteRow>,
    /// Adds a site: `do` = `add`; fields `name`, `prefix`, `zone`. There for an administrator of the installation.
    pub add: Option<ReasonForm>,
    /// Changes the selected site: `?site={id}`; `do` = `change`; fields `name`, `zone`, `call`.
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
    /// Posted as `site`.
    pub id: String,
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
        site_form("add", command_id, None, fields, input)
    }

    /// The form that changes a site.
    pub fn change_form(command_id: &str, base: &str, input: &FormInput) -> ReasonForm {
        let fields = vec![
            FieldView::text("name", "Name"),
            FieldView::text("zone", "Time zone").hint("For example Europe/London"),
            FieldView::text("call", "Whom to call in an emergency")
                .hint("For example: the on-call spinal team, extension 2222")
                .optional(),
        ];
        site_form("change", command_id, Some(base), fields, input)
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

fn site_form(
    act: &str,
    command_id: &str,
    base: Option<&str>,
    fields: Vec<FieldView>,
    input: &FormInput,
) -> ReasonForm {
    let mut made = form(act, command_id, base, fields, input);
    "/admin/sites".clone_into(&mut made.form.action);
    made
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
            last_sign_in: "15-Jun-2026 07:58".to_owned(),
            href: "/admin/users?user=019e8f3a".to_owned(),
        };
        let page = |input: &FormInput| Self {
            shell: Shell {
                problem: !input.problems.is_empty(),
                ..Shell::sample("Users", Section::Admin)
            },
            users: vec![
                row("Dr P. Okafor", Tag::new(Tone::Ok, "Active")),
                row("J. Adler", Tag::new(Tone::Warn, "Locked until 08:47")),
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
            &chosen,
        );
        selected.memberships = vec![
            MembershipRow {
                id: "1".to_owned(),
                text: "Chair at Northfield".to_owned(),
                since: "since 02-Jan-2026".to_owned(),
                end: Some(FormView::new("/admin/users", SAMPLE_COMMAND, &none)),
            },
            MembershipRow {
                id: "2".to_owned(),
                text: "Administrator at Northfield".to_owned(),
                since: "since 05-Jan-2026".to_owned(),
                end: None,
            },
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
            id: "019e8f3a".to_owned(),
            name: "Northfield".to_owned(),
            change: Self::change_form(SAMPLE_COMMAND, "1", &typed),
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
