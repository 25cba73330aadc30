//! The file that holds the keys: a line each, `id secret`, the newest last. The line `prints` is no key that ever
//! changes: under it things are found again (addresses that were erased, recovery codes).

use super::random;
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use std::{
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    time::SystemTime,
};

/// The line that is no key.
const PRINTS: &str = "prints";
const HEADER: &str = "# The keys of Overture. Without this file no stored secret can be read: keep a copy, apart from that of the database.\n";

/// One key.
#[derive(Clone)]
pub struct Key {
    /// Eight hexadecimal digits.
    pub id: String,
    /// From which all others are derived.
    pub secret: [u8; 32],
}

impl Key {
    /// A new one.
    pub fn draw() -> Self {
        Self { id: random::<4>().iter().map(|byte| format!("{byte:02x}")).collect(), secret: random() }
    }
}

/// The keys of a file.
pub struct Ring {
    /// Under what things are found again.
    pub prints: [u8; 32],
    /// Never empty; the newest is the last.
    keys: Vec<Key>,
}

/// By which a changed file is told.
#[derive(PartialEq, Eq)]
pub struct Stamp(SystemTime, u64);

impl Stamp {
    /// Of a file, where it can be looked at.
    pub fn of(path: &Path) -> Option<Self> {
        let about = std::fs::metadata(path).ok()?;
        Some(Self(about.modified().ok()?, about.len()))
    }
}

impl Ring {
    /// The key that everything new is made with.
    pub fn current(&self) -> &Key {
        self.keys.last().expect("a ring is never empty")
    }

    /// All keys.
    pub fn newest_first(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().rev()
    }

    /// A key by its id.
    pub fn find(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The ring with one key more, which is now the newest.
    pub fn with(&self, key: Key) -> Self {
        Self { prints: self.prints, keys: self.keys.iter().cloned().chain([key]).collect() }
    }

    /// The ring without a key, which must not be the newest.
    pub fn without(&self, id: &str) -> Result<Self> {
        ensure!(self.find(id).is_some(), "there is no key {id} in the file");
        ensure!(
            self.current().id != id,
            "{id} is the newest key: add another one first (overture keys rotate)"
        );
        Ok(Self { prints: self.prints, keys: self.keys.iter().filter(|key| key.id != id).cloned().collect() })
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the key file {}", path.display()))?;
        let broken = || {
            format!(
                "{} is not a key file. Restore it from your backup; without it stored credentials cannot be read",
                path.display()
            )
        };
        Self::parse(&text).with_context(broken)
    }

    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self> {
        let (mut prints, mut keys) = (None, Vec::<Key>::new());
        for (number, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // Never the line itself: it may be a secret.
            let wrong = || format!("line {} is not a name and 32 bytes in base64", number + 1);
            let (id, secret) = line.split_once(' ').with_context(wrong)?;
            let Ok(Ok(secret)) = B64.decode(secret.trim()).map(<[u8; 32]>::try_from) else { bail!(wrong()) };
            if id == PRINTS {
                ensure!(prints.replace(secret).is_none(), "it has the line {PRINTS} twice");
                continue;
            }
            ensure!(id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), wrong());
            ensure!(keys.iter().all(|key| key.id != id), "it has the key {id} twice");
            keys.push(Key { id: id.to_owned(), secret });
        }
        ensure!(!keys.is_empty(), "it has no key");
        Ok(Self { prints: prints.with_context(|| format!("it has no line {PRINTS}"))?, keys })
    }

    fn text(&self) -> String {
        let mut text = String::from(HEADER);
        let all = [(PRINTS, &self.prints)]
            .into_iter()
            .chain(self.keys.iter().map(|key| (key.id.as_str(), &key.secret)));
        for (id, secret) in all {
            writeln!(text, "{id} {}", B64.encode(secret)).expect("a String takes what it is given");
        }
        text
    }

    /// Makes a file with one key; another node of the same folder may have been first.
    pub fn create(path: &Path) -> Result<Self> {
        let lock = lock(path)?;
        if path.exists() {
            return Self::read(path);
        }
        let ring = Self { prints: random(), keys: vec![Key::draw()] };
        ring.replace(path)?;
        drop(lock);
        Ok(ring)
    }

    /// Changes a file: what is read, `change` turns into what is written. One process at a time.
    pub fn change(path: &Path, change: impl FnOnce(Self) -> Result<Self>) -> Result<Self> {
        let lock = lock(path)?;
        let ring = change(Self::read(path)?)?;
        ring.replace(path)?;
        drop(lock);
        Ok(ring)
    }

    /// Puts the ring in the place of a file in one step: whoever reads it finds the one or the other, whenever the
    /// power goes.
    fn replace(&self, path: &Path) -> Result<()> {
        let beside = path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&beside)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&beside, path)?;
            match path.parent() {
                Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
                _ => Ok(()),
            }
        };
        write().with_context(|| format!("cannot write the key file {}", path.display()))
    }
}

/// Held while a key file is made or changed.
fn lock(path: &Path) -> Result<File> {
    let beside = path.with_extension("lock");
    let take = || -> std::io::Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&beside)?;
        file.lock()?;
        Ok(file)
    };
    take().with_context(|| format!("cannot lock {}", beside.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_key_file_is_named_and_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let good = Ring::create(&path).unwrap();
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777,
            0o600
        );
        let (id, secret) = (&good.current().id, B64.encode(good.current().secret));
        let prints = format!("prints {}", B64.encode(good.prints));
        for text in [
            String::new(),
            "garbage".into(),
            secret.clone(),
            prints.clone(),
            format!("{id} {secret}"),
            format!("{prints}\n{id} {}", &secret[1..]),
            format!("{prints}\n{id} {secret}\n{id} {secret}"),
            format!("{prints}\n{prints}\n{id} {secret}"),
            format!("{prints}\nnonsense {secret}"),
        ] {
            std::fs::write(&path, &text).unwrap();
            let error =
                format!("{:#}", Ring::read(&path).err().unwrap_or_else(|| panic!("{text:?} was taken")));
            assert!(error.contains("is not a key file"), "{error}");
            assert!(!error.contains(&secret[1..]), "{error}");
        }
    }

    #[test]
    fn two_who_start_at_once_make_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let ids: Vec<String> = std::thread::scope(|scope| {
            let all: Vec<_> =
                (0..8).map(|_| scope.spawn(|| Ring::create(&path).unwrap().current().id.clone())).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}
