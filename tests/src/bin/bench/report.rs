//! What comes out: a line for each figure with its goal and a verdict.

use std::io::{self, Write as _};

use crate::Result;
use crate::plan::{Plan, RUNS, WARM_UP};

/// The figures so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<[String; 4]>,
}

/// Whether a figure has a goal, and reaches it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// At least this.
    AtLeast(f64),
    /// Less than this.
    Under(f64),
    /// It is printed for whoever wants to know.
    None,
}

impl Goal {
    fn verdict(self, value: f64) -> &'static str {
        let reached = match self {
            Self::AtLeast(least) => value >= least,
            Self::Under(limit) => value < limit,
            Self::None => return "",
        };
        if reached { "reached" } else { "MISSED" }
    }
}

impl Report {
    /// A figure with its unit; decimals as many as make sense.
    pub(crate) fn add(&mut self, what: &str, value: f64, decimals: usize, unit: &str, goal: Goal) {
        let goal_in_words = match goal {
            Goal::AtLeast(least) => format!("at least {least}"),
            Goal::Under(limit) => format!("under {limit}"),
            Goal::None => String::new(),
        };
        let shown = format!("{value:.decimals$} {unit}");
        say(&format!("  {what}: {}", shown.trim_end()));
        self.rows.push([
            what.to_owned(),
            shown.trim_end().to_owned(),
            goal_in_words,
            goal.verdict(value).to_owned(),
        ]);
    }

    /// The table.
    pub(crate) fn print(&self, plan: &Plan) -> Result<()> {
        let mut out = io::stdout().lock();
        let turn = plan.turn.as_secs();
        let warm_up = WARM_UP.as_secs();
        let cores = std::thread::available_parallelism()?;
        writeln!(
            out,
            "\nMedians of {RUNS} runs of {turn} s after a warm-up of {warm_up} s, on {cores} cores:\n"
        )?;
        let heading = ["figure", "value", "goal", "verdict"].map(str::to_owned);
        let all = || std::iter::once(&heading).chain(&self.rows);
        let widths: Vec<usize> = (0..4)
            .map(|column| {
                all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
            })
            .map(Option::unwrap_or_default)
            .collect();
        for row in all() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }
}

/// The middle of three.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Says on standard error how far it is.
pub(crate) fn say(words: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr(), "{words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_or_missed() {
        assert_eq!(Goal::AtLeast(0.5).verdict(0.5), "reached");
        assert_eq!(Goal::AtLeast(0.5).verdict(0.49), "MISSED");
        assert_eq!(Goal::Under(5.0).verdict(5.0), "MISSED");
        assert_eq!(Goal::None.verdict(1.0), "");
    }

    #[test]
    fn the_median_of_three_is_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
    }
}
