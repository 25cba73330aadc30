//! Whose device this is: the server, the key and the employee id, in a file that nobody else can read.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

/// What pairing gave.
#[derive(Clone, Serialize, Deserialize)]
pub struct Account {
    /// `https://overture.example`
    pub server: String,
    /// The relayer key, which opens one member's approved messages and nothing else.
    pub key: String,
    /// The member's handle.
    pub employee_id: String,
    /// What this device is called.
    pub device: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("server", &self.server)
            .field("employee_id", &self.employee_id)
            .finish()
    }
}

/// The folder of one relayer.
#[derive(Debug, Clone)]
pub struct Home(PathBuf);

impl Home {
    /// In this folder, which is made if it is not there.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Self(folder.to_owned()))
    }

    /// Keeps the account, readable by its owner alone. It is there whole or not at all.
    pub fn save(&self, account: &Account) -> Result<()> {
        let (path, fresh) = (self.path(), self.0.join("relayer.json.new"));
        if fresh.exists() {
            fs::remove_file(&fresh)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&fresh).with_context(|| format!("cannot write {}", fresh.display()))?;
        file.write_all(&serde_json::to_vec_pretty(account)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &path)?;
        Ok(())
    }

    /// The account, if this device was paired. A file that others could read is refused.
    pub fn account(&self) -> Result<Option<Account>> {
        let path = self.path();
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.with_context(|| format!("cannot read {}", path.display()))?,
        };
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path)?.permissions());
            if mode & 0o077 != 0 {
                bail!(
                    "{} can be read by others, and holds a key. Make it yours alone with chmod 600, or pair again",
                    path.display()
                );
            }
        }
        Ok(Some(
            serde_json::from_str(&text)
                .with_context(|| format!("{} is not a relayer's file", path.display()))?,
        ))
    }

    /// Held as long as this relayer runs: two with one journal would not know of each other.
    pub fn lock(&self) -> Result<File> {
        let file = File::create(self.0.join("relayer.lock"))?;
        if file.try_lock().is_err() {
            bail!("a relayer is running with {} already", self.0.display());
        }
        Ok(file)
    }

    /// Where the journal is.
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal.jsonl")
    }

    fn path(&self) -> PathBuf {
        self.0.join("relayer.json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_key_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(&folder.path().join("deep")).unwrap();
        assert!(home.account().unwrap().is_none());
        let account = Account {
            server: "https://x.example".into(),
            key: "ovr_secret".into(),
            employee_id: "ines".into(),
            device: "Laptop".into(),
        };
        home.save(&account).unwrap();
        home.save(&account).unwrap();
        assert_eq!(fs::metadata(home.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(home.account().unwrap().unwrap().key, "ovr_secret");
        assert!(!format!("{account:?}").contains("secret"));
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(home.account().is_err());
        let held = home.lock().unwrap();
        assert!(home.lock().is_err());
        drop(held);
        assert!(home.lock().is_ok());
    }
}
