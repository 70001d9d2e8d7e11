//! What a call costs in Rust, in Kotlin and in Swift: rows of `cargo xtask bench`.
//!
//! Owns the turns and the table; each language's program measures itself and says so in one JSON line.
//! The three take turns, because a machine's minute is not like the next: what counts is the ratio of
//! medians. Refuses to leave a language out silently: its column says what is missing.

use serde_json::Value;

use crate::bindings::Environment;
use crate::shell::{Failure, Shell, begin};
use crate::{kotlin, swift};

/// How often each language has its turn.
const TURNS: usize = 3;
const LANGUAGES: [&str; 3] = ["Rust", "Kotlin", "Swift"];

/// Medians of one program's run, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    today: f64,
    check_in: f64,
}

/// Measures and prints the table. `debug` measures nothing worth knowing: it shows that it works.
pub fn run(shell: &Shell, debug: bool) -> Result<(), Failure> {
    let environment = Environment::measured(shell, debug)?;
    let ready = [Ok(()), kotlin::provide(shell), swift::provide(shell)];
    let mut turns: [Vec<Cost>; 3] = Default::default();
    for turn in 1..=TURNS {
        for (language, name) in LANGUAGES.into_iter().enumerate() {
            if ready[language].is_err() {
                continue;
            }
            begin(&format!("{name}, turn {turn} of {TURNS}"));
            let line = match language {
                0 => rust(shell, debug),
                1 => kotlin::overhead(shell, &environment),
                _ => swift::overhead(shell, &environment),
            };
            let line = line?;
            println!("   {}", line.trim());
            turns[language].push(cost(&line).ok_or_else(|| format!("{name}: not a cost: {line}"))?);
        }
    }
    println!(
        "\nmedians of {TURNS} turns; `check-in` is start, nine answers and submit, all durable\n"
    );
    print!("{}", table(&turns.map(|turns| median(&turns))));
    for (name, ready) in LANGUAGES.iter().zip(ready) {
        if let Err(missing) = ready {
            println!("\n{name} was not measured: {missing}");
        }
    }
    Ok(())
}

fn rust(shell: &Shell, debug: bool) -> Result<String, Failure> {
    let mut command = shell.cargo(["run", "--quiet", "--locked", "--package", "handrail-bench"]);
    command.args(["--bin", "calls"]);
    if !debug {
        command.arg("--release");
    }
    shell.read(command.env("HANDRAIL_SERVER_BIN", shell.program("handrail-server")))
}

/// The last line of what a program printed.
fn cost(said: &str) -> Option<Cost> {
    let line: Value = serde_json::from_str(said.trim().lines().last()?).ok()?;
    let number = |name: &str| line[name].as_f64().filter(|us| *us > 0.0);
    Some(Cost {
        today: number("today_us")?,
        check_in: number("submit_us")?,
    })
}

fn median(turns: &[Cost]) -> Option<Cost> {
    let middle = |of: fn(&Cost) -> f64| {
        let mut sorted: Vec<f64> = turns.iter().map(of).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    };
    Some(Cost {
        today: middle(|cost| cost.today)?,
        check_in: middle(|cost| cost.check_in)?,
    })
}

/// Rust first; the others with their ratio to it.
fn table(costs: &[Option<Cost>; 3]) -> String {
    let mut lines = vec![format!("| call | {} |", LANGUAGES.join(" | "))];
    lines.push("|---|---|---|---|".to_owned());
    let today: fn(Cost) -> f64 = |cost| cost.today;
    let check_in: fn(Cost) -> f64 = |cost| cost.check_in;
    for (name, of) in [("today", today), ("check-in", check_in)] {
        let rust = costs[0].map(of);
        let cell = |cost: &Option<Cost>| match (cost.map(of), rust) {
            (Some(us), Some(rust)) => format!("{us:.0} µs ({:.2}x)", us / rust),
            _ => "not measured".to_owned(),
        };
        let cells: Vec<String> = costs.iter().map(cell).collect();
        lines.push(format!("| {name} | {} |", cells.join(" | ")));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_the_last_line_and_nothing_else() {
        let said = "warming up\n{\"today_us\":12.5,\"submit_us\":4000}\n";
        let expected = Cost {
            today: 12.5,
            check_in: 4000.0,
        };
        assert_eq!(cost(said), Some(expected));
        for said in [
            "",
            "no numbers",
            "{\"today_us\":12.5}",
            "{\"today_us\":0,\"submit_us\":4000}",
            "{\"today_us\":12.5,\"submit_us\":4000}\nand more",
        ] {
            assert_eq!(cost(said), None, "{said}");
        }
    }

    #[test]
    fn the_table_shows_medians_and_ratios() {
        let turn = |today, check_in| Cost { today, check_in };
        let rust = median(&[turn(9.0, 100.0), turn(10.0, 300.0), turn(50.0, 200.0)]);
        assert_eq!(rust, Some(turn(10.0, 200.0)));
        assert_eq!(median(&[]), None);
        let shown = table(&[rust, Some(turn(25.0, 250.0)), None]);
        let expected = "\
| call | Rust | Kotlin | Swift |
|---|---|---|---|
| today | 10 µs (1.00x) | 25 µs (2.50x) | not measured |
| check-in | 200 µs (1.00x) | 250 µs (1.25x) | not measured |
";
        assert_eq!(shown, expected);
    }
}
