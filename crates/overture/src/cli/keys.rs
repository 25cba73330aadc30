//! `keys`: which keys there are, a new one in the place of the one before, and an old one taken away.

use super::{Common, admin};
use crate::keys::rotation;
use anyhow::{Result, bail};
use clap::Subcommand;
use serde_json::json;
use std::process::ExitCode;
use store::{Scope, audit::Deed};

/// What `keys` can do.
#[derive(Subcommand)]
pub enum KeysCommand {
    /// List the keys, the newest first, with the number of secrets that each one seals
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Put a new key into the key file and bring every stored secret under it, while servers go on
    Rotate {
        #[command(flatten)]
        common: Common,
        /// Add no key: only bring secrets under the newest one (after a rotation that was cut short, or once every
        /// node has the new file)
        #[arg(long, conflicts_with = "only_add")]
        only_rewrap: bool,
        /// Only put the new key into the file of this node, for installations whose nodes have files of their own:
        /// copy it to the others, then run with --only-rewrap
        #[arg(long)]
        only_add: bool,
    },
    /// Take an old key out of the key file. Links in mails that it has signed (leave, click, open) work no more
    Retire {
        #[command(flatten)]
        common: Common,
        /// Id of the key
        id: String,
        /// Do it; without it nothing is changed
        #[arg(long)]
        yes: bool,
    },
}

/// Runs it.
pub async fn run(command: KeysCommand) -> Result<ExitCode> {
    match command {
        KeysCommand::List { common } => {
            let app = admin::offline(&common).await?;
            let counts = rotation::counts(&app.db).await?;
            let keys: Vec<_> = app
                .keys
                .ids()
                .iter()
                .enumerate()
                .map(|(n, id)| json!({ "id": id, "newest": n == 0, "secrets": counts.get(id).copied().unwrap_or(0) }))
                .collect();
            println!("{}", json!({ "keys": keys }));
            Ok(ExitCode::SUCCESS)
        }
        KeysCommand::Rotate { common, only_rewrap, only_add } => {
            rotate(&common, !only_rewrap, !only_add).await
        }
        KeysCommand::Retire { common, id, yes } => retire(&common, &id, yes).await,
    }
}

async fn rotate(common: &Common, add: bool, rewrap: bool) -> Result<ExitCode> {
    let app = admin::offline(common).await?;
    let added = add.then(|| app.keys.add()).transpose()?;
    let moved =
        if rewrap { rotation::rewrap_all(&app.db, &app.keys).await? } else { rotation::Moved::default() };
    let told = json!({ "added": added, "newest": app.keys.ids().first(), "secrets": moved });
    note(&app, "keys_rotate", &told).await?;
    println!("{told}");
    if !moved.unreadable.is_empty() {
        bail!(
            "{} stored secrets could not be read; they are listed above and stay as they are",
            moved.unreadable.len()
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn retire(common: &Common, id: &str, yes: bool) -> Result<ExitCode> {
    let app = admin::offline(common).await?;
    if !app.keys.ids().iter().any(|known| known == id) {
        bail!("there is no key {id}. `overture keys list` shows those there are");
    }
    let sealed = rotation::counts(&app.db).await?.get(id).copied().unwrap_or(0);
    if sealed > 0 {
        bail!(
            "the key {id} still seals {sealed} secrets. Run `overture keys rotate --only-rewrap` first; answers that are kept for who repeats a request go by themselves within a day"
        );
    }
    if !yes {
        bail!(
            "links in mails that {id} has signed would work no more, among them those to unsubscribe. Say --yes to do it"
        );
    }
    app.keys.remove(id)?;
    let told = json!({ "retired": id });
    note(&app, "keys_retire", &told).await?;
    println!("{told}");
    Ok(ExitCode::SUCCESS)
}

/// In the audit log of every workspace: the keys are everybody's.
async fn note(app: &crate::app::App, action: &str, data: &serde_json::Value) -> Result<()> {
    for workspace in store::workspace::all(&app.db).await? {
        let scope = Scope::system(workspace.id);
        let tx = app.db.begin().await?;
        let deed = Deed { action, subject: "", address: None, data };
        store::audit::write(&tx, &scope, deed, app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}
