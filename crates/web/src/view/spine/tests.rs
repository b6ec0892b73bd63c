use super::*;

fn sins_class(level: &str) -> String {
    // Fisher 2010, Spine 35(22): location item of SINS, level by level.
    let class = match level {
        "C1" | "C2" | "C7" | "T1" | "T2" | "T11" | "T12" | "L1" | "L5" | "S1" => "junctional",
        "C3" | "C4" | "C5" | "C6" | "L2" | "L3" | "L4" => "mobile",
        "S2" | "S3" | "S4" | "S5" => "rigid",
        _ => "semirigid",
    };
    class.to_owned()
}

fn lesion(bone: Bone) -> LesionMark {
    LesionMark {
        bone,
        index: false,
        collapse: Collapse::None,
        treated: None,
        equivocal: false,
        chip: "ESCC 0 · SINS 4".to_owned(),
    }
}

fn spine(mode: SpineMode) -> Spine {
    Spine::new(
        "/cases/NF-2026-0148/lesions",
        "scores",
        mode,
        zones(|level| Some(sins_class(level))),
    )
}

#[test]
fn every_level_is_a_link_that_works_without_a_script() {
    let html = spine(SpineMode::Edit).to_string();
    for level in LEVELS {
        assert!(html.contains(&format!("href=\"/cases/NF-2026-0148/lesions/{level}\"")), "{level}");
        assert!(html.contains(&format!("data-level=\"{level}\"")), "{level}");
    }
    assert_eq!(html.matches("<a ").count(), 30, "29 levels and the skip link");
    assert!(html.contains("role=\"group\""));
    assert!(html.contains("href=\"#scores\""));
}

#[test]
fn a_name_begins_with_what_is_seen() {
    let mark =
        LesionMark { index: true, chip: "ESCC 2 · SINS 9".to_owned(), ..lesion(Bone::Lytic) };
    let html = spine(SpineMode::Edit).with("T10", Mark::Lesion(mark)).to_string();
    assert!(html.contains("aria-label=\"T10 L ESCC 2 · SINS 9: lytic lesion, index level, edit\""));
    assert!(html.contains("data-index-lesion"));
    assert!(html.contains("aria-label=\"C1 no lesion, add\""));
}

#[test]
fn each_state_is_drawn_and_named() {
    let states = [
        ("T2", LesionMark { collapse: Collapse::Over50, ..lesion(Bone::Blastic) }, "&#62;50 %"),
        ("T4", LesionMark { collapse: Collapse::Under50, ..lesion(Bone::Lytic) }, "&#60;50 %"),
        (
            "T6",
            LesionMark { treated: Some("SBRT 2025".to_owned()), ..lesion(Bone::Mixed) },
            "SBRT 2025",
        ),
        ("T8", LesionMark { equivocal: true, ..lesion(Bone::Lytic) }, "equivocal"),
        ("L1", lesion(Bone::NotRecorded), "kind not recorded"),
    ];
    let html = states
        .iter()
        .fold(spine(SpineMode::Edit), |spine, (level, mark, _)| {
            spine.with(level, Mark::Lesion(mark.clone()))
        })
        .with("S5", Mark::NotImaged)
        .to_string();
    for (level, _, words) in states {
        assert!(html.contains(words), "{level}: {words}");
    }
    for class in
        ["v on blastic", "v on mixed treated", "v on lytic equivocal", "v on untyped", "v unseen"]
    {
        assert!(html.contains(class), "{class}");
    }
    assert!(html.contains("S5 not imaged, add"));
}

#[test]
fn read_only_levels_say_view_and_offer_nothing_to_add() {
    let html =
        spine(SpineMode::ReadOnly).with("T10", Mark::Lesion(lesion(Bone::Lytic))).to_string();
    assert!(html.contains("lytic lesion, view"));
    assert!(html.contains("aria-label=\"C1 no lesion\""));
    assert!(html.contains("class=\"spine ro\""));
}

#[test]
fn the_strip_is_drawn_from_the_mapping() {
    let strip = zones(|level| Some(sins_class(level)));
    let letters: Vec<&str> = strip.iter().map(|zone| zone.letter).collect();
    assert_eq!(letters, ["J", "M", "J", "SR", "J", "M", "J", "R"]);
    assert_eq!((strip[0].y(), strip[0].height()), ("6".to_owned(), "52".to_owned()));
    assert_eq!((strip[1].y(), strip[1].height()), ("60".to_owned(), "106".to_owned()));
    assert!(zones(|_| None).is_empty());
}

#[test]
fn a_lesion_at_an_unusual_level_is_listed_and_never_lost() {
    let spine = spine(SpineMode::Edit).with("L6", Mark::Lesion(lesion(Bone::Mixed)));
    assert_eq!(spine.lesions(), 1);
    assert!(spine.to_string().contains("/lesions/L6"));
}

#[test]
fn hostile_text_stays_text() {
    let mark = LesionMark { chip: "</text><script>".to_owned(), ..lesion(Bone::Lytic) };
    let html = Spine::new("/x\"><script>", "m", SpineMode::Edit, Vec::new())
        .with("T1", Mark::Lesion(mark))
        .to_string();
    assert!(!html.contains("<script"));
}

#[test]
fn marking_offers_every_level_once_and_keeps_the_ticks() {
    let html = LevelPicker::new("level", &["T6", "L2"]).to_string();
    assert_eq!(html.matches("type=\"checkbox\"").count(), 33);
    assert_eq!(html.matches(" checked").count(), 2);
    assert_eq!(html.matches("<fieldset").count(), 5);
    assert!(!html.contains("<details open"));
    assert!(LevelPicker::new("level", &["L6"]).to_string().contains("<details open"));
}
