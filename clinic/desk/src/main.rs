//! `handrail-desk`: a clinician without a screen.
//!
//! Owns the command line: which subcommand runs, `--help`, and exit codes. 0: done, bad lines
//! included (each says so on its own line). 1: the input could not be read. 2: the call itself was
//! wrong; usage goes to standard error.

mod commands;

use std::ffi::OsString;
use std::io::{self, BufReader, Write};
use std::process::ExitCode;

use lexopt::prelude::*;

const USAGE: &str = "\
handrail-desk: a clinician without a screen

Usage: handrail-desk COMMAND

JSON Lines on standard input, JSON Lines on standard output:
  score                    score answer sheets of known instruments
  change                   say what a change of a score means
  sessions                 expand a weekly schedule into sessions and reminders

Files:
  questionnaire FILE...    check FHIR R4 Questionnaires before an import

A clinic:
  watch --server URL --account FILE [--tell PROGRAM] [--every SECONDS] [--once]
                           tell people of safety flags by the clinic's list, note who was
                           told, settle visits; FILE: {\"login\",\"passphrase\",\"account_secret\"},
                           readable by its owner alone; PROGRAM gets a line of JSON per notice
  export --server URL --account FILE --patient NAME|ID --format fhir|csv|ics|pdf|html
         [--table check-ins|answers|homework|practice|worksheets|sessions]
         [--language en|es] [--out FILE]
         [--page review|part-one|part-two|safety|transition]
                           write it as one file

The demo:
  seed --server URL --data DIR --setup-code FILE [--seed N]
                           make the demo clinic through real phone cores
  phone FOLDER enrol LINK CODE | check-in FORM ITEM=VALUE... | today | practise
         | look [LANGUAGE]
                           act as the phone of a folder

Options:
  -h, --help               print this
  -V, --version            print the version

A bad line gives {\"error\":{\"code\",\"detail\"}} on its own line and the rest goes on.
Exit code: 0 done, 1 input unreadable, 2 wrong call.
";

/// What the call asks for.
enum Call {
    Help,
    Version,
    Score,
    Change,
    Sessions,
    Questionnaire(Vec<OsString>),
    Export(commands::export::Call),
    Seed(commands::seed::Seed),
    Phone(commands::phone::Call),
    Watch(commands::watch::Call),
}

fn main() -> ExitCode {
    let call = match parse(lexopt::Parser::from_env()) {
        Ok(call) => call,
        Err(error) => {
            // A closed standard error leaves nobody to tell.
            let _ = write!(io::stderr(), "handrail-desk: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(call) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "handrail-desk: {}", error.kind());
            ExitCode::from(1)
        }
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Call, lexopt::Error> {
    let call = match parser.next()? {
        None => return Err("a command is needed".into()),
        Some(Short('h') | Long("help")) => Call::Help,
        Some(Short('V') | Long("version")) => Call::Version,
        Some(Value(name)) => match name.to_str() {
            Some("help") => Call::Help,
            Some("score") => Call::Score,
            Some("change") => Call::Change,
            Some("sessions") => Call::Sessions,
            Some("questionnaire") => return files(parser),
            Some("watch") => {
                let call = commands::watch::parse(parser)?;
                return Ok(call.map_or(Call::Help, Call::Watch));
            }
            Some("export") => return commands::export::parse(parser).map(Call::Export),
            Some("seed") => return commands::seed::parse(parser).map(Call::Seed),
            Some("phone") => {
                let values = commands::seed::values(parser)?;
                return commands::phone::parse(values).map(Call::Phone);
            }
            _ => return Err("unknown command".into()),
        },
        Some(other) => return Err(other.unexpected()),
    };
    match parser.next()? {
        None => Ok(call),
        Some(Short('h') | Long("help")) => Ok(Call::Help),
        Some(other) => Err(other.unexpected()),
    }
}

fn files(mut parser: lexopt::Parser) -> Result<Call, lexopt::Error> {
    let mut files = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(file) => files.push(file),
            Short('h') | Long("help") => return Ok(Call::Help),
            other => return Err(other.unexpected()),
        }
    }
    if files.is_empty() {
        return Err("at least one FILE is needed".into());
    }
    Ok(Call::Questionnaire(files))
}

fn run(call: Call) -> io::Result<ExitCode> {
    let input = BufReader::new(io::stdin().lock());
    let mut output = io::stdout().lock();
    match call {
        Call::Help => output.write_all(USAGE.as_bytes())?,
        Call::Version => writeln!(output, "handrail-desk {}", env!("CARGO_PKG_VERSION"))?,
        Call::Score => commands::lines(input, output, commands::score::line)?,
        Call::Change => commands::lines(input, output, commands::change::line)?,
        Call::Sessions => commands::lines(input, output, commands::sessions::line)?,
        Call::Questionnaire(files) => {
            return commands::questionnaire::run(&files, &mut output);
        }
        Call::Export(call) => return commands::export::run(&call, &mut output),
        Call::Seed(seed) => return commands::seed::run(&seed, &mut output),
        Call::Phone(call) => return commands::phone::run(&call, &mut output),
        Call::Watch(call) => return commands::watch::run(&call, &mut output),
    }
    Ok(ExitCode::SUCCESS)
}
