//! `handrail-desk export`: one patient's record as a file, to the clinic's own systems.
//!
//! Owns the call's options. The file goes to standard output or to `--out`, which is made new and readable
//! by its owner only; a refusal is one line of JSON, without any name. Exit code 1 then.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use handrail_care::export::csv::Table;
use handrail_care::reminder::Language;
use handrail_desk::account::Account;
use handrail_desk::driver::Driver;
use handrail_desk::export::{self, Format, Page};
use lexopt::prelude::*;
use serde_json::json;

use super::seed::now;

/// What to export and where to.
pub struct Call {
    server: String,
    account: PathBuf,
    patient: String,
    format: Format,
    out: Option<PathBuf>,
}

/// Reads `--server URL --account FILE --patient NAME|ID --format fhir|csv|ics|pdf|html [--table NAME]
/// [--page review|part-one|part-two|safety|transition] [--language en|es] [--out FILE]`.
pub fn parse(mut parser: lexopt::Parser) -> Result<Call, lexopt::Error> {
    let (mut server, mut account, mut patient, mut format) = (None, None, None, None);
    let (mut table, mut language, mut out) = (Table::CheckIns, Language::English, None);
    let mut page = Page::Review;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("server") => server = Some(parser.value()?.string()?),
            Long("account") => account = Some(PathBuf::from(parser.value()?)),
            Long("patient") => patient = Some(parser.value()?.string()?),
            Long("format") => format = Some(parser.value()?),
            Long("table") => table = named(&parser.value()?)?,
            Long("page") => page = page_named(&parser.value()?)?,
            Long("language") => language = Language::of(&parser.value()?.string()?),
            Long("out") => out = Some(PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected()),
        }
    }
    let missing = |option: &str| lexopt::Error::MissingValue {
        option: Some(option.to_owned()),
    };
    let format: OsString = format.ok_or_else(|| missing("--format"))?;
    let format = match format.to_str() {
        Some("fhir") => Format::Fhir,
        Some("csv") => Format::Csv(table),
        Some("ics") => Format::Ics,
        Some("pdf") => Format::Pdf(page, language),
        Some("html") => Format::Html(page, language),
        _ => return Err("--format takes fhir, csv, ics, pdf or html".into()),
    };
    Ok(Call {
        server: server.ok_or_else(|| missing("--server"))?,
        account: account.ok_or_else(|| missing("--account"))?,
        patient: patient.ok_or_else(|| missing("--patient"))?,
        format,
        out,
    })
}

fn named(table: &OsString) -> Result<Table, lexopt::Error> {
    let found = table.to_str().and_then(Table::parse);
    found.ok_or_else(|| {
        "--table takes check-ins, answers, homework, practice, worksheets or sessions".into()
    })
}

fn page_named(page: &OsString) -> Result<Page, lexopt::Error> {
    let found = page.to_str().and_then(Page::parse);
    found.ok_or_else(|| "--page takes review, part-one, part-two, safety or transition".into())
}

/// Logs in, fetches everything and writes the file.
pub fn run(call: &Call, output: &mut impl Write) -> io::Result<ExitCode> {
    let bytes = match bytes(call) {
        Ok(bytes) => bytes,
        Err(code) => {
            let line = json!({"error": {"code": code, "detail": "nothing was exported"}});
            writeln!(output, "{line}")?;
            return Ok(ExitCode::from(1));
        }
    };
    match &call.out {
        None => output.write_all(&bytes)?,
        Some(path) => {
            private(path)?.write_all(&bytes)?;
            let line = json!({"file": path.file_name().map(|name| name.to_string_lossy()), "bytes": bytes.len()});
            writeln!(output, "{line}")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn bytes(call: &Call) -> Result<Vec<u8>, String> {
    let account = Account::read(&call.account).map_err(|error| error.to_string())?;
    let mut driver = Driver::new(&call.server).map_err(|problem| problem.code)?;
    let clinician = driver
        .log_in(
            &account.login,
            &account.passphrase,
            &account.account_secret,
            "UTC",
            now(),
        )
        .map_err(|problem| problem.code)?;
    let patient = export::find(&clinician, &call.patient).map_err(|error| error.to_string())?;
    let bytes = export::export(&clinician, patient, call.format, now());
    bytes.map_err(|error| error.to_string())
}

/// A new file that nobody else on this machine reads; one that is there already is an error.
fn private(path: &Path) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
