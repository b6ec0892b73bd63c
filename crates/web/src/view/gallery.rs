//! Renders every page with every sample, checks the HTML, and writes it to `target/gallery` to be looked at:
//! `python3 -m http.server --directory target/gallery`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use askama::Template;
use scraper::{ElementRef, Html, Selector};

use super::Page;

struct Rendered {
    name: String,
    html: String,
}

macro_rules! pages {
    ($($name:literal => $page:ty),* $(,)?) => {
        fn all() -> Vec<Rendered> {
            let mut rendered = Vec::new();
            $(for (sample, page) in <$page as Page>::samples() {
                rendered.push(Rendered {
                    name: format!("{}--{sample}", $name),
                    html: page.render().unwrap(),
                });
            })*
            rendered
        }
    };
}

// Every page of the product, by name. A new page is added here.
pages! {
    "sign-in" => super::sign_in::SignInPage,
    "worklist" => super::worklist::WorklistPage,
    "error" => super::errors::ErrorPage,
    "me" => super::me::MePage,
    "cases" => super::cases::CaseListPage,
    "patient-new" => super::patients::PatientNewPage,
    "patient" => super::patients::PatientPage,
    "referrals" => super::referrals::ReferralsPage,
    "referral-start" => super::referral_new::ReferralStartPage,
    "referral-new" => super::referral_new::ReferralNewPage,
    "case-referral" => super::referral::CaseReferralPage,
    "meetings" => super::meetings::MeetingListPage,
    "meeting-new" => super::meetings::MeetingNewPage,
    "meeting" => super::meetings::MeetingPage,
    "history" => super::history::HistoryPage,
    "audit-decisions" => super::signed_decisions::SignedDecisionsPage,
    "audit-log" => super::audit_log::AuditLogPage,
    "rules" => super::rule_list::RuleListPage,
    "protocol" => super::protocol::ProtocolPage,
    "admin-users" => super::admin::UsersPage,
    "admin-sites" => super::admin::SitesPage,
    "help" => super::about::HelpPage,
    "about" => super::about::AboutPage,
    "status" => super::about::StatusPage,
    "assessment" => super::assessment::AssessmentPage,
    "assessment-form" => super::assessment::AssessmentFormPage,
    "case" => super::case::CasePage,
    "conflict" => super::conflict::ConflictPage,
    "decision" => super::decision::DecisionPage,
    "decision-act" => super::decision::DecisionActPage,
    "decision-form" => super::decision::DecisionFormPage,
    "decision-none" => super::decision::NoDecisionPage,
    "evaluation" => super::evaluation::EvaluationPage,
    "lesion" => super::lesion::LesionPage,
    "lesions" => super::lesion::LesionsPage,
    "provenance" => super::provenance::ProvenancePage,
    "rule" => super::rule::RulePage,
}

fn select<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    document.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef) -> String {
    element.text().collect::<String>().trim().to_owned()
}

fn each(check: impl Fn(&Html) -> Vec<String>) {
    let faults: Vec<String> = all()
        .iter()
        .flat_map(|page| {
            let found = check(&Html::parse_document(&page.html));
            found.into_iter().map(|fault| format!("{}: {fault}", page.name)).collect::<Vec<_>>()
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_has_one_main_heading_and_no_gap_below_it() {
    each(|document| {
        let mut faults = Vec::new();
        let count = select(document, "h1").len();
        if count != 1 {
            faults.push(format!("{count} h1"));
        }
        let mut before = 0;
        for heading in select(document, "h1, h2, h3, h4, h5, h6") {
            let level: u32 = heading.value().name().trim_start_matches('h').parse().unwrap();
            if level > before + 1 {
                faults.push(format!("h{level} after h{before}: {}", text(heading)));
            }
            if text(heading).is_empty() {
                faults.push("empty heading".to_owned());
            }
            before = level;
        }
        faults
    });
}

#[test]
fn every_id_is_unique_and_every_reference_finds_one() {
    each(|document| {
        let mut ids = BTreeSet::new();
        let mut faults = Vec::new();
        for element in select(document, "[id]") {
            if !ids.insert(element.attr("id").unwrap()) {
                faults.push(format!("id twice: {}", element.attr("id").unwrap()));
            }
        }
        for attribute in ["aria-describedby", "aria-labelledby", "for", "form"] {
            for element in select(document, &format!("[{attribute}]")) {
                for id in element.attr(attribute).unwrap().split_whitespace() {
                    if !ids.contains(id) {
                        faults.push(format!("{attribute} names {id}, which is not there"));
                    }
                }
            }
        }
        for link in select(document, "a[href^='#']") {
            let id = link.attr("href").unwrap().trim_start_matches('#');
            if !ids.contains(id) {
                faults.push(format!("a link leads to #{id}, which is not there"));
            }
        }
        faults
    });
}

#[test]
fn every_control_has_a_label() {
    each(|document| {
        let labelled: BTreeSet<&str> =
            select(document, "label[for]").iter().filter_map(|label| label.attr("for")).collect();
        select(document, "input:not([type=hidden]), select, textarea")
            .into_iter()
            .filter(|control| {
                let named = control.attr("id").is_some_and(|id| labelled.contains(id));
                let wrapped = control
                    .ancestors()
                    .filter_map(ElementRef::wrap)
                    .any(|parent| parent.value().name() == "label" && !text(parent).is_empty());
                !named && !wrapped && control.attr("aria-label").is_none()
            })
            .map(|control| format!("no label: {}", control.html()))
            .collect()
    });
}

#[test]
fn nothing_needs_an_exception_from_the_content_security_policy() {
    each(|document| {
        let mut faults = Vec::new();
        for element in select(document, "*") {
            for (name, _) in element.value().attrs() {
                if name == "style" || name.starts_with("on") {
                    faults.push(format!("attribute {name} on {}", element.value().name()));
                }
            }
        }
        faults.extend(select(document, "style").iter().map(|_| "style element".to_owned()));
        faults.extend(
            select(document, "script:not([src])").iter().map(|_| "inline script".to_owned()),
        );
        faults.extend(
            select(document, "a[href^='javascript']")
                .iter()
                .map(|_| "javascript address".to_owned()),
        );
        faults
    });
}

#[test]
fn every_link_and_button_says_where_it_leads() {
    each(|document| {
        select(document, "a, button, summary")
            .into_iter()
            .filter(|element| {
                let named = !text(*element).is_empty() || element.attr("aria-label").is_some();
                let leads = element.value().name() != "a"
                    || element.attr("href").is_some_and(|href| !href.is_empty());
                !named || !leads
            })
            .map(|element| element.html())
            .collect()
    });
}

#[test]
fn hostile_text_is_escaped() {
    for page in all() {
        assert!(!page.html.contains("<script>"), "{}", page.name);
        assert!(!page.html.contains("<b>bold</b>"), "{}", page.name);
    }
    let shown = all().iter().filter(|page| page.html.contains("&#60;script&#62;")).count();
    assert!(shown > 0, "no sample has hostile text");
}

#[test]
fn the_browser_title_tells_of_a_problem_exactly_when_there_is_a_summary() {
    each(|document| {
        let title = select(document, "title").first().map(|title| text(*title)).unwrap_or_default();
        let summary = !select(document, ".errsum").is_empty();
        if title.ends_with(". Spineboard") && title.starts_with("Error: ") == summary {
            Vec::new()
        } else {
            vec![format!("title {title:?}, summary {summary}")]
        }
    });
}

#[test]
fn the_title_of_a_patient_page_begins_with_the_name() {
    each(|document| {
        let Some(name) = select(document, ".pbanner h1").first().map(|name| text(*name)) else {
            return Vec::new();
        };
        let title = text(select(document, "title")[0]);
        let family: String = name.chars().take_while(|sign| *sign != ',').collect();
        let hostile = title.contains("<script>");
        if hostile || title.trim_start_matches("Error: ").starts_with(&family) {
            Vec::new()
        } else {
            vec![format!("{title:?} does not begin with {family:?}")]
        }
    });
}

#[test]
fn every_posting_form_carries_a_command_id() {
    each(|document| {
        select(document, "form[method=post]")
            .into_iter()
            .filter(|form| {
                // No actor yet, and a second sign-out finds no session.
                !matches!(form.attr("action"), Some("/sign-in" | "/sign-out"))
            })
            .filter(|form| {
                let field = Selector::parse("input[name=command_id]").unwrap();
                form.attr("action").is_none_or(str::is_empty)
                    || form
                        .select(&field)
                        .next()
                        .and_then(|field| field.attr("value"))
                        .is_none_or(str::is_empty)
            })
            .map(|form| format!("form to {:?}", form.attr("action")))
            .collect()
    });
}

#[test]
fn no_template_switches_escaping_off() {
    fn walk(folder: PathBuf, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(path, files);
            } else {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../templates"), &mut files);
    assert!(files.len() > 5);
    for file in files {
        let source = fs::read_to_string(&file).unwrap();
        let squeezed: String = source.split_whitespace().collect();
        assert!(!squeezed.contains("|safe"), "{}", file.display());
        assert!(!squeezed.contains("escape=\"none\""), "{}", file.display());
    }
}

#[test]
fn every_static_file_that_a_page_names_is_served() {
    let served: BTreeSet<String> = crate::static_files::tests::addresses();
    each(|document| {
        select(document, "link[href^='/static'], script[src]")
            .iter()
            .filter_map(|element| element.attr("href").or(element.attr("src")))
            .filter(|address| !served.contains(*address))
            .map(|address| format!("{address} is not served"))
            .collect()
    });
}

#[test]
fn the_gallery_is_written_and_lists_every_sample() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/gallery");
    fs::create_dir_all(&folder).unwrap();
    let mut list = String::from("<!doctype html><title>Gallery</title><h1>Gallery</h1><ul>");
    for page in all() {
        fs::write(folder.join(format!("{}.html", page.name)), &page.html).unwrap();
        writeln!(list, "<li><a href=\"{0}.html\">{0}</a>", page.name).unwrap();
    }
    fs::write(folder.join("index.html"), &list).unwrap();
    crate::static_files::tests::write_all(&folder);
    assert!(folder.join("sign-in--empty.html").exists());
}
