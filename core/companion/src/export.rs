//! The patient's own full export: one zip in open formats, made from what is on the phone.
//!
//! Owns which files are in it and that the file is whole or not there. Everything of the record is in
//! `entries.jsonl`, as it was written; the other files are the same in forms that people and programs
//! read. Needs no network and no standing with the clinic. Refuses a family phone: what lies there is the
//! patient's.

use std::fs::{self, File};
use std::io::{self, Cursor, Write};
use std::path::{Path, PathBuf};

use handrail_care::document::{Block, Document};
use handrail_care::due::date_at;
use handrail_care::entry::{Class, Entry};
use handrail_care::export::csv::{self, Table};
use handrail_care::export::ics::{self, Words};
use handrail_care::export::{Source, fhir, plans};
use handrail_care::family::words::part_two_notice;
use handrail_care::id::Id;
use handrail_care::order::InOrder;
use handrail_care::progress::words::{filled, words};
use handrail_care::progress::{own_page, print};
use handrail_care::reminder::Language;
use handrail_mailbox::seal;
use serde_json::json;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::error::CompanionError;
use crate::phone::Phone;
use crate::store::sync_dir;
use crate::view::ExportDone;

fn not_saved(error: &io::Error) -> CompanionError {
    let code = match error.kind() {
        io::ErrorKind::StorageFull => "disk-full",
        _ => "disk-error",
    };
    CompanionError::NotSaved {
        code: code.to_owned(),
    }
}

/// Takes a half-written file away again, unless it became whole.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

struct Zip {
    /// In memory: a disk that fails in the middle of an archive leaves the writer in no state to be dropped
    /// in.
    writer: ZipWriter<Cursor<Vec<u8>>>,
    files: u32,
}

impl Zip {
    fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.begin(name)?;
        self.writer.write_all(bytes)
    }

    fn begin(&mut self, name: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(false);
        self.writer.start_file(name, options)?;
        self.files += 1;
        Ok(())
    }
}

impl Phone {
    /// Writes the whole record to a new file.
    pub fn export_record(&self, file: &str, now: i64) -> Result<ExportDone, CompanionError> {
        let home = self.care()?;
        let path = Path::new(file);
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = Part(part.into());
        let done = self.write_zip(home, &part.0, now)?;
        fs::rename(&part.0, path).map_err(|error| not_saved(&error))?;
        if let Some(folder) = path.parent() {
            sync_dir(folder);
        }
        Ok(done)
    }

    fn write_zip(&self, home: usize, part: &Path, now: i64) -> Result<ExportDone, CompanionError> {
        let disk = |error: io::Error| not_saved(&error);
        let patient = Id(self.mailboxes[home].log.mailbox.0);
        let chart = self.chart()?;
        let source = Source::own(patient, chart, &self.library, now);
        let language = Language::of(&self.language);
        let mut zip = Zip {
            writer: ZipWriter::new(Cursor::new(Vec::new())),
            files: 0,
        };
        let notices: Vec<_> = source
            .is_part_2()
            .then(|| part_two_notice(language))
            .into_iter()
            .collect();
        let about = self.about_export(language, notices.clone(), now);
        zip.add("README.html", about.to_html().as_bytes())
            .map_err(disk)?;
        let page = own_page(chart, &self.library, now);
        let page = print::document(&page, language, notices.clone());
        zip.add("page.html", page.to_html().as_bytes())
            .map_err(disk)?;
        let title = words(language, "plans.title");
        let all = plans::all(chart, language, title, notices.clone()).to_html();
        zip.add("plans.html", all.as_bytes()).map_err(disk)?;
        zip.begin("entries.jsonl").map_err(disk)?;
        let entries = self.write_entries(&mut zip.writer)?;
        let bundle = fhir::bundle(&source).to_string();
        zip.add("fhir.json", bundle.as_bytes()).map_err(disk)?;
        // A calendar shows its events to more eyes than this file does.
        let calendar = ics::calendar(&source, Words::Neutral(language));
        zip.add("sessions.ics", calendar.as_bytes()).map_err(disk)?;
        for table in Table::ALL {
            let name = format!("{}.csv", table.name());
            zip.add(&name, &csv::table(&source, table)).map_err(disk)?;
        }
        let files = zip.files;
        let whole = zip.writer.finish().map_err(|error| disk(error.into()))?;
        let whole = whole.into_inner();
        let mut file = private(part).map_err(disk)?;
        file.write_all(&whole).map_err(disk)?;
        file.sync_all().map_err(disk)?;
        let bytes = whole.len() as u64;
        Ok(ExportDone {
            files,
            entries,
            bytes,
        })
    }

    /// What the file says about itself.
    fn about_export(&self, language: Language, notices: Vec<String>, now: i64) -> Document {
        let say = |key: &str| words(language, key);
        let date = print::day(language, date_at(now, &self.zone));
        let mut document = Document::new(language, say("export.title"));
        document.about = vec![filled(language, "export.made", &[("date", &date)])];
        document.section(
            say("export.files"),
            ["page", "plans", "entries", "fhir", "calendar", "csv"]
                .map(|file| Block::bullet(say(&format!("export.file.{file}"))))
                .to_vec(),
        );
        if let Some(first) = document.sections.first_mut() {
            first.blocks.insert(0, Block::text(say("export.what")));
            first.blocks.push(Block::text(say("export.left-out")));
        }
        document.notices = notices;
        document
    }

    /// Every entry that this phone can open, as it was written, with its place: care first, then what is
    /// shared with family. The clinic's library is the clinic's.
    fn write_entries(&self, out: &mut impl Write) -> Result<u32, CompanionError> {
        let mut count = 0_u32;
        let mut failed = Ok(());
        let mut mailboxes: Vec<_> = self
            .mailboxes
            .iter()
            .filter(|mailbox| mailbox.class != Class::Library)
            .collect();
        mailboxes.order_by_key(|mailbox| mailbox.class != Class::Care);
        for mailbox in mailboxes {
            self.store.each_entry(mailbox.n, |stored| {
                let Some(sealed) = stored.sealed else {
                    return;
                };
                let directory = &self.trust.directory;
                let Ok(opened) = seal::open(&mailbox.keyring, directory, stored.id, sealed) else {
                    return;
                };
                let Ok(entry) = Entry::parse(opened.bytes()) else {
                    return;
                };
                let line = json!({
                    "mailbox": mailbox.class.as_str(),
                    "seq": stored.place.map(|(seq, _)| seq),
                    "received": stored.place.map(|(_, at)| at),
                    "entry": entry,
                });
                if failed.is_ok() {
                    failed = writeln!(out, "{line}");
                    count = count.saturating_add(1);
                }
            })?;
        }
        failed.map_err(|error| not_saved(&error))?;
        Ok(count)
    }
}

/// A file that only this app reads.
fn private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).read(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}
