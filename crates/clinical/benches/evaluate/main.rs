//! How many cases a second one core evaluates: the rules against the same thing written by hand.
//!
//! Each figure is the median of three runs; the two sides of a ratio take turns. The length of a
//! run in seconds comes from `SPINEBOARD_BENCH_SECONDS` (default 2). With `--json` one JSON object.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "rates are for reading")]

mod cases;
mod handwritten;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use handwritten::Handwritten;
use rules::value::Facts;

/// Cases a second, over a run of the given length.
fn rate(length: Duration, cases: &[Facts], mut one: impl FnMut(&Facts)) -> f64 {
    let start = Instant::now();
    let mut done = 0_u64;
    while start.elapsed() < length {
        for case in cases {
            one(case);
        }
        done += cases.len() as u64;
    }
    done as f64 / start.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(0.0)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seconds = std::env::var("SPINEBOARD_BENCH_SECONDS").ok();
    let seconds: f64 = seconds.as_deref().unwrap_or("2").parse()?;
    let length = Duration::from_secs_f64(seconds);
    let compiled = spineboard_clinical::protocol::compile_bundled("core-scores")?;
    let by_hand = Handwritten::new(Arc::clone(&compiled));
    let full = cases::complete();
    let open = cases::five_missing();
    for case in full.iter().chain(&open) {
        let ours = rules::evaluate(&compiled, case)?;
        let theirs = by_hand.evaluate(case);
        same(&ours, &theirs)?;
        same_totals(&rules::evaluate::possible_totals(&compiled, case)?, &by_hand.totals(case))?;
    }
    let mut rates: [Vec<f64>; 7] = Default::default();
    for _ in 0..4 {
        let runs = [
            rate(length, &full, |case| drop(black_box(rules::evaluate(&compiled, case)))),
            rate(length, &full, |case| drop(black_box(by_hand.evaluate(case)))),
            rate(length, &full, |case| {
                drop(black_box(rules::evaluate::possible_totals(&compiled, case)));
            }),
            rate(length, &full, |case| drop(black_box(by_hand.totals(case)))),
            rate(length, &open, |case| drop(black_box(rules::evaluate(&compiled, case)))),
            rate(length, &open, |case| drop(black_box(by_hand.evaluate(case)))),
            rate(length, &full, |case| {
                if let Ok(evaluation) = rules::evaluate(&compiled, case) {
                    drop(black_box(evaluation.hash()));
                }
            }),
        ];
        for (all, run) in rates.iter_mut().zip(runs) {
            all.push(run);
        }
    }
    // The first round warms up.
    let figures = rates.map(|all| median(all.into_iter().skip(1).collect()));
    print(&figures);
    Ok(())
}

/// Both sides have to say the same; what the hand-written side does not rank is left out.
fn same(
    ours: &rules::Evaluation,
    theirs: &rules::Evaluation,
) -> Result<(), Box<dyn std::error::Error>> {
    let states = ours.data().states == theirs.data().states;
    let results = ours.data().rows.len() == theirs.data().rows.len()
        && ours.data().rows.iter().zip(&theirs.data().rows).all(|(ours, theirs)| {
            (ours.cells, ours.bands, ours.step, ours.lesion)
                == (theirs.cells, theirs.bands, theirs.step, theirs.lesion)
        });
    if states && results {
        return Ok(());
    }
    let ours = serde_json::to_string_pretty(ours)?;
    let theirs = serde_json::to_string_pretty(theirs)?;
    Err(format!("the two sides differ:\n{ours}\n---\n{theirs}").into())
}

fn same_totals(
    ours: &[rules::evaluate::PossibleTotals],
    theirs: &handwritten::Totals,
) -> Result<(), Box<dyn std::error::Error>> {
    let theirs = theirs.sins.iter().chain([&theirs.tomita, &theirs.tokuhashi]);
    let equal = ours.iter().map(|one| one.totals).eq(theirs.map(|one| u128::from(*one)));
    if equal { Ok(()) } else { Err("the totals differ".into()) }
}

fn print(figures: &[f64; 7]) {
    let [ours, hand, totals, hand_totals, open, hand_open, hashed] = figures;
    if std::env::args().any(|argument| argument == "--json") {
        let json = serde_json::json!({
            "evaluate_per_second": ours,
            "handwritten_per_second": hand,
            "ratio": ours / hand,
            "totals_per_second": totals,
            "handwritten_totals_per_second": hand_totals,
            "totals_ratio": totals / hand_totals,
            "five_missing_per_second": open,
            "handwritten_five_missing_unranked_per_second": hand_open,
            "canonical_and_hash_per_second": hashed,
        });
        println!("{json}");
        return;
    }
    println!("SINS, Tomita, Tokuhashi 2005 with what they derive from; one core, cases a second");
    println!("  evaluation, rules          {ours:>12.0}   goal 200 000");
    println!(
        "  evaluation, by hand        {hand:>12.0}   rules / by hand {:.2}, goal 0.33",
        ours / hand
    );
    println!("  totals only, rules         {totals:>12.0}");
    println!(
        "  totals only, by hand       {hand_totals:>12.0}   rules / by hand {:.2}",
        totals / hand_totals
    );
    println!("  five facts missing, rules  {open:>12.0}   with the missing facts ranked");
    println!("  five missing, by hand      {hand_open:>12.0}   without ranking");
    println!("  evaluation, bytes, hash    {hashed:>12.0}");
}
