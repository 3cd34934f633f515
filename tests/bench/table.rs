//! The results, for people and for scripts.

use std::path::PathBuf;

use serde::Serialize;

/// One figure.
#[derive(Serialize)]
pub(crate) struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    low: f64,
    high: f64,
    against: Option<String>,
    ratio: Option<f64>,
}

/// All figures, in the order they were taken.
#[derive(Default)]
pub(crate) struct Table {
    figures: Vec<Figure>,
}

impl Table {
    /// A single measurement.
    pub(crate) fn one(&mut self, name: &str, value: f64, unit: &'static str) {
        self.push(name, value, unit, value, value, None);
    }

    /// A single measurement beside another.
    pub(crate) fn beside(&mut self, name: &str, value: f64, unit: &'static str, against: (&str, f64)) {
        self.push(name, value, unit, value, value, Some(against));
    }

    /// The median and the 95th percentile of several runs, as NAME and NAME_p95; `against` is the median of another.
    pub(crate) fn runs(&mut self, name: &str, runs: &[f64], unit: &'static str, against: Option<(&str, f64)>) {
        let mut sorted = runs.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(low), Some(high)) = (sorted.first().copied(), sorted.last().copied()) else { return };
        let p95 = sorted[(sorted.len() * 95).div_ceil(100).clamp(1, sorted.len()) - 1];
        self.push(name, median(runs), unit, low, high, against);
        self.push(&format!("{name}_p95"), p95, unit, low, high, None);
    }

    fn push(&mut self, name: &str, value: f64, unit: &'static str, low: f64, high: f64, against: Option<(&str, f64)>) {
        let ratio = against.map(|(_, other)| value / other);
        let against = against.map(|(name, _)| name.to_owned());
        eprintln!("  {name}: {value:.2} {unit}");
        self.figures.push(Figure { name: name.to_owned(), value, unit, low, high, against, ratio });
    }

    /// For people.
    pub(crate) fn print(&self) {
        println!("{:<44} {:>12} {:<8} {:>12} {:>12}  against", "name", "value", "unit", "low", "high");
        for figure in &self.figures {
            let against = match (&figure.against, figure.ratio) {
                (Some(name), Some(ratio)) => format!("{ratio:.2}x {name}"),
                _ => String::new(),
            };
            println!(
                "{:<44} {:>12.2} {:<8} {:>12.2} {:>12.2}  {against}",
                figure.name, figure.value, figure.unit, figure.low, figure.high
            );
        }
    }

    /// For scripts.
    pub(crate) fn write(&self) {
        let here = std::env::current_exe().expect("a path");
        let target = here.parent().and_then(|debug| debug.parent()).map_or_else(PathBuf::new, PathBuf::from);
        let folder = target.join("bench");
        std::fs::create_dir_all(&folder).expect("a folder for results");
        let text = serde_json::to_string_pretty(&self.figures).expect("plain data");
        std::fs::write(folder.join("results.json"), text + "\n").expect("results.json");
    }
}

/// The middle of the runs.
pub(crate) fn median(runs: &[f64]) -> f64 {
    let mut sorted = runs.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
