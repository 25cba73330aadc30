//! What DNS says about the domain of an e-mail sender, in plain words, with what to put into it.

use super::account;
use crate::{
    app::App,
    dns::{Kind, Resolver},
    error::{Error, Result},
    tool::Ctx,
};
use domain::{
    Channel,
    ids::SenderId,
    mail_domain::{self, Asked, Finding, Grade, Records, USUAL_SELECTORS},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::sender;

/// What to look at.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Id of the sender.
    id: SenderId,
    /// The name (selector) under which the mail service keeps its key; the usual ones where it is left out.
    #[schemars(length(max = 63))]
    selector: Option<String>,
}

/// What was found.
#[derive(Serialize, JsonSchema)]
pub struct Report {
    id: SenderId,
    /// The domain that was looked at.
    domain: String,
    /// Whether nothing has to be done.
    ok: bool,
    /// Whether the sandbox answered, and not the world.
    sandbox: bool,
    findings: Vec<Finding>,
}

/// `POST /senders/{id}/domain-check`
pub async fn run(ctx: Ctx, input: Check) -> Result<Report> {
    let s = sender::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let domain = match s.address.rsplit_once('@') {
        Some((_, domain)) if s.channel == Channel::Email => domain.trim_end_matches('.').to_lowercase(),
        _ => return Err(Error::conflict("sender.no_domain", "Only an e-mail sender has a domain to check")),
    };
    let selectors = match input.selector.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        None => USUAL_SELECTORS.map(str::to_owned).to_vec(),
        Some(text) if is_selector(text) => vec![text.to_lowercase()],
        Some(_) => {
            let message = "A selector has letters, digits, dashes and dots, as in “google” or “s1”";
            return Err(Error::field("sender.selector_invalid", "selector", message));
        }
    };
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let is_live = workspace.send_mode == "live";
    let account = account::unseal(&ctx.app, &s)?;
    let server = account.and_then(|it| it["host"].as_str().map(str::to_owned)).filter(|_| is_live);
    let world = World::of(&ctx.app, is_live)?;
    let records = read(&world, domain, server, &selectors).await;
    let findings = mail_domain::findings(&records);
    let ok = findings.iter().all(|finding| finding.grade == Grade::Good);
    Ok(Report { id: s.id, domain: records.domain, ok, sandbox: !is_live, findings })
}

fn is_selector(text: &str) -> bool {
    text.len() <= 63
        && text.split('.').all(|label| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
}

/// Who answers.
enum World<'a> {
    Outside(Box<Resolver>),
    Sandbox(&'a App),
}

impl<'a> World<'a> {
    fn of(app: &'a App, is_live: bool) -> Result<Self> {
        if !is_live {
            return Ok(World::Sandbox(app));
        }
        Ok(World::Outside(Box::new(Resolver::new(app.config.dns_resolver)?)))
    }

    async fn ask(&self, name: &str, kind: Kind) -> Asked {
        match self {
            World::Outside(resolver) => resolver.ask(name, kind).await,
            World::Sandbox(app) => app.outside.sandbox_dns(name, kind.as_str()).await,
        }
    }
}

async fn read(world: &World<'_>, domain: String, server: Option<String>, selectors: &[String]) -> Records {
    let keys = selectors.iter().map(|selector| {
        let name = format!("{selector}._domainkey.{domain}");
        async move { (selector.clone(), world.ask(&name, Kind::Text).await) }
    });
    let (texts, keys, (policies, policy_of), servers) = tokio::join!(
        world.ask(&domain, Kind::Text),
        futures::future::join_all(keys),
        policy(world, &domain),
        world.ask(&domain, Kind::Mail),
    );
    Records { server, texts, keys, policies, policy_of, servers, domain }
}

/// The policy of a domain, else that of one above it; and where it was found.
async fn policy(world: &World<'_>, domain: &str) -> (Asked, String) {
    let mut at = domain;
    loop {
        let asked = world.ask(&format!("_dmarc.{at}"), Kind::Text).await;
        let is_nothing = asked.as_ref().is_ok_and(Vec::is_empty);
        match at.split_once('.') {
            Some((_, above)) if is_nothing && above.contains('.') => at = above,
            _ if is_nothing => return (asked, domain.to_owned()),
            _ => return (asked, at.to_owned()),
        }
    }
}
