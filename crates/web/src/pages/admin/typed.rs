//! Users, roles and accounts as typed.

use mdt::coded::Coded;
use mdt::person::{Email, PersonName};
use mdt::role::{Role, Specialty};
use store::users::AccountChange;

use crate::form::PostedForm;
use crate::pages::asked::capitalised;
use crate::view::FormInput;

/// A role, with the specialty of a clinician.
pub(super) type TypedRole = (Role, Option<Specialty>);

pub(super) fn new_user(form: &PostedForm) -> Result<(Email, String, TypedRole), FormInput> {
    let mut input = form.input();
    let name = display_name(form)
        .map_err(|why| input = std::mem::take(&mut input).with_problem("name", why));
    let email =
        email(form).map_err(|why| input = std::mem::take(&mut input).with_problem("email", why));
    let role = role(form)
        .map_err(|(field, why)| input = std::mem::take(&mut input).with_problem(field, why));
    match (email, name, role) {
        (Ok(email), Ok(name), Ok(role)) => Ok((email, name, role)),
        _ => Err(input),
    }
}

/// The same limits as a person's name.
fn display_name(form: &PostedForm) -> Result<String, String> {
    let name = form.value("name");
    match PersonName::new(name, "-", None) {
        Ok(name) => Ok(name.family().to_owned()),
        Err(_) if name.is_empty() => Err("Write the name".to_owned()),
        Err(error) => Err(capitalised(&error.to_string().replace("family name", "name"))),
    }
}

fn email(form: &PostedForm) -> Result<Email, String> {
    form.value("email").parse().map_err(|_| "This is not an email address".to_owned())
}

/// A clinician has a specialty, and nobody else.
pub(super) fn role(form: &PostedForm) -> Result<TypedRole, (&'static str, &'static str)> {
    let role = Role::from_code(form.value("role")).map_err(|_| ("role", "Choose a role"))?;
    let specialty = form
        .given("specialty")
        .map(|code| Specialty::from_code(code).map_err(|_| ("specialty", "Choose a specialty")))
        .transpose()?;
    match (role, specialty) {
        (Role::Clinician, None) => Err(("specialty", "Choose the specialty of the clinician")),
        (Role::Clinician, specialty) => Ok((role, specialty)),
        (_, Some(_)) => Err(("specialty", "Only a clinician has a specialty")),
        (_, None) => Ok((role, None)),
    }
}

pub(super) fn account(form: &PostedForm) -> Result<AccountChange, FormInput> {
    let mut input = form.input();
    let name = display_name(form)
        .map_err(|why| input = std::mem::take(&mut input).with_problem("name", why));
    let email =
        email(form).map_err(|why| input = std::mem::take(&mut input).with_problem("email", why));
    let active = match form.value("active") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    match (name, email, active) {
        (Ok(display_name), Ok(email), Some(active)) => {
            Ok(AccountChange { display_name, email: email.as_str().to_owned(), active })
        }
        (.., None) => Err(input.with_problem("active", "Choose whether the user may sign in")),
        _ => Err(input),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> PostedForm {
        PostedForm::of(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn a_clinician_has_a_specialty_and_nobody_else() {
        let role_of =
            |role, specialty| super::role(&typed(&[("role", role), ("specialty", specialty)]));
        assert_eq!(role_of("chair", ""), Ok((Role::Chair, None)));
        assert_eq!(
            role_of("clinician", "radiology"),
            Ok((Role::Clinician, Some(Specialty::Radiology)))
        );
        assert_eq!(role_of("clinician", "").unwrap_err().0, "specialty");
        assert_eq!(role_of("chair", "radiology").unwrap_err().0, "specialty");
        assert_eq!(role_of("king", "").unwrap_err().0, "role");
    }

    #[test]
    fn all_that_is_wrong_with_a_new_user_is_said_at_once() {
        let input = new_user(&typed(&[("email", "x")])).unwrap_err();
        assert_eq!(input.problem("name"), Some("Write the name"));
        assert_eq!(input.problem("email"), Some("This is not an email address"));
        assert_eq!(input.problem("role"), Some("Choose a role"));
    }

    #[test]
    fn an_account_is_changed_as_a_whole() {
        let form = typed(&[
            ("name", "Dr  P. Okafor"),
            ("email", "Okafor@Northfield.example"),
            ("active", "no"),
        ]);
        let change = account(&form).unwrap();
        assert_eq!(change.display_name, "Dr P. Okafor");
        assert_eq!(change.email, "okafor@northfield.example");
        assert!(!change.active);
        assert!(account(&typed(&[("name", "A"), ("email", "a@b.c")])).is_err());
    }
}
