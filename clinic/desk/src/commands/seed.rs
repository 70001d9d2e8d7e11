//! `handrail-desk seed`: makes the demo clinic on a fresh server and prints one JSON line about it.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use lexopt::prelude::*;

/// What to make and where.
pub struct Seed {
    server: String,
    data: PathBuf,
    setup_code: PathBuf,
    number: u64,
}

/// Reads `--server URL --data DIR --setup-code FILE [--seed N]`.
pub fn parse(mut parser: lexopt::Parser) -> Result<Seed, lexopt::Error> {
    let (mut server, mut data, mut setup_code, mut number) = (None, None, None, 1);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("server") => server = Some(parser.value()?.string()?),
            Long("data") => data = Some(PathBuf::from(parser.value()?)),
            Long("setup-code") => setup_code = Some(PathBuf::from(parser.value()?)),
            Long("seed") => number = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    let missing = |option: &str| lexopt::Error::MissingValue {
        option: Some(option.to_owned()),
    };
    Ok(Seed {
        server: server.ok_or_else(|| missing("--server"))?,
        data: data.ok_or_else(|| missing("--data"))?,
        setup_code: setup_code.ok_or_else(|| missing("--setup-code"))?,
        number,
    })
}

/// Makes the clinic.
pub fn run(call: &Seed, output: &mut impl Write) -> io::Result<ExitCode> {
    let code = std::fs::read_to_string(&call.setup_code)?;
    let made = handrail_desk::seed::seed(&call.server, &code, &call.data, call.number, now());
    match made {
        Ok(seeded) => {
            let line = serde_json::to_string(&seeded).expect("plain fields");
            writeln!(output, "{line}")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "handrail-desk: {error}");
            Ok(ExitCode::from(1))
        }
    }
}

/// The wall clock, epoch milliseconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// The rest of the arguments as values only.
pub fn values(mut parser: lexopt::Parser) -> Result<Vec<OsString>, lexopt::Error> {
    let mut values = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(value) => values.push(value),
            other => return Err(other.unexpected()),
        }
    }
    Ok(values)
}
