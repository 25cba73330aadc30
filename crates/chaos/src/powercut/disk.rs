//! A disk as a power cut leaves it: what was synced is there, what was not is there or not.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rand::Rng;
use rand::rngs::StdRng;

use crate::powercut::log::Deed;

/// The unit that a disk writes whole.
const SECTOR: usize = 512;

/// What becomes of the writes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// None reached the disk.
    Dropped,
    /// Any of them did. The order in which disjoint writes did cannot be seen afterwards, and of writes to
    /// one place the page cache only ever holds the last: so a subset, laid down in order, is any order.
    Some,
    /// As with [`Fate::Some`], and each by sectors of which some are missing.
    Torn,
}

/// All of them.
pub const FATES: [Fate; 3] = [Fate::Dropped, Fate::Some, Fate::Torn];

#[derive(Debug)]
enum Change {
    Write { offset: u64, data: Vec<u8> },
    Truncate { length: u64 },
}

#[derive(Debug, Default)]
struct Content {
    durable: Vec<u8>,
    /// With the length of the log behind each.
    pending: Vec<(u64, Change)>,
}

#[derive(Debug, Clone)]
enum Naming {
    Bind(PathBuf, usize),
    Drop(PathBuf),
}

impl Naming {
    fn path(&self) -> &Path {
        match self {
            Naming::Bind(path, _) | Naming::Drop(path) => path,
        }
    }

    fn lay_down(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Naming::Bind(path, content) => drop(names.insert(path.clone(), *content)),
            Naming::Drop(path) => drop(names.remove(path)),
        }
    }
}

/// The files of one folder, as of some length of the log.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    contents: Vec<Content>,
    /// As the running program sees them.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    pending_names: Vec<(u64, Naming)>,
    /// The shim's number of a file -> its content.
    numbers: HashMap<u32, usize>,
}

impl Disk {
    /// The folder as it is now, all of it durable.
    pub fn of(root: &Path) -> Result<Disk> {
        let mut disk = Disk {
            root: root.to_owned(),
            contents: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
            numbers: HashMap::new(),
        };
        disk.read_folder(root)?;
        disk.durable_names = disk.names.clone();
        Ok(disk)
    }

    fn read_folder(&mut self, folder: &Path) -> Result<()> {
        for entry in std::fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                self.read_folder(&path)?;
            } else {
                let durable = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
                self.names.insert(path, self.contents.len());
                self.contents.push(Content { durable, pending: Vec::new() });
            }
        }
        Ok(())
    }

    /// One more deed; `position` is the length of the log behind it.
    pub fn apply(&mut self, position: u64, deed: Deed) -> Result<()> {
        match deed {
            Deed::OpenNew { file, path } => {
                let content = self.contents.len();
                self.contents.push(Content::default());
                self.numbers.insert(file, content);
                self.name(position, Naming::Bind(path, content));
            }
            Deed::OpenOld { file, path } => {
                let content =
                    *self.names.get(&path).with_context(|| format!("{} is not known", path.display()))?;
                self.numbers.insert(file, content);
            }
            Deed::Write { file, offset, data } => {
                self.content(file)?.pending.push((position, Change::Write { offset, data }));
            }
            Deed::Truncate { file, length } => {
                self.content(file)?.pending.push((position, Change::Truncate { length }));
            }
            Deed::Sync { file, begun } => self.sync(file, begun)?,
            Deed::Unlink { path } => self.name(position, Naming::Drop(path)),
            Deed::Rename { from, to } => {
                let content =
                    *self.names.get(&from).with_context(|| format!("{} is not known", from.display()))?;
                self.name(position, Naming::Bind(to, content));
                self.name(position, Naming::Drop(from));
            }
            Deed::SyncFolder { path, begun } => {
                self.sync_names(|at, naming| at <= begun && naming.path().parent() == Some(&path));
            }
        }
        Ok(())
    }

    fn name(&mut self, position: u64, naming: Naming) {
        naming.lay_down(&mut self.names);
        self.pending_names.push((position, naming));
    }

    fn content(&mut self, file: u32) -> Result<&mut Content> {
        let content = self.numbers.get(&file).with_context(|| format!("file {file} was never opened"))?;
        Ok(&mut self.contents[*content])
    }

    fn sync(&mut self, file: u32, begun: u64) -> Result<()> {
        let content = self.content(file)?;
        let pending = std::mem::take(&mut content.pending);
        for (at, change) in pending {
            match at <= begun {
                true => change.lay_down(&mut content.durable),
                false => content.pending.push((at, change)),
            }
        }
        // A file system that syncs a new file syncs its name with it.
        let number = self.numbers[&file];
        self.sync_names(|at, naming| {
            at <= begun && matches!(naming, Naming::Bind(_, bound) if *bound == number)
        });
        Ok(())
    }

    fn sync_names(&mut self, is_synced: impl Fn(u64, &Naming) -> bool) {
        let durable = &mut self.durable_names;
        self.pending_names.retain(|(at, naming)| {
            let synced = is_synced(*at, naming);
            if synced {
                naming.lay_down(durable);
            }
            !synced
        });
    }

    /// Writes into `folder` what a cut at this instant leaves. The shared memory of SQLite is left out: it
    /// means nothing to a process that was not there, and is made anew.
    pub fn write_after_cut(&self, fate: Fate, rng: &mut StdRng, folder: &Path) -> Result<()> {
        let mut names = self.durable_names.clone();
        if fate != Fate::Dropped {
            // A journalling file system keeps the order of names: some first part of them is there.
            let kept = rng.random_range(0..=self.pending_names.len());
            self.pending_names[..kept].iter().for_each(|(_, naming)| naming.lay_down(&mut names));
        }
        for (path, content) in names {
            let inner = path.strip_prefix(&self.root).context("a file outside of the folder")?;
            if inner.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let target = folder.join(inner);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
            }
            let bytes = self.contents[content].after_cut(fate, rng);
            std::fs::write(&target, bytes).with_context(|| format!("writing {}", target.display()))?;
        }
        Ok(())
    }
}

impl Content {
    fn after_cut(&self, fate: Fate, rng: &mut StdRng) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for (_, change) in &self.pending {
            match (fate, change) {
                (Fate::Dropped, _) => {}
                (Fate::Torn, Change::Write { offset, data }) => {
                    let mut at = *offset;
                    let mut rest = data.as_slice();
                    while !rest.is_empty() {
                        let (sector, behind) = rest.split_at(rest.len().min(SECTOR - at as usize % SECTOR));
                        if rng.random() {
                            write_at(&mut bytes, at, sector);
                        }
                        at += sector.len() as u64;
                        rest = behind;
                    }
                }
                (Fate::Some | Fate::Torn, change) => {
                    if rng.random() {
                        change.lay_down(&mut bytes);
                    }
                }
            }
        }
        bytes
    }
}

impl Change {
    fn lay_down(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write { offset, data } => write_at(bytes, *offset, data),
            Change::Truncate { length } => bytes.resize(*length as usize, 0),
        }
    }
}

fn write_at(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) {
    let start = offset as usize;
    let end = start + data.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(data);
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn after(deeds: Vec<Deed>, fate: Fate, seed: u64) -> BTreeMap<String, Vec<u8>> {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::write(root.path().join("old"), b"old").expect("a file");
        let mut disk = Disk::of(root.path()).expect("a disk");
        for (position, deed) in (1..).zip(deeds) {
            let deed = match deed {
                Deed::OpenNew { file, path } => Deed::OpenNew { file, path: root.path().join(path) },
                Deed::OpenOld { file, path } => Deed::OpenOld { file, path: root.path().join(path) },
                Deed::Rename { from, to } => {
                    Deed::Rename { from: root.path().join(from), to: root.path().join(to) }
                }
                Deed::SyncFolder { begun, .. } => Deed::SyncFolder { path: root.path().to_owned(), begun },
                other => other,
            };
            disk.apply(position, deed).expect("a good deed");
        }
        let cut = tempfile::tempdir().expect("a folder");
        disk.write_after_cut(fate, &mut StdRng::seed_from_u64(seed), cut.path()).expect("a cut");
        let files = std::fs::read_dir(cut.path()).expect("a list").map(|entry| entry.expect("an entry"));
        files
            .map(|file| {
                (file.file_name().into_string().expect("a name"), std::fs::read(file.path()).expect("bytes"))
            })
            .collect()
    }

    fn write(file: u32, offset: u64, data: &[u8]) -> Deed {
        Deed::Write { file, offset, data: data.to_vec() }
    }

    #[test]
    fn a_cut_drops_what_no_sync_covers() {
        let deeds = || {
            vec![
                Deed::OpenOld { file: 1, path: "old".into() },
                write(1, 0, b"new"),
                write(1, 3, b"er"),
                Deed::Sync { file: 1, begun: 2 },
                Deed::OpenNew { file: 2, path: "never-synced".into() },
                write(2, 0, b"x"),
            ]
        };
        assert_eq!(after(deeds(), Fate::Dropped, 1), BTreeMap::from([("old".to_owned(), b"new".to_vec())]));
        let outcomes: std::collections::BTreeSet<_> =
            (0..40).map(|seed| after(deeds(), Fate::Some, seed)).collect();
        assert!(outcomes.iter().all(|files| files["old"].starts_with(b"new")));
        assert!(outcomes.iter().any(|files| files["old"] == b"newer"));
        assert!(outcomes.iter().any(|files| files.contains_key("never-synced")));
    }

    #[test]
    fn a_torn_write_misses_whole_sectors() {
        let data = [7; 3 * SECTOR];
        let deeds = || vec![Deed::OpenOld { file: 1, path: "old".into() }, write(1, 0, &data)];
        for seed in 0..40 {
            let bytes = after(deeds(), Fate::Torn, seed).remove("old").expect("the file");
            for sector in bytes.chunks(SECTOR).filter(|sector| sector.len() == SECTOR) {
                assert!(sector.iter().all(|byte| *byte == sector[0]) || sector.starts_with(b"old"));
            }
        }
    }

    #[test]
    fn a_rename_lasts_once_its_folder_is_synced() {
        let deeds = |synced: bool| {
            let mut deeds = vec![
                Deed::OpenNew { file: 1, path: "new".into() },
                write(1, 0, b"fresh"),
                Deed::Sync { file: 1, begun: 2 },
                Deed::Rename { from: "new".into(), to: "old".into() },
            ];
            if synced {
                deeds.push(Deed::SyncFolder { path: PathBuf::new(), begun: 4 });
            }
            deeds
        };
        let before = after(deeds(false), Fate::Dropped, 1);
        assert_eq!((before["old"].as_slice(), before["new"].as_slice()), (&b"old"[..], &b"fresh"[..]));
        assert_eq!(
            after(deeds(true), Fate::Dropped, 1),
            BTreeMap::from([("old".to_owned(), b"fresh".to_vec())])
        );
    }
}
