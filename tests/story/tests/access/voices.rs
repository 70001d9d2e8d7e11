//! Everyone writes every kind of entry into every mailbox, honestly and not: what the server says, and what
//! phones and a console believe once the bytes are there.

use std::collections::{BTreeMap, BTreeSet};

use handrail_care::chart::Place as Where;
use handrail_care::entry::{Author, Class, Entry, may_write};
use handrail_care::id::Id;
use handrail_mailbox::seal::open_unproven;
use handrail_story::clinic::synchronise;
use handrail_story::now;
use handrail_story::raw::seal::random;
use handrail_wire::id::EntryId;
use handrail_wire::sync::Offer;

use crate::kinds::{FUTURE, author, expected, may, samples};
use crate::show;
use crate::table::Table;
use crate::world::{ACTORS, Box, Verdict, World};
use crate::writer::{Try, Writer};

const VOICES: &str = include_str!("voices.txt");
const MAILBOXES: &str = include_str!("mailboxes.txt");
/// A mailbox of the other clinic, in the table of mailboxes.
const ELSEWHERE: &str = "other-care";
/// Nobody of these readers holds the mailbox.
const NEVER: &str = ".";
const BELIEVED: &str = "believed";

/// What became of each entry: believed, or the code with which it was put aside.
type Beliefs = BTreeMap<Id, String>;

/// The readers of a column.
struct Readers {
    column: &'static str,
    beliefs: Vec<(Vec<&'static str>, Beliefs)>,
}

impl Readers {
    /// What those who hold this mailbox made of an entry, when they all made the same of it.
    fn of(&self, one: &Try) -> Vec<String> {
        let hold = self.beliefs.iter();
        let hold = hold.filter(|(mailboxes, _)| mailboxes.contains(&one.mailbox));
        hold.map(|(_, beliefs)| {
            let aside = beliefs.get(&one.entry.id);
            aside.cloned().unwrap_or_else(|| BELIEVED.to_owned())
        })
        .collect()
    }
}

/// What a reader of this column must make of an entry, by the tables.
fn must(kinds: &Table, column: &str, cell: &str, class: Class, kind: &str) -> String {
    if author(cell, Id::default()).is_none() {
        return cell.to_owned();
    }
    let on_phone = column == "phones";
    if (on_phone && kind == FUTURE) || may(kinds, kind, class, cell) {
        BELIEVED.to_owned()
    } else if on_phone {
        "entry-not-allowed".to_owned()
    } else {
        "author-not-allowed".to_owned()
    }
}

/// Everything that is not as the tables say, and the table of voices as it was found.
fn compare(
    kinds: &Table,
    voices: &Table,
    tries: &[Try],
    readers: &[Readers],
) -> (Vec<String>, Table) {
    let mut differ = Vec::new();
    let mut found = voices.like();
    for (row, cells) in &voices.rows {
        let of_row: Vec<_> = tries.iter().filter(|one| one.row == *row).collect();
        assert!(!of_row.is_empty(), "{row}: was not tried");
        let mut line = Vec::new();
        for (readers, cell) in readers.iter().zip(cells) {
            let before = differ.len();
            for one in &of_row {
                let heard = readers.of(one);
                let must = must(kinds, readers.column, cell, one.class, &one.entry.kind);
                let right = match must.as_str() {
                    NEVER => heard.is_empty(),
                    must => !heard.is_empty() && heard.iter().all(|said| said == must),
                };
                if !right {
                    let kind = &one.entry.kind;
                    differ.push(format!(
                        "{row} | {kind} | {}: expected {must}, found {heard:?}",
                        readers.column
                    ));
                }
            }
            line.push(if differ.len() == before {
                cell.clone()
            } else {
                format!("NOT-{cell}")
            });
        }
        found.rows.push((row.clone(), line));
    }
    (differ, found)
}

/// Offers a row's entries as their writer; when the server does not store them, it is helped. Says what
/// the writer heard.
fn deliver(world: &World, tries: &mut [Try]) -> Verdict {
    let to = world.find(tries[0].mailbox).id;
    let name = tries[0].row.split(' ').next().expect("an actor").to_owned();
    let offers = || -> Vec<Offer> {
        let offers = tries.iter().map(|one| Offer {
            id: EntryId(one.entry.id.0),
            sealed: one.sealed.clone().into(),
        });
        offers.collect()
    };
    let (verdict, mut stored) = world.offer(&world.actor(&name).shows, to, offers());
    if verdict != Verdict::Write {
        let server = &world.actor("administrator").shows;
        let (said, by_server) = world.offer(server, to, offers());
        assert_eq!(said, Verdict::Write);
        stored = by_server;
    }
    for one in tries {
        one.place = stored[&EntryId(one.entry.id.0)];
    }
    verdict
}

fn phone_beliefs(world: &World) -> Readers {
    let holds: [&[&'static str]; 3] = [
        &["care", "family", "library"],
        &["care-2", "library"],
        &["family", "library"],
    ];
    let beliefs = world
        .readers
        .iter()
        .zip(holds)
        .map(|((name, phone), holds)| {
            synchronise(phone);
            let status = phone.sync_status().expect("open");
            assert!(status.faults.is_empty(), "{name}: {:?}", status.faults);
            let aside = status.quarantined.into_iter();
            let aside = aside.map(|one| (one.entry.parse().expect("an id"), one.reason));
            (holds.to_vec(), aside.collect())
        });
    Readers {
        column: "phones",
        beliefs: beliefs.collect(),
    }
}

fn console_beliefs(world: &mut World) -> Readers {
    world.clinic.clinician.refresh();
    let pumped = world.clinic.driver.pump(&mut world.clinic.clinician, now());
    assert_eq!(pumped, Ok(()));
    let status = world.clinic.clinician.status();
    let aside = status.quarantined.into_iter();
    Readers {
        column: "clinician",
        beliefs: vec![(
            world.boxes.iter().map(|one| one.name).collect(),
            aside.map(|one| (one.entry, one.reason)).collect(),
        )],
    }
}

/// What the server said to everyone about every mailbox.
fn reach(world: &World, said: &BTreeMap<(String, String), Verdict>) -> Table {
    let mut found = Table {
        columns: ACTORS.map(str::to_owned).to_vec(),
        rows: Vec::new(),
    };
    let names = world.boxes.iter().map(|one| one.name).chain([ELSEWHERE]);
    for mailbox in names {
        let cells = ACTORS.map(|actor| {
            let key = (actor.to_owned(), mailbox.to_owned());
            said[&key].word().to_owned()
        });
        found.rows.push((mailbox.to_owned(), cells.to_vec()));
    }
    found
}

/// Who was believed with which kind, by their own honest voice, at the console.
fn believed(kinds: &Table, tries: &[Try], console: &Readers) -> Table {
    let voices = [
        ("P", "patient own"),
        ("F", "family own"),
        ("C", "clinician own"),
        ("D", "front-desk own"),
        ("A", "administrator own"),
    ];
    let mut found = kinds.like();
    for (kind, _) in &kinds.rows {
        let cells = kinds.columns.iter().map(|class| {
            let letters = voices.iter().filter(|(letter, voice)| {
                // In care there is no family: a relative has no key.
                let row = format!("{voice} {class}");
                let mut of = tries.iter().filter(|one| one.row == row);
                let one = of.find(|one| one.entry.kind == *kind);
                let heard = one.map(|one| console.of(one));
                heard.is_some_and(|heard| heard == [BELIEVED])
                    && (*letter != "F" || class == "family")
            });
            let letters: String = letters.map(|(letter, _)| *letter).collect();
            if letters.is_empty() {
                "-".to_owned()
            } else {
                letters
            }
        });
        let cells = cells.collect();
        found.rows.push((kind.clone(), cells));
    }
    found
}

/// The same entries, read by someone who takes a claim for a proof.
fn loose(world: &World, tries: &[Try]) -> Beliefs {
    let rings = &world.actor("administrator").rings;
    let mut aside = Beliefs::new();
    for one in tries {
        let id = EntryId(one.entry.id.0);
        let ring = &rings[&world.find(one.mailbox).id];
        let verdict = match open_unproven(ring, id, one.sealed.clone()) {
            Err(error) => error.to_string(),
            Ok(bytes) => {
                let entry = Entry::parse(&bytes).expect("what was sealed");
                let claimed = Author::Clinician(entry.by);
                if may_write(one.class, claimed, &entry.kind) {
                    continue;
                }
                "author-not-allowed".to_owned()
            }
        };
        aside.insert(one.entry.id, verdict);
    }
    aside
}

#[test]
#[expect(clippy::too_many_lines, reason = "a story is told in one go")]
fn everyone_writes_every_kind_everywhere() {
    let mut world = World::new();
    let (kinds, voices) = (expected(), Table::parse(VOICES, 3));
    let before = world.clinic.clinician.chart(world.patient).cloned();
    let writer = Writer {
        samples: samples(&world),
        world: &world,
    };
    let count = writer.samples.len();
    let mut tries = Vec::new();
    let mut said = BTreeMap::new();
    for (row, _) in &voices.rows {
        let mut of_row = writer.write(row);
        let verdict = deliver(&world, &mut of_row);
        let words: Vec<_> = row.split(' ').map(str::to_owned).collect();
        let before = said.insert((words[0].clone(), words[2].clone()), verdict);
        assert!(before.is_none_or(|before| before == verdict), "{row}");
        tries.extend(of_row);
    }
    let elsewhere = Box {
        name: ELSEWHERE,
        id: *world.actor("other-phone").rings.keys().next().expect("one"),
        class: Class::Care,
    };
    for actor in ACTORS {
        let offer = Offer {
            id: EntryId(random()),
            sealed: vec![1; 545].into(),
        };
        let shows = &world.actor(actor).shows;
        let (verdict, _) = world.offer(shows, elsewhere.id, vec![offer]);
        said.insert((actor.to_owned(), ELSEWHERE.to_owned()), verdict);
    }
    // The last word is a refused one, so that whoever put it aside has read everything before it.
    let phones = phone_beliefs(&world);
    let mailboxes = Table::parse(MAILBOXES, 1);
    let found_mailboxes = reach(&world, &said);
    let readers = [phones, console_beliefs(&mut world)];

    let (differ, found) = compare(&kinds, &voices, &tries, &readers);
    let found_kinds = believed(&kinds, &tries, &readers[1]);
    let pages = [
        found_mailboxes.print("What the server lets whom do with a mailbox (mailboxes.txt):"),
        found_kinds.print("Who is believed with which kind, where (kinds.txt):"),
        found.print("How far a voice carries, over all kinds (voices.txt):"),
        format!(
            "{} entries: {} voices x {count} kinds.\n",
            tries.len(),
            voices.rows.len()
        ),
    ];
    show("access-entries.txt", &pages.join("\n"));
    assert_eq!(
        mailboxes.differences(&found_mailboxes),
        Vec::<String>::new()
    );
    assert_eq!(kinds.differences(&found_kinds), Vec::<String>::new());
    let few: Vec<_> = differ.iter().take(40).collect();
    assert!(differ.is_empty(), "{} cells: {few:#?}", differ.len());

    // What was put aside did nothing: the chart is what the believed entries alone make of it.
    let mut chart = before.expect("the patient's chart");
    let mut again = chart.clone();
    let mut applied = Vec::new();
    for one in tries.iter().filter(|one| one.mailbox == "care") {
        if readers[1].of(one) == [BELIEVED] {
            let cell = voices.cell(&one.row, "clinician").expect("a row");
            let by = author(cell, one.entry.by).expect("believed as somebody");
            let place = Where::at(one.place.0, one.place.1);
            chart.apply(Class::Care, &one.entry, by, place);
            applied.push((one, by, place));
        }
    }
    assert!(applied.len() > 100, "{}", applied.len());
    assert!(world.clinic.clinician.chart(world.patient) == Some(&chart));
    for (one, by, place) in &applied[1..] {
        again.apply(Class::Care, &one.entry, *by, *place);
    }
    assert!(again != chart, "one believed entry less is another chart");

    // What all this is worth. One wrong cell in each table is seen, and where.
    let mut wrong = voices.clone();
    wrong.rows[7].1[1] = "C".to_owned();
    let (seen, _) = compare(&kinds, &wrong, &tries, &readers);
    assert!(!seen.is_empty() && seen.iter().all(|line| line.starts_with(&wrong.rows[7].0)));
    let mut wrong = kinds.clone();
    let row = wrong.rows.iter_mut().find(|(kind, _)| kind == "check-in");
    row.expect("a row").1[0] = "PC".to_owned();
    let (seen, _) = compare(&wrong, &voices, &tries, &readers);
    assert!(!seen.is_empty() && seen.iter().all(|line| line.contains("| check-in |")));
    assert_eq!(wrong.differences(&found_kinds).len(), 1);
    let mut wrong = mailboxes.clone();
    wrong.rows[4].1[1] = "write".to_owned();
    assert_eq!(
        wrong.differences(&found_mailboxes),
        ["library | patient: expected write, found read"]
    );
    // A reader that believes a signature without a look at it is told from ours by the forged rows.
    let forged = |one: &Try| one.row.contains(" forged ") || one.row.contains(" moved ");
    let mut trusting = readers;
    let believes = &mut trusting[1].beliefs[0].1;
    believes.retain(|id, _| !tries.iter().any(|one| one.entry.id == *id && forged(one)));
    let forgeries: Vec<Try> = tries.into_iter().filter(forged).collect();
    believes.extend(loose(&world, &forgeries));
    let rows: BTreeSet<_> = forgeries.iter().map(|one| one.row.clone()).collect();
    let mut only_forged = voices.clone();
    only_forged.rows.retain(|(row, _)| rows.contains(row));
    let (seen, found) = compare(&kinds, &only_forged, &forgeries, &trusting);
    assert!(
        seen.len() >= forgeries.len(),
        "{} of {}",
        seen.len(),
        forgeries.len()
    );
    assert!(
        found
            .rows
            .iter()
            .all(|(_, cells)| cells[1].starts_with("NOT-"))
    );
    // And a chart with one forged entry is another chart.
    let forged_homework = forgeries
        .iter()
        .find(|one| one.mailbox == "care" && one.entry.kind == "homework-assigned")
        .expect("it was tried");
    let by = Author::Clinician(forged_homework.entry.by);
    let place = Where::at(forged_homework.place.0, forged_homework.place.1);
    chart.apply(Class::Care, &forged_homework.entry, by, place);
    assert!(world.clinic.clinician.chart(world.patient) != Some(&chart));
}

/// The mailbox of the other clinic is no mailbox here, and the names of the tables are all there.
#[test]
fn every_voice_has_a_known_actor_and_everyone_speaks_everywhere() {
    let voices = Table::parse(VOICES, 3);
    let mailboxes = Table::parse(MAILBOXES, 1);
    assert_eq!(mailboxes.columns, ACTORS);
    assert_eq!(voices.columns, ["phones", "clinician"]);
    for actor in ACTORS {
        for (mailbox, _) in &mailboxes.rows {
            let row = format!("{actor} own {mailbox}");
            assert!(voices.row(&row).is_some() || mailbox == ELSEWHERE, "{row}");
        }
    }
    for (row, _) in &voices.rows {
        let actor = row.split(' ').next().expect("an actor");
        assert!(ACTORS.contains(&actor), "{row}");
    }
}
