//! A clinic, a phone on a watched disk, and what one recording tells.

use std::path::{Path, PathBuf};

use handrail_care::id::Id;
use handrail_faults::chance::Chance;
use handrail_faults::disk::Watch;
use handrail_faults::journal::Step;
use handrail_faults::model::{Disk, Manner};
use handrail_faults::phone::Phone;
use handrail_story::Server;
use handrail_story::clinic::TestClinic;

/// Losses of power for each recording.
pub fn images() -> usize {
    handrail_faults::number_of("HANDRAIL_POWER_IMAGES", 120)
}

/// The program of the phone.
pub fn phone_program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_handrail-faulty-phone"))
}

/// A clinic with one patient; nothing of it is watched.
pub struct Clinic {
    pub place: tempfile::TempDir,
    pub server: Server,
    pub staff: TestClinic,
    pub patient: Id,
}

impl Clinic {
    pub fn new() -> Self {
        let place = handrail_faults::folder();
        let server = Server::start(&place.path().join("server"));
        let mut staff = TestClinic::set_up(&server, server.origin(), "Riverbend IOP");
        let patient = staff.add_patient("Maren");
        Self {
            place,
            server,
            staff,
            patient,
        }
    }

    /// A line that redeems a new invite.
    pub fn enrol(&mut self, patient: Id) -> String {
        let (link, code) = self.staff.invite(patient);
        format!("enrol {link} {code}")
    }

    /// How often each complete check-in stands in the clinician's chart.
    pub fn arrived(&mut self, patient: Id) -> std::collections::BTreeMap<String, usize> {
        self.staff.refresh();
        let status = self.staff.clinician.status();
        assert_eq!(status.faults, Vec::<String>::new());
        assert_eq!(status.quarantined, []);
        let chart = self.staff.clinician.chart(patient).expect("a chart");
        let mut count = std::collections::BTreeMap::new();
        for check_in in chart
            .check_ins()
            .into_iter()
            .filter(|one| one.is_complete())
        {
            *count.entry(check_in.id.to_string()).or_insert(0) += 1;
        }
        count
    }
}

impl Clinic {
    /// Complete check-ins in the clinician's chart, whatever else is put aside there.
    pub fn known_to_staff(&mut self) -> usize {
        self.staff.refresh();
        let chart = self.staff.clinician.chart(self.patient).expect("a chart");
        chart
            .check_ins()
            .into_iter()
            .filter(|one| one.is_complete())
            .count()
    }
}

/// A folder whose disk is watched, as it was before anything happened.
pub struct Watched {
    pub watch: Watch,
    pub before: Disk,
    _beside: tempfile::TempDir,
}

impl Watched {
    /// Of a folder, which is made when it is not there.
    pub fn new(root: &Path) -> Self {
        let beside = handrail_faults::folder();
        let watch = Watch::new(root, beside.path());
        let before = Disk::of(watch.root());
        Self {
            watch,
            before,
            _beside: beside,
        }
    }

    /// A phone on it, recorded.
    pub fn phone(&self) -> Phone {
        Phone::start(phone_program(), self.watch.root(), |command| {
            self.watch.over(command);
        })
    }

    /// What was recorded. The journal must tell everything: replayed, it gives the folder as it is.
    pub fn recording(self) -> Recording {
        let steps = self.watch.steps();
        let mut disk = self.before.clone();
        for (_, step) in &steps {
            disk.take(step);
        }
        assert_eq!(
            disk.differs_from(self.watch.root()),
            Vec::<String>::new(),
            "something was written past the journal"
        );
        Recording {
            before: self.before,
            steps,
        }
    }
}

/// One life on a watched disk.
#[derive(Clone)]
pub struct Recording {
    pub before: Disk,
    pub steps: Vec<(u64, Step)>,
}

/// What a loss of power left.
pub struct Left {
    /// Steps that had happened.
    pub after: usize,
    /// How kind the disk was.
    pub manner: Manner,
    /// The folder.
    pub folder: PathBuf,
    _place: tempfile::TempDir,
}

impl Recording {
    /// The same life on a disk that did not do the syncs that `lost` names.
    pub fn without(&self, lost: impl Fn(usize, &Step) -> bool) -> Self {
        let mut other = self.clone();
        for (number, (_, step)) in other.steps.iter_mut().enumerate() {
            if lost(number, step) {
                *step = Step::Sent(String::new());
            }
        }
        other
    }

    /// Steps before the one that a program heard when the journal was so long.
    pub fn steps_before(&self, length: u64) -> usize {
        self.steps.partition_point(|(end, _)| *end <= length)
    }

    /// Loses power at `count` random moments from `from` on (half of them right after something was
    /// said), and shows each time what is left.
    pub fn lose_power(&self, seed: u64, from: usize, count: usize, mut look: impl FnMut(Left)) {
        let mut chance = Chance::new(seed);
        let said: Vec<usize> = (from..self.steps.len())
            .filter(|number| matches!(self.steps[*number].1, Step::Said(_)))
            .collect();
        let mut moments: Vec<usize> = (0..count)
            .map(|_| {
                if !said.is_empty() && chance.percent(50) {
                    said[chance.below(said.len())] + 1
                } else {
                    from + 1 + chance.below(self.steps.len() - from)
                }
            })
            .collect();
        moments.sort_unstable();
        let mut disk = self.before.clone();
        let mut done = 0;
        for moment in moments {
            for (_, step) in &self.steps[done..moment] {
                disk.take(step);
            }
            done = moment;
            look(left(&disk, moment, Manner::draw(&mut chance), &mut chance));
        }
    }

    /// Loses power after so many steps, in one manner.
    pub fn lose_power_after(&self, moment: usize, manner: Manner, seed: u64) -> Left {
        let mut disk = self.before.clone();
        for (_, step) in &self.steps[..moment] {
            disk.take(step);
        }
        left(&disk, moment, manner, &mut Chance::new(seed))
    }
}

fn left(disk: &Disk, after: usize, manner: Manner, chance: &mut Chance) -> Left {
    let place = handrail_faults::folder();
    let folder = place.path().join("left");
    disk.lose_power(chance, manner, &folder);
    Left {
        after,
        manner,
        folder,
        _place: place,
    }
}

/// What SQLite says of a database; "ok", or nothing at all when there is no such file.
pub fn integrity(database: &Path) -> String {
    if !database.exists() {
        return "missing".to_owned();
    }
    let verdict = rusqlite::Connection::open(database)
        .and_then(|database| database.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)));
    verdict.unwrap_or_else(|error| error.to_string())
}

/// Whole check-ins, each with other answers.
pub fn sheets(count: usize) -> Vec<handrail_companion::WholeCheckIn> {
    use handrail_care::checkin::{Answer, Answers};
    let sheet = |number: usize| {
        let mut answers = Answers::default();
        for item in 1..=7 {
            let value = i64::try_from((number + item) % 4).expect("small");
            answers.set(format!("q{item}"), Answer::Value(value));
        }
        handrail_companion::WholeCheckIn {
            form: "gad7".to_owned(),
            answers,
        }
    };
    (0..count).map(sheet).collect()
}
