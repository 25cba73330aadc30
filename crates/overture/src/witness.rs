//! What a node notes outside the database: how often it claimed messages of each sender, written down after the claim was
//! committed and before its bytes leave. A database that knows of fewer claims than a note has gone back in time.
//!
//! A node keeps one file, `witness/<node>.log` in its data folder. A line is added without waiting for the disk, so that
//! sending pays next to nothing; the disk follows every second. The first line names the installation, the era (see
//! [`crate::restored`]) and the file itself, so that a folder that was copied is recognised.

use domain::ids::SenderId;
use domain::restored::Notes;
use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// A file of so many bytes is written anew, each sender once.
const LONG: u64 = 4 << 20;

/// What this node notes.
#[derive(Default)]
pub struct Witness {
    notes: Mutex<Own>,
}

#[derive(Default)]
struct Own {
    /// Nothing before the node has begun, and in tests that restart nothing.
    file: Option<File>,
    path: PathBuf,
    installation: String,
    era: String,
    known: HashMap<String, i64>,
    bytes: u64,
    is_dirty: bool,
}

/// A file of notes that was found.
#[derive(Debug)]
pub struct Found {
    /// The node that wrote it.
    pub node: String,
    /// Of which installation.
    pub installation: String,
    /// Of which era.
    pub era: String,
    /// The file is not the one that it says it is.
    pub is_copy: bool,
    /// How often messages of each sender were claimed, as far as this node knows.
    pub claims: HashMap<String, i64>,
    path: PathBuf,
}

impl Found {
    /// Takes the file away, if another node that looks here has not done so.
    pub fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}

/// Reads all notes in a data folder. What cannot be read is nothing.
pub fn read(data: &Path) -> io::Result<Vec<Found>> {
    let folder = match fs::read_dir(folder(data)) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in folder {
        let path = entry?.path();
        let Some(node) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".log")) else {
            continue;
        };
        let node = node.to_owned();
        let mut file = match File::open(&path) {
            Ok(file) => file,
            // Another node that looks here has taken away what a dead one left.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
        let ["overture", "1", installation, era, itself] = head[..] else { continue };
        let mut claims: HashMap<String, i64> = HashMap::new();
        // The last line may be torn: a number that lost digits is smaller, and one that is no number is skipped.
        for (sender, number) in lines.filter_map(|line| line.split_once(' ')) {
            let Ok(number) = number.parse::<i64>() else { continue };
            let most = claims.entry(sender.to_owned()).or_default();
            *most = number.max(*most);
        }
        found.push(Found {
            node,
            installation: installation.to_owned(),
            era: era.to_owned(),
            is_copy: identity(&file)? != itself,
            claims,
            path,
        });
    }
    Ok(found)
}

/// What the notes of one installation come to.
pub fn sum_up(found: &[Found], installation: Option<&str>) -> Notes {
    let mut ours =
        found.iter().filter(|one| Some(one.installation.as_str()) == installation).map(|one| one.is_copy);
    match ours.next() {
        None => Notes::Missing,
        Some(first) if first && ours.all(|is_copy| is_copy) => Notes::Copied,
        Some(_) => Notes::Ours,
    }
}

impl Witness {
    /// Begins to write down, or begins anew: from now on, in this era, with what the database says.
    pub fn begin(
        &self,
        data: &Path,
        node: &str,
        (installation, era): (&str, &str),
        claims: impl IntoIterator<Item = (SenderId, i64)>,
    ) -> io::Result<()> {
        fs::create_dir_all(folder(data))?;
        let mut own = self.own();
        own.path = folder(data).join(format!("{node}.log"));
        own.installation = installation.to_owned();
        own.era = era.to_owned();
        own.known = claims.into_iter().map(|(sender, number)| (sender.to_string(), number)).collect();
        own.rewrite()
    }

    /// The era of the notes.
    pub fn era(&self) -> String {
        self.own().era.clone()
    }

    /// Notes a claim that is committed, before anything of it leaves. `false` when a later one is known: the database
    /// has gone back.
    pub fn note(&self, sender: &SenderId, claims: i64) -> bool {
        let mut own = self.own();
        let known = own.known.get(sender.as_str()).copied().unwrap_or(0);
        if claims <= known {
            return false;
        }
        own.known.insert(sender.to_string(), claims);
        if let Err(error) = own.add(sender, claims) {
            // Messages do not wait for it: it is one witness of several, and the disk says so elsewhere as well.
            tracing::error!(%error, path = %own.path.display(), "a claim could not be noted beside the database");
        }
        true
    }

    /// Brings what was noted to the disk; long notes are written anew.
    pub fn sync(&self) -> io::Result<()> {
        let file = {
            let mut own = self.own();
            if !std::mem::take(&mut own.is_dirty) {
                return Ok(());
            }
            if own.bytes > LONG {
                return own.rewrite();
            }
            own.file.as_ref().map(File::try_clone).transpose()?
        };
        file.map_or(Ok(()), |file| file.sync_data())
    }

    fn own(&self) -> std::sync::MutexGuard<'_, Own> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Own {
    fn add(&mut self, sender: &SenderId, claims: i64) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let line = format!("{sender} {claims}\n");
        file.write_all(line.as_bytes())?;
        self.bytes += line.len() as u64;
        self.is_dirty = true;
        Ok(())
    }

    /// Writes a new file beside and puts it in place of the old one, so that there is always one that is whole.
    fn rewrite(&mut self) -> io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut file = File::create(&beside)?;
        let mut text = format!("overture 1 {} {} {}\n", self.installation, self.era, identity(&file)?);
        for (sender, number) in &self.known {
            text.push_str(&format!("{sender} {number}\n"));
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        self.bytes = text.len() as u64;
        self.file = Some(file);
        Ok(())
    }
}

fn folder(data: &Path) -> PathBuf {
    data.join("witness")
}

/// What tells a file from its copy: the number that the file system gave it, and when it came to be.
#[cfg(unix)]
fn identity(file: &File) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt;
    let meta = file.metadata()?;
    // Some file systems do not keep it.
    let born = meta.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    Ok(format!("{}-{}", meta.ino(), born.map_or(0, |at| at.as_nanos())))
}

/// There is no number here that programs may ask for: a copied folder is recognised by the other witnesses alone.
#[cfg(not(unix))]
fn identity(_: &File) -> io::Result<String> {
    Ok("any".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(n: u128) -> SenderId {
        SenderId::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn notes_are_found_again_and_a_copy_is_recognised() {
        let data = tempfile::tempdir().unwrap();
        let (one, two) = (sender(1), sender(2));
        let witness = Witness::default();
        witness.begin(data.path(), "n1", ("inst", "era"), [(one.clone(), 5)]).unwrap();
        assert!(witness.note(&one, 6) && witness.note(&two, 1) && witness.note(&one, 7));
        assert!(!witness.note(&one, 7), "the database gave the same number twice");
        witness.sync().unwrap();
        let found = read(data.path()).unwrap();
        assert_eq!(found[0].claims, HashMap::from([(one.to_string(), 7), (two.to_string(), 1)]));
        assert_eq!(sum_up(&found, Some("inst")), Notes::Ours);
        assert_eq!(sum_up(&found, Some("other")), Notes::Missing);

        // Its folder is copied, and a torn line stands at the end.
        let copy = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder(copy.path())).unwrap();
        let text = fs::read_to_string(data.path().join("witness/n1.log")).unwrap();
        fs::write(copy.path().join("witness/n1.log"), format!("{text}{one} 8x")).unwrap();
        let found = read(copy.path()).unwrap();
        assert_eq!(found[0].claims[one.as_str()], 7);
        if cfg!(unix) {
            assert_eq!(sum_up(&found, Some("inst")), Notes::Copied);
        }
    }
}
