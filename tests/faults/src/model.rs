//! What a disk may hold after power was lost.
//!
//! Owns the rules, which are those of POSIX and no file system's kindness: what a file was synced with is
//! there; of the rest each sector of 512 bytes is there as it was at any moment since, or not at all, in no
//! order; so is the size. A name (made, moved, removed) is certain when its folder was synced, and may be
//! there or not before that, whatever became of the file's bytes. A sync that failed leaves to chance what
//! it should have written, and no later sync writes that.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::chance::Chance;
use crate::journal::Step;

/// Bytes that are written whole or not at all.
pub const SECTOR: usize = 512;

/// What stands behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
}

/// A change of names that is not certain yet.
#[derive(Debug, Clone)]
enum Naming {
    Add(PathBuf, Node),
    Move(PathBuf, PathBuf, Node),
    Remove(PathBuf, Node),
}

impl Naming {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Add(path, node) => drop(names.insert(path.clone(), *node)),
            Self::Move(from, to, node) => {
                if names.get(from) == Some(node) {
                    names.remove(from);
                }
                names.insert(to.clone(), *node);
            }
            Self::Remove(path, node) => {
                if names.get(path) == Some(node) {
                    names.remove(path);
                }
            }
        }
    }

    /// Syncing this folder makes it certain.
    fn is_in(&self, folder: &Path) -> bool {
        let parent = |path: &PathBuf| path.parent() == Some(folder);
        match self {
            Self::Add(path, _) | Self::Remove(path, _) => parent(path),
            Self::Move(_, to, _) => parent(to),
        }
    }
}

/// One file: what programs read, what is certain, and what it was in between.
#[derive(Debug, Clone, Default)]
struct File {
    now: Vec<u8>,
    certain: Vec<u8>,
    /// Each sector since the last sync, in order.
    since: BTreeMap<usize, Vec<Vec<u8>>>,
    sizes: Vec<usize>,
}

fn sector(bytes: &[u8], number: usize) -> Vec<u8> {
    let from = (number * SECTOR).min(bytes.len());
    let to = (from + SECTOR).min(bytes.len());
    let mut whole = bytes[from..to].to_vec();
    whole.resize(SECTOR, 0);
    whole
}

fn put(bytes: &mut Vec<u8>, number: usize, sector: &[u8]) {
    let from = number * SECTOR;
    if bytes.len() < from + SECTOR {
        bytes.resize(from + SECTOR, 0);
    }
    bytes[from..from + SECTOR].copy_from_slice(sector);
}

impl File {
    fn touch(&mut self, from: usize, to: usize) {
        for number in from / SECTOR..to.div_ceil(SECTOR) {
            let bytes = sector(&self.now, number);
            self.since.entry(number).or_default().push(bytes);
        }
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        if self.now.len() < end {
            self.now.resize(end, 0);
            self.sizes.push(end);
        }
        self.now[at..end].copy_from_slice(bytes);
        self.touch(at, end);
    }

    fn resize(&mut self, size: usize) {
        let before = self.now.len();
        self.now.resize(size, 0);
        self.sizes.push(size);
        // What was cut off reads as nothing when the file grows again.
        if size < before {
            self.touch(size, before);
        }
    }

    fn sync(&mut self) {
        for (number, versions) in std::mem::take(&mut self.since) {
            if let Some(last) = versions.last() {
                put(&mut self.certain, number, last);
            }
        }
        self.sizes.clear();
        self.certain.resize(self.now.len(), 0);
    }

    fn sync_failed(&mut self, chance: &mut Chance) {
        let left = self.after(chance, 50);
        self.certain = left;
        self.since.clear();
        self.sizes.clear();
    }

    /// What is there afterwards: each sector as it was at some moment, `keep` in a hundred of them as new
    /// as can be.
    fn after(&self, chance: &mut Chance, keep: usize) -> Vec<u8> {
        let mut bytes = self.certain.clone();
        for (number, versions) in &self.since {
            if chance.percent(keep) {
                put(&mut bytes, *number, &versions[versions.len() - 1]);
            } else {
                // 0: not at all.
                let which = chance.below(versions.len() + 1);
                if keep > 0 && which > 0 {
                    put(&mut bytes, *number, &versions[which - 1]);
                }
            }
        }
        let size = if self.sizes.is_empty() {
            self.certain.len()
        } else if chance.percent(keep) {
            self.now.len()
        } else if keep == 0 {
            self.certain.len()
        } else {
            let which = chance.below(self.sizes.len() + 1);
            which
                .checked_sub(1)
                .map_or(self.certain.len(), |which| self.sizes[which])
        };
        bytes.resize(size, 0);
        bytes
    }
}

/// How kind the disk was, in hundredths: how much of what was not certain is there all the same.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Of the bytes.
    pub bytes: usize,
    /// Of the names.
    pub names: usize,
    /// Names come in their order: after the first that is missing all are.
    pub in_order: bool,
}

impl Manner {
    /// Everything is there, as after a kill.
    pub const KILL: Self = Self {
        bytes: 100,
        names: 100,
        in_order: true,
    };

    /// One of many, the extremes among them.
    pub fn draw(chance: &mut Chance) -> Self {
        const SOME: [usize; 7] = [0, 0, 10, 50, 90, 100, 100];
        Self {
            bytes: SOME[chance.below(SOME.len())],
            names: SOME[chance.below(SOME.len())],
            in_order: chance.percent(50),
        }
    }
}

/// The disk, as the journal so far leaves it.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
    files: Vec<File>,
    by_number: BTreeMap<u64, usize>,
    now: BTreeMap<PathBuf, Node>,
    certain: BTreeMap<PathBuf, Node>,
    uncertain: Vec<Naming>,
    chance: Chance,
}

impl Disk {
    /// A folder as it is, all of it certain.
    ///
    /// # Panics
    ///
    /// When it cannot be read.
    pub fn of(root: &Path) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            files: Vec::new(),
            by_number: BTreeMap::new(),
            now: BTreeMap::new(),
            certain: BTreeMap::new(),
            uncertain: Vec::new(),
            chance: Chance::new(1),
        };
        disk.load(root);
        disk.certain = disk.now.clone();
        disk
    }

    fn load(&mut self, folder: &Path) {
        for item in std::fs::read_dir(folder).expect("a folder") {
            let path = item.expect("listed").path();
            if path.is_dir() {
                self.now.insert(path.clone(), Node::Folder);
                self.load(&path);
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            let number = std::fs::metadata(&path).expect("a file").ino();
            let node = self.add(number);
            if let Node::File(file) = node {
                self.files[file].certain.clone_from(&bytes);
                self.files[file].now = bytes;
            }
            self.now.insert(path, node);
        }
    }

    fn add(&mut self, number: u64) -> Node {
        self.files.push(File::default());
        let file = self.files.len() - 1;
        self.by_number.insert(number, file);
        Node::File(file)
    }

    fn file(&mut self, number: u64) -> Option<&mut File> {
        let file = *self.by_number.get(&number)?;
        Some(&mut self.files[file])
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.now);
        self.uncertain.push(naming);
    }

    /// The next step of the journal.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Create { file, path } => {
                let node = self.add(*file);
                self.name(Naming::Add(path.clone(), node));
            }
            Step::Folder(path) => self.name(Naming::Add(path.clone(), Node::Folder)),
            Step::Write { file, at, bytes } => {
                if let Some(file) = self.file(*file) {
                    file.write(*at, bytes);
                }
            }
            Step::Size { file, size } => {
                if let Some(file) = self.file(*file) {
                    file.resize(*size);
                }
            }
            Step::Sync { file, .. } => {
                if let Some(file) = self.file(*file) {
                    file.sync();
                }
            }
            Step::SyncFailed(number) => {
                let mut chance = self.chance.clone();
                if let Some(file) = self.file(*number) {
                    file.sync_failed(&mut chance);
                }
                self.chance = chance;
            }
            Step::SyncFolder(folder) => {
                let (done, left) = std::mem::take(&mut self.uncertain)
                    .into_iter()
                    .partition(|naming| naming.is_in(folder));
                self.uncertain = left;
                let done: Vec<Naming> = done;
                for naming in &done {
                    naming.apply(&mut self.certain);
                }
            }
            Step::Rename(from, to) => {
                if let Some(node) = self.now.get(from).copied() {
                    self.name(Naming::Move(from.clone(), to.clone(), node));
                }
            }
            Step::Link(from, to) => {
                if let Some(node) = self.now.get(from).copied() {
                    self.name(Naming::Add(to.clone(), node));
                }
            }
            Step::Remove(path) => {
                if let Some(node) = self.now.get(path).copied() {
                    self.name(Naming::Remove(path.clone(), node));
                }
            }
            Step::Said(_) | Step::Sent(_) => {}
        }
    }

    /// Power is lost now: writes what may be left into a folder. Shared memory of SQLite is no file on a
    /// disk, and is left out.
    ///
    /// # Panics
    ///
    /// When the folder does not take it.
    pub fn lose_power(&self, chance: &mut Chance, manner: Manner, to: &Path) {
        let mut names = self.certain.clone();
        for naming in &self.uncertain {
            if chance.percent(manner.names) {
                naming.apply(&mut names);
            } else if manner.in_order {
                break;
            }
        }
        std::fs::create_dir_all(to).expect("a folder");
        for (path, node) in &names {
            let inside = path.strip_prefix(&self.root).expect("below the root");
            let reachable = inside
                .ancestors()
                .skip(1)
                .filter(|above| !above.as_os_str().is_empty())
                .all(|above| names.get(&self.root.join(above)) == Some(&Node::Folder));
            if !reachable || path.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let target = to.join(inside);
            match node {
                Node::Folder => std::fs::create_dir_all(target).expect("a folder"),
                Node::File(file) => {
                    let bytes = self.files[*file].after(chance, manner.bytes);
                    std::fs::write(target, bytes).expect("a file");
                }
            }
        }
    }

    /// Where what programs would read now differs from a folder: empty when the journal tells everything
    /// that was done to it.
    ///
    /// # Panics
    ///
    /// When the folder cannot be read.
    pub fn differs_from(&self, folder: &Path) -> Vec<String> {
        let shared = |path: &Path| path.to_string_lossy().ends_with("-shm");
        let mut wrong = Vec::new();
        let mut seen = 0;
        for path in crate::files(folder) {
            if shared(&path) {
                continue;
            }
            let inside = path.strip_prefix(folder).expect("below it");
            seen += 1;
            let bytes = std::fs::read(&path).expect("a file");
            match self.now.get(&self.root.join(inside)) {
                Some(Node::File(file)) if self.files[*file].now == bytes => {}
                other => wrong.push(format!("{}: {other:?}", inside.display())),
            }
        }
        let known = self.now.iter();
        let known = known.filter(|(path, node)| matches!(node, Node::File(_)) && !shared(path));
        let known = known.count();
        if known != seen {
            wrong.push(format!("{known} files known, {seen} seen"));
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: u64 = 7;

    fn made(steps: &[Step]) -> (tempfile::TempDir, Disk) {
        let root = tempfile::tempdir().expect("a folder");
        let mut disk = Disk::of(root.path());
        disk.take(&Step::Create {
            file: FILE,
            path: root.path().join("a"),
        });
        for step in steps {
            disk.take(step);
        }
        (root, disk)
    }

    fn write(at: usize, byte: u8, length: usize) -> Step {
        Step::Write {
            file: FILE,
            at,
            bytes: vec![byte; length],
        }
    }

    fn sync() -> Step {
        Step::Sync {
            file: FILE,
            path: PathBuf::from("a"),
        }
    }

    /// What `name` holds after each of many losses of power.
    fn after(disk: &Disk, name: &str) -> Vec<Option<Vec<u8>>> {
        let mut chance = Chance::new(5);
        let each = (0..200).map(|_| {
            let to = tempfile::tempdir().expect("a folder");
            let manner = Manner::draw(&mut chance);
            disk.lose_power(&mut chance, manner, to.path());
            std::fs::read(to.path().join(name)).ok()
        });
        each.collect()
    }

    #[test]
    fn what_was_not_synced_is_torn_and_its_name_may_be_missing() {
        let (_root, disk) = made(&[write(0, 1, 4 * SECTOR)]);
        let found = after(&disk, "a");
        let torn = |bytes: &Vec<u8>| bytes.contains(&0) && bytes.contains(&1);
        assert!(found.iter().any(Option::is_none), "no name");
        assert!(found.iter().flatten().any(Vec::is_empty), "no bytes");
        assert!(found.iter().flatten().any(torn), "torn");
        assert!(found.iter().flatten().any(|b| *b == vec![1; 4 * SECTOR]));
    }

    #[test]
    fn a_synced_file_in_a_synced_folder_is_there_whole() {
        let (root, mut disk) = made(&[write(0, 1, 700), sync()]);
        assert!(after(&disk, "a").iter().any(Option::is_none), "its folder");
        disk.take(&Step::SyncFolder(root.path().to_owned()));
        assert!(
            after(&disk, "a")
                .iter()
                .all(|found| *found == Some(vec![1; 700]))
        );
        // Written over and not synced: old and new sectors, never anything else.
        disk.take(&write(0, 2, 700));
        for found in after(&disk, "a").into_iter().flatten() {
            assert_eq!(found.len(), 700);
            for part in found.chunks(SECTOR) {
                assert!(part.iter().all(|b| *b == part[0]) && (1..=2).contains(&part[0]));
            }
        }
    }

    #[test]
    fn a_name_moves_before_its_bytes_come_unless_both_were_synced() {
        let (root, mut disk) = made(&[write(0, 1, 700)]);
        let (from, to) = (root.path().join("a"), root.path().join("b"));
        disk.take(&Step::Rename(from, to));
        disk.take(&Step::SyncFolder(root.path().to_owned()));
        assert!(after(&disk, "b").iter().flatten().any(Vec::is_empty));
        disk.take(&sync());
        assert!(
            after(&disk, "b")
                .iter()
                .all(|found| *found == Some(vec![1; 700]))
        );
        assert!(after(&disk, "a").iter().all(Option::is_none));
    }

    #[test]
    fn what_a_failed_sync_dropped_no_later_one_brings_back() {
        let (root, mut disk) = made(&[write(0, 1, 40 * SECTOR), Step::SyncFailed(FILE), sync()]);
        disk.take(&Step::SyncFolder(root.path().to_owned()));
        let found = after(&disk, "a");
        assert!(found.iter().flatten().all(|bytes| bytes.contains(&0)));
    }
}
