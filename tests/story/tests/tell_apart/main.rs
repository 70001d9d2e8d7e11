//! Nobody who sees sizes, counts and order of requests can tell a sheet with a risk answer from one without.
//!
//! Twins: two phones of two patients, the same sheets on both, but for the answer to the safety item. Every
//! pair must look the same to the last byte count. `HANDRAIL_PAIRS` says how many go over the wire (1,000;
//! a tenth of them question by question), `HANDRAIL_SEED` which.

mod eye;
mod sheets;

use std::fmt::Write as _;
use std::sync::Arc;

use handrail_care::checkin::Answers;
use handrail_care::entry::{Body, Entry};
use handrail_care::forms::CheckInPolicy;
use handrail_care::id::Id;
use handrail_care::library::{Library, LicenceAcknowledged};
use handrail_care::patient::{CheckInWritten, FollowUp, Stage};
use handrail_clinician::Act;
use handrail_companion::{Companion, FileKeyStore, SetClock, WholeCheckIn};
use handrail_mailbox::keyring::{EpochSecret, Keyring};
use handrail_mailbox::seal::seal;
use handrail_story::clinic::{TestClinic, ZONE, screener, synchronise};
use handrail_story::raw::seal::random;
use handrail_story::recorder::Recorder;
use handrail_story::{Server, folder, now};
use handrail_wire::id::{EntryId, MailboxId};

use eye::{Look, best_guess};
use sheets::{Dice, End, Sheet, Twin};

/// Pairs through the sealing layer.
const SEALED: usize = 10_000;

fn number(variable: &str, usual: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.map_or(usual, |text| text.parse().expect("a number"))
}

struct World {
    clinic: TestClinic,
    server: Server,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = folder();
        let server = Server::start(&folder.path().join("server"));
        let mut clinic = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
        let licence = LicenceAcknowledged {
            statement: "Our own text.".to_owned(),
        };
        let publish = Act::PublishQuestionnaire {
            questionnaire: screener(),
            licence,
        };
        clinic.act(publish).expect("taken into use");
        let policy = CheckInPolicy {
            follow_up: Some("our-screener".to_owned()),
            ..CheckInPolicy::DEFAULT
        };
        clinic
            .act(Act::SetCheckInPolicy { policy })
            .expect("decided");
        Self {
            clinic,
            server,
            folder,
        }
    }

    /// A patient's phone behind a recorder of its own.
    fn twin(&mut self, name: &str, start: i64) -> (Twin, Recorder) {
        let recorder = Recorder::before(self.server.port());
        let patient = self.clinic.add_patient(name);
        let act = Act::Invite {
            subject: patient,
            on_screen: true,
        };
        let TestClinic {
            driver, clinician, ..
        } = &mut self.clinic;
        let invited = clinician
            .act(act, recorder.origin(), now())
            .expect("invited");
        driver.pump(clinician, now()).expect("sent");
        let (link, code) = invited.link.zip(invited.code).expect("link and code");
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let clock = Arc::new(SetClock::at(start));
        let keys = Arc::new(FileKeyStore::new(folder.join("key")));
        let phone = Companion::open_with(&folder.join("store"), keys, clock.clone(), ZONE);
        let phone = phone.expect("the store opens");
        phone
            .enrol(&link, &code, "Phone", "desktop")
            .expect("enrolled");
        synchronise(&phone);
        recorder.take();
        let twin = Twin {
            phone,
            clock,
            now: start,
        };
        (twin, recorder)
    }
}

/// The entries of a sheet, sealed as a phone would, or as one would that does it wrongly.
struct Sealer<'a> {
    library: &'a Library,
    ring: Keyring,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As the phone does.
    Right,
    /// Padded to steps of 16 bytes by what is in it.
    ByContent,
    /// Not padded to one size.
    Bare,
    /// The entry at the safety item only when it is positive.
    OnlyWhenPositive,
}

impl Sealer<'_> {
    fn look(&self, sheet: &Sheet, worried: bool, way: Way) -> Look {
        let answers = sheet.answers(worried);
        let mut followed = Answers::default();
        if worried && sheet.follow {
            for item in ["q1", "q2", "q3", "q4", "q5", "q6_lifetime", "q6_3_months"] {
                followed.set(item, handrail_care::checkin::Answer::Bool(false));
            }
        }
        let written = |stage| CheckInWritten {
            of: Id(random()),
            form: sheet.form.to_owned(),
            version: "1".to_owned(),
            stage,
            started: now(),
            answers: answers.clone(),
            follow_up: Some(FollowUp {
                form: "our-screener".to_owned(),
                version: String::new(),
                answers: if stage == Stage::Complete {
                    followed.clone()
                } else {
                    Answers::default()
                },
            }),
        };
        let skip = way == Way::OnlyWhenPositive && !worried;
        let stages = [Stage::Safety, Stage::Complete];
        let stages = stages.iter().skip(usize::from(skip));
        let sizes: Vec<_> = stages
            .map(|stage| {
                let body = Body::CheckIn(written(*stage));
                let id = EntryId(random());
                let entry = Entry::new(Id(id.0), now(), ZONE, Id(random()), None, &body);
                let bytes = entry.to_bytes();
                let floor = match way {
                    Way::Right | Way::OnlyWhenPositive => self.library.sealed_floor(&body),
                    Way::ByContent => return bytes.len().next_multiple_of(16),
                    Way::Bare => return bytes.len(),
                };
                let key = self.ring.current().expect("a key");
                seal(key, id, &bytes, None, floor).len()
            })
            .collect();
        Look::of_sizes(&sizes)
    }
}

/// One page of what was found.
fn show(text: &str) {
    println!("{text}");
    let out = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../out"));
    std::fs::create_dir_all(out).expect("tests/out");
    std::fs::write(out.join("tell-apart.txt"), text).expect("written");
}

fn say(what: &str, pairs: &[(Look, Look)]) -> String {
    let (right, all, by) = best_guess(pairs);
    let differ = pairs.iter().filter(|(calm, worried)| calm != worried);
    format!(
        "{what:58} {:6} pairs, {:5} differ, best guess {right:6} of {all:6} ({by})\n",
        pairs.len(),
        differ.count()
    )
}

#[test]
#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn a_risk_answer_looks_like_any_other() {
    let seed = number("HANDRAIL_SEED", 6);
    let count = usize::try_from(number("HANDRAIL_PAIRS", 1000)).expect("a count");
    let mut world = World::new();
    let mut dice = Dice::new(seed);
    let mut page = format!("seed {seed}\n");

    // The sealing layer alone: ten thousand pairs.
    let mut ring = Keyring::new(MailboxId(random()));
    ring.insert(1, EpochSecret::make()).expect("an epoch");
    let sealer = Sealer {
        library: world.clinic.clinician.library(),
        ring,
    };
    let chosen: Vec<_> = (0..SEALED).map(|_| Sheet::by_chance(&mut dice)).collect();
    let look = |way, sheets: &[Sheet]| -> Vec<(Look, Look)> {
        let each = sheets.iter();
        let each = each.map(|sheet| {
            let twin = |worried| sealer.look(sheet, worried, way);
            (twin(false), twin(true))
        });
        each.collect()
    };
    let right = look(Way::Right, &chosen);
    page += &say("sealing layer", &right);
    for ((calm, worried), sheet) in right.iter().zip(&chosen) {
        assert_eq!(calm, worried, "seed {seed}: {sheet:?}");
        assert_eq!(calm.entries.len(), 2);
    }
    assert_eq!(best_guess(&right).0, SEALED, "seed {seed}: chance");
    // What this is worth: three ways of doing it wrongly are told.
    let some = &chosen[..500];
    for (what, way, least) in [
        ("control: padded by content", Way::ByContent, 505),
        ("control: not padded", Way::Bare, 600),
        (
            "control: one entry only when positive",
            Way::OnlyWhenPositive,
            1000,
        ),
    ] {
        let wrong = look(way, some);
        page += &say(what, &wrong);
        let (right, _, by) = best_guess(&wrong);
        assert!(right >= least, "{what}: {right} by {by}\n{page}");
        assert!(wrong.iter().any(|(calm, worried)| calm != worried));
    }

    // Two real phones and a real server, whole sheets: one write and one sync each.
    let start = now();
    let (calm, calm_wire) = world.twin("Maren", start);
    let (worried, worried_wire) = world.twin("Tobin", start);
    let mut whole = Vec::new();
    for at in 0..count {
        let sheet = Sheet::by_chance(&mut dice);
        for (twin, is_worried) in [(&calm, false), (&worried, true)] {
            let one = WholeCheckIn {
                form: sheet.form.to_owned(),
                answers: sheet.answers(is_worried),
            };
            twin.phone.write_check_ins(&[one]).expect("saved");
            synchronise(&twin.phone);
        }
        let pair = (Look::of(&calm_wire.take()), Look::of(&worried_wire.take()));
        assert_eq!(pair.0, pair.1, "seed {seed}, sheet {at}: {sheet:?}");
        assert_eq!(pair.0.entries.len(), 2);
        whole.push(pair);
    }
    page += &say("phone and server, whole sheets", &whole);
    assert_eq!(best_guess(&whole).0, count, "seed {seed}: chance");

    // The same question by question, with pauses, syncs in between, questions that follow, and sheets that
    // nobody finishes. New phones: a long history is another subject.
    let (mut calm, calm_wire) = world.twin("Lena", start);
    let (mut worried, worried_wire) = world.twin("Hale", start);
    let mut asked = Vec::new();
    let mut ends = [0; 3];
    for at in 0..count.div_ceil(10) {
        let sheet = Sheet::by_chance(&mut dice);
        calm.fill(&sheet, false);
        worried.fill(&sheet, true);
        let pair = (Look::of(&calm_wire.take()), Look::of(&worried_wire.take()));
        assert_eq!(pair.0, pair.1, "seed {seed}, sheet {at}: {sheet:?}");
        asked.push(pair);
        ends[match sheet.end {
            End::HandedIn => 0,
            End::TakenUp(_) => 1,
            End::LeftForGood(_) => 2,
        }] += 1;
    }
    page += &say("phone and server, question by question", &asked);
    let _ = writeln!(page, "handed in, taken up again, left for good: {ends:?}");
    assert_eq!(best_guess(&asked).0, asked.len(), "seed {seed}: chance");
    assert!(
        asked.len() < 50 || ends.iter().all(|count| *count > 0),
        "{ends:?}"
    );

    // What this is worth, on the same wire: an answer that is changed is one entry more (SECURITY.md says so),
    // and a form of another size is told.
    let mut changed = Vec::new();
    let mut forms = Vec::new();
    for _ in 0..5 {
        let mut sheet = Sheet::by_chance(&mut dice);
        (sheet.form, sheet.item, sheet.worried) = ("phq9", "q9", 2);
        (sheet.end, sheet.between, sheet.follow) = (End::HandedIn, false, false);
        calm.fill(&sheet, false);
        changed.push((
            Look::of(&calm_wire.take()),
            changes_mind(&worried, &worried_wire),
        ));
        calm.fill(&sheet, false);
        (sheet.form, sheet.item) = ("daily-check-in", "urge-to-self-harm");
        worried.fill(&sheet, false);
        forms.push((Look::of(&calm_wire.take()), Look::of(&worried_wire.take())));
    }
    page += &say("control: an answer changed", &changed);
    page += &say("control: a PHQ-9 and a daily check-in", &forms);
    show(&page);
    assert_eq!(best_guess(&changed).0, 10);
    assert_eq!(best_guess(&forms).0, 10);
}

/// A PHQ-9 whose item 9 is answered twice.
fn changes_mind(twin: &Twin, wire: &Recorder) -> Look {
    let phone = &twin.phone;
    let form = phone.start_check_in("phq9").expect("a form");
    for number in [0, 2] {
        let value = handrail_companion::view::AnswerValue::Number { number };
        phone
            .answer(&form.check_in, "q9", Some(value))
            .expect("answered");
    }
    phone.submit(&form.check_in).expect("handed in");
    synchronise(phone);
    Look::of(&wire.take())
}
