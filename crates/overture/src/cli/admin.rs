//! `admin`, `migrate` and `health`.

use super::{Common, call, log, person, serve};
use crate::{app::App, clock::Clock, outside, outside::Outside, people, people::Founder, privacy};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use domain::Channel;
use serde_json::json;
use std::{process::ExitCode, sync::Arc, time::Duration};
use store::{Scope, Sight, member, sender, sender::Sender, user, workspace};

/// What `admin` can do.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Create the first admin with a workspace; the password is read from standard input
    Create {
        #[command(flatten)]
        common: Common,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// Full name
        #[arg(long, default_value = "Admin")]
        name: String,
        /// Name of the workspace
        #[arg(long, default_value = "My workspace")]
        workspace: String,
        /// IANA time zone
        #[arg(long, default_value = "UTC")]
        time_zone: String,
    },
    /// Check that the database is whole and list what it holds
    CheckIntegrity {
        #[command(flatten)]
        common: Common,
    },
    /// Run a tool of the API as a member: `overture admin call member_list`
    Call {
        #[command(flatten)]
        common: Common,
        /// Name of the tool, one of those that `admin tools` lists
        name: String,
        /// Its input as JSON, or - for a pipe
        input: Option<String>,
        /// Id of the workspace, where there is more than one
        #[arg(long)]
        workspace: Option<String>,
        /// Handle of the member; the first admin without it
        #[arg(long = "as")]
        as_member: Option<String>,
    },
    /// List what `admin call` can do, a line of JSON for each
    Tools,
    /// Look at every line of the audit logs: whether one was changed, removed or put in past Overture. Keep the seals
    /// that this prints elsewhere: by them you see later that no end was cut off
    VerifyAudit {
        #[command(flatten)]
        common: Common,
    },
    /// Let somebody who has lost their second factor sign in with their password alone
    ResetSecondFactor {
        #[command(flatten)]
        common: Common,
        /// E-mail address
        email: String,
    },
    /// Print everything that is stored of one person, as JSON
    ExportPerson {
        #[command(flatten)]
        common: Common,
        /// Id of the contact (con_…), or an e-mail address or phone number of theirs
        person: String,
        /// Id of the workspace, where there is more than one
        #[arg(long)]
        workspace: Option<String>,
    },
    /// Erase one person for good and print the certificate
    ErasePerson {
        #[command(flatten)]
        common: Common,
        /// Id of the contact (con_…), or an e-mail address or phone number of theirs
        person: String,
        /// Id of the workspace, where there is more than one
        #[arg(long)]
        workspace: Option<String>,
        /// Do it; without it nothing is changed
        #[arg(long)]
        yes: bool,
    },
    /// Create a live workspace whose text messages go to a given Twilio-like server (for fault tests)
    #[command(hide = true)]
    SeedChaos {
        #[command(flatten)]
        common: Common,
        /// Base URL of the server
        #[arg(long)]
        twilio_base: String,
        /// Account of the server
        #[arg(long, default_value = "AC00000000000000000000000000000001")]
        account_sid: String,
        /// Token of the account
        #[arg(long, default_value = "sandbox-token")]
        auth_token: String,
        /// Contacts to create
        #[arg(long, default_value_t = 0)]
        count: u32,
    },
}

/// The product without its doors and loops, for commands.
pub async fn offline(common: &Common) -> Result<Arc<App>> {
    log("warn");
    let config = common.load()?;
    let (db, keys) = serve::open(&config).await?;
    let door = outside::Sandbox {
        http: String::new(),
        smtp: ([127, 0, 0, 1], 0).into(),
        account_sid: String::new(),
        auth_token: String::new(),
        email_secret: String::new(),
        meta_token: String::new(),
        meta_secret: String::new(),
    };
    let outside = Outside::new(door, Duration::from_secs(10));
    Ok(App::new(config, db, Clock::new(1.0), keys, outside, false))
}

/// Runs an admin command.
pub async fn run(command: AdminCommand) -> Result<ExitCode> {
    match command {
        AdminCommand::Create { common, email, name, workspace, time_zone } => {
            let mut password = String::new();
            std::io::stdin().read_line(&mut password).context("write the password to standard input")?;
            let app = offline(&common).await?;
            let founder = Founder {
                name,
                email,
                password: password.trim_end_matches(['\r', '\n']).to_owned(),
                workspace,
                time_zone,
                default_country: "US".into(),
            };
            people::check_founder(&founder).map_err(|e| anyhow::anyhow!("{}", e.message))?;
            let (workspace, member) =
                people::found(&app, founder).await.map_err(|e| anyhow::anyhow!("{}", e.message))?;
            println!("{}", json!({ "workspace_id": workspace, "member_id": member }));
        }
        AdminCommand::CheckIntegrity { common } => return check_integrity(&common).await,
        AdminCommand::Call { common, name, input, workspace, as_member } => {
            return call::call(&common, &name, input.as_deref(), workspace.as_deref(), as_member.as_deref())
                .await;
        }
        AdminCommand::Tools => return call::list(),
        AdminCommand::VerifyAudit { common } => return verify_audit(&common).await,
        AdminCommand::ResetSecondFactor { common, email } => reset_second_factor(&common, &email).await?,
        AdminCommand::ExportPerson { common, person, workspace } => {
            let (app, scope, id) = person::find(&common, &person, workspace.as_deref()).await?;
            let all = privacy::everything(&app, &scope, &id).await.map_err(told)?;
            person::note(&app, &scope, &id, "contact_export").await?;
            println!("{}", serde_json::to_string_pretty(&all)?);
        }
        AdminCommand::ErasePerson { common, person, workspace, yes } => {
            let (app, scope, id) = person::find(&common, &person, workspace.as_deref()).await?;
            if !yes {
                bail!("{id} would be erased for good. Say --yes to do it");
            }
            let certificate = privacy::erase(&app, &scope, &id).await.map_err(told)?;
            person::note(&app, &scope, &id, "contact_erase").await?;
            println!("{}", serde_json::to_string_pretty(&certificate)?);
        }
        AdminCommand::SeedChaos { common, twilio_base, account_sid, auth_token, count } => {
            seed_chaos(&common, &twilio_base, &account_sid, &auth_token, count).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Admins of a workspace cannot do it for who is in another one too; whoever runs the installation can.
async fn reset_second_factor(common: &Common, email: &str) -> Result<()> {
    let app = offline(common).await?;
    let key = people::address(email).map_err(|e| anyhow::anyhow!("{}", e.message))?.key;
    let user = user::by_email(&app.db, &key).await?;
    let user = user.with_context(|| format!("nobody here signs in as {email}"))?;
    let places = member::memberships(&app.db, &user.id).await?;
    let tx = app.db.begin().await?;
    let was_on = store::second_factor::remove(&tx, &user.id).await?;
    store::passkey::remove_all(&tx, &user.id).await?;
    for place in &places {
        let deed = store::audit::Deed {
            action: "member_reset_second_factor",
            subject: place.member_id.as_str(),
            address: None,
            data: &json!({ "by": "command line" }),
        };
        let scope = Scope::system(place.workspace_id.clone());
        store::audit::write(&tx, &scope, deed, app.clock.now()).await?;
    }
    tx.commit().await?;
    println!("{}", json!({ "email": user.email, "was_on": was_on }));
    Ok(())
}

fn told(error: crate::error::Error) -> anyhow::Error {
    anyhow::anyhow!("{}", error.message)
}

async fn check_integrity(common: &Common) -> Result<ExitCode> {
    let app = offline(common).await?;
    let verdict = app.db.integrity().await?;
    let messages = store::message::all_ids(&app.db).await?;
    let queued = store::message::queued_ids(&app.db).await?;
    let inbound = store::inbound_event::keys(&app.db).await?;
    let verdict = json!({ "ok": verdict == "ok", "verdict": verdict, "messages": messages, "queued": queued, "inbound": inbound });
    println!("{verdict}");
    Ok(if verdict["ok"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A line of JSON for each workspace; fails where one was tampered with.
async fn verify_audit(common: &Common) -> Result<ExitCode> {
    let app = offline(common).await?;
    let mut whole = true;
    for workspace in workspace::all(&app.db).await? {
        let verdict = crate::audit::verify(&app, &workspace.id).await.map_err(told)?;
        whole &= verdict.problems.is_empty();
        println!("{}", json!({ "workspace_id": workspace.id, "audit": verdict }));
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// E-mail of the admin of a workspace made for fault tests.
const CHAOS_EMAIL: &str = "chaos@overture.example";
const CHAOS_PASSWORD: &str = "chaos-password-1";

async fn seed_chaos(
    common: &Common,
    base: &str,
    account_sid: &str,
    auth_token: &str,
    count: u32,
) -> Result<()> {
    let app = offline(common).await?;
    let founder = Founder {
        name: "Chaos".into(),
        email: CHAOS_EMAIL.into(),
        password: CHAOS_PASSWORD.into(),
        workspace: "Chaos".into(),
        time_zone: "UTC".into(),
        default_country: "US".into(),
    };
    let (workspace_id, member) =
        people::found(&app, founder).await.map_err(|e| anyhow::anyhow!("{}", e.message))?;
    let scope = Scope::member(workspace_id.clone(), member, Sight::Workspace);
    let credentials = json!({ "account_sid": account_sid, "auth_token": auth_token, "base_url": base });
    let address = "+12025550100";
    let mut new = Sender::new(&workspace_id, Channel::Sms, "twilio", "Chaos", address);
    new.credentials = app.keys.seal(&outside::place(new.id.as_str()), &credentials.to_string())?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    workspace::set_send_mode(&tx, &scope, "live").await?;
    sender::save(&tx, &scope, &new, address, now).await?;
    for n in 0..count {
        let email = format!("person{n}@chaos.example");
        let fields = store::contact::Fields {
            email_key: Some(email.clone()),
            email: Some(email),
            ..Default::default()
        };
        store::contact::create(&tx, &scope, &store::new_id(domain::ids::ContactId::from_uuid), &fields, now)
            .await?;
    }
    tx.commit().await?;
    println!(
        "{}",
        json!({ "email": CHAOS_EMAIL, "password": CHAOS_PASSWORD, "workspace_id": workspace_id, "sender_id": new.id, "address": address })
    );
    Ok(())
}

/// `overture migrate`
pub async fn migrate(common: &Common) -> Result<ExitCode> {
    let app = offline(common).await?;
    app.db.ping().await?;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}

/// `overture health`: for container checks without curl.
pub async fn health(common: &Common) -> Result<ExitCode> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = common.load()?.listen;
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .with_context(|| format!("nothing listens on {address}"))?;
    stream.write_all(b"GET /health HTTP/1.0\r\nhost: localhost\r\n\r\n").await?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer).await?;
    if !answer.starts_with("HTTP/1.0 200") && !answer.starts_with("HTTP/1.1 200") {
        bail!("the node on {address} is not well: {}", answer.lines().next().unwrap_or_default());
    }
    println!("ok");
    Ok(ExitCode::SUCCESS)
}
