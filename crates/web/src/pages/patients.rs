//! Patients: registration, the record, its correction.

mod correct;
mod particulars;
mod register;
mod show;

use mdt::event::EventKind;
use mdt::form_draft::FormKind;
use mdt::permission::Action;

use crate::routes::{Routes, needs};

pub(super) use register::{identity, spaced};

pub(super) fn routes(routes: Routes) -> Routes {
    let registers = needs(Action::PatientRegister);
    routes
        .page("/patients/new", registers, register::form)
        .command(
            "/patients",
            registers
                .leaves(EventKind::PatientRegistered)
                .draft(FormKind::Patient, "/patients/new"),
            register::register,
        )
        .page(
            "/patients/{id}",
            needs(Action::PatientRead).leaves(EventKind::PatientRead),
            show::show,
        )
        .command(
            "/patients/{id}/correction",
            needs(Action::PatientCorrect)
                .leaves(EventKind::PatientCorrected)
                .draft(FormKind::Correction, "/patients/{id}"),
            correct::correct,
        )
}
