//! The whole matrix of rights as a text that a person reviews. After an intended change, write it
//! again with `SPINEBOARD_REWRITE=1 cargo nextest run -p spineboard-mdt permissions`.

use std::fmt::Write as _;
use std::path::Path;

use spineboard_mdt::coded::Coded;
use spineboard_mdt::permission::{Action, Relation, Verdict, operator_may, verdict};
use spineboard_mdt::role::{Duty, Role};

#[test]
fn the_matrix_of_rights_is_the_reviewed_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output/permissions.txt");
    let matrix = matrix();
    if std::env::var_os("SPINEBOARD_REWRITE").is_some() {
        std::fs::write(&path, &matrix).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap();
    assert!(reviewed == matrix, "{} differs from the rights in force:\n{matrix}", path.display());
}

fn matrix() -> String {
    let mut text = String::from(
        "Rights by action, relation and role. yes = may; a duty in words = may with that duty in the\n\
         meeting concerned; - = may not. Strangers (no relation) may nothing.\n\n",
    );
    let _ = write!(text, "{:<20} {:<9}", "action", "relation");
    for role in Role::all() {
        let _ = write!(text, " {:<22}", role.code());
    }
    text.push_str("operator\n");
    for action in Action::all() {
        for relation in [Relation::Member, Relation::Addressed, Relation::Sender] {
            let verdicts: Vec<Verdict> =
                Role::all().iter().map(|role| verdict(*role, *action, relation)).collect();
            if relation != Relation::Member && verdicts.iter().all(|one| *one == Verdict::No) {
                continue;
            }
            let _ = write!(text, "{:<20} {:<9}", action.code(), relation.code());
            for one in verdicts {
                let _ = write!(text, " {:<22}", words(one));
            }
            let operator = relation == Relation::Member && operator_may(*action);
            text.push_str(if operator { "yes\n" } else { "-\n" });
        }
    }
    text
}

fn words(verdict: Verdict) -> String {
    match verdict {
        Verdict::No => "-".to_owned(),
        Verdict::Yes => "yes".to_owned(),
        Verdict::OnDuty(duties) => {
            duties.iter().map(|duty: &Duty| duty.code()).collect::<Vec<_>>().join("/")
        }
    }
}
