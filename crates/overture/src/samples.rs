//! What a new workspace starts with (senders for the sandbox, a gallery of funnels), and the people and
//! campaigns of the demo.

use crate::{
    app::App,
    campaigns::{self, Audience, Create},
    error::{Error, Result},
    outside,
    tool::Ctx,
};
use domain::{
    Channel,
    funnel::Graph,
    ids::{ContactId, FunnelId},
    schedule::SendWindow,
};
use serde::Deserialize;
use std::sync::Arc;
use store::{
    Scope, Tx, company,
    contact::{self, Fields},
    funnel,
    sender::{self, Sender},
};

const GALLERY: &str = include_str!("../samples/funnels.json");

#[derive(Deserialize)]
struct Sample {
    name: String,
    description: String,
    graph: Graph,
}

fn gallery() -> Result<Vec<Sample>> {
    Ok(serde_json::from_str(GALLERY)?)
}

/// Area codes whose 555-01xx the sandbox gives out.
const SENDER_AREAS: [u16; 8] = [202, 206, 214, 305, 404, 503, 602, 713];

/// A number of 555-01xx, which is fiction's range, that no other workspace of the installation has. The id says where
/// to begin.
async fn free_number(tx: &Tx, scope: &Scope) -> Result<String> {
    let first = scope.workspace.as_str().bytes().map(usize::from).sum::<usize>();
    let numbers = (0..90 * SENDER_AREAS.len()).map(|step| {
        let n = first + step;
        format!("+1{}55501{:02}", SENDER_AREAS[n / 90 % SENDER_AREAS.len()], 10 + n % 90)
    });
    for number in numbers {
        if !sender::is_taken(tx, Channel::Sms, &number).await? {
            return Ok(number);
        }
    }
    Err(Error::conflict("sender.none_free", "There is no sandbox number left for one more workspace"))
}

/// Gives a new workspace its sandbox senders and the gallery.
pub async fn equip(app: &App, tx: &Tx, scope: &Scope) -> Result<()> {
    let now = app.clock.now();
    let number = free_number(tx, scope).await?;
    let tag: String = scope.workspace.as_str().chars().rev().take(6).collect();
    let senders = [
        (Channel::Email, "smtp", format!("hello@{tag}.sandbox.example"), Some(600)),
        (Channel::Sms, "twilio", number, Some(300)),
    ];
    for (channel, provider, address, rate) in senders {
        let mut new = Sender {
            rate_per_minute: rate,
            daily_cap: Some(2_000),
            ..Sender::new(&scope.workspace, channel, provider, "Nora from Overture", &address)
        };
        new.credentials = app.keys.seal(&outside::place(new.id.as_str()), "{}")?;
        sender::save(tx, scope, &new, &address, now).await?;
    }
    for sample in gallery()? {
        let id = store::new_id(FunnelId::from_uuid);
        funnel::create(
            tx,
            scope,
            &id,
            &sample.name,
            &sample.description,
            &serde_json::to_string(&sample.graph)?,
            now,
        )
        .await?;
    }
    Ok(())
}

const FIRST: &[&str] = &[
    "Maya", "Tomás", "Adaeze", "Henrik", "Priya", "Luca", "Grace", "Noor", "Elin", "Jonas", "Sofia", "Kwame",
    "Ingrid", "Mateo", "Aiko", "Farah", "Oskar", "Leila", "Bram", "Chiara",
];
const LAST: &[&str] = &[
    "Lindqvist",
    "Ferreira",
    "Okafor",
    "Sato",
    "Raman",
    "Moretti",
    "Kim",
    "Haddad",
    "Berg",
    "Novak",
    "Silva",
    "Mensah",
    "Dahl",
];
/// Name, city, country, what it does, how many work there.
const COMPANIES: &[(&str, &str, &str, &str, i64)] = &[
    ("Nordlys", "Oslo", "Norway", "Event technology", 240),
    ("Ferreira Logistics", "Porto", "Portugal", "Logistics", 1_850),
    ("Okafor Solar", "Lagos", "Nigeria", "Renewable energy", 320),
    ("Sato Robotics", "Osaka", "Japan", "Industrial automation", 4_100),
    ("Blue Fjord", "Bergen", "Norway", "Shipping", 95),
    ("Halden Foods", "Austin", "United States", "Food", 760),
    ("Moretti Studio", "Milan", "Italy", "Design", 18),
    ("Clearwater Labs", "Boston", "United States", "Software", 130),
    ("Dahl & Daughters", "Copenhagen", "Denmark", "Recruiting", 42),
];

/// The letters and digits of a name, as they stand in an address.
fn plain(text: &str) -> String {
    text.to_lowercase().replace('á', "a").replace(|c: char| !c.is_ascii_alphanumeric(), "")
}
const TITLES: &[&str] =
    &["Head of Growth", "Sales Manager", "Founder", "VP Sales", "Revenue Operations", "Marketing Lead"];
const AREAS: &[u32] = &[212, 310, 415, 512, 617, 702, 303];

/// The person with this number: the same for everybody who asks.
fn person(n: usize) -> Fields {
    let (first, last) = (FIRST[n % FIRST.len()], LAST[(n * 5 + n / FIRST.len()) % LAST.len()]);
    let (company, city, country, ..) = COMPANIES[n * 7 % COMPANIES.len()];
    let email = format!("{}.{}@{}.example", plain(first), plain(last), plain(company));
    Fields {
        email_key: Some(email.clone()),
        email: Some(email),
        // Every ninth has no phone, so that the skipped step can be seen.
        phone: (n % 9 != 8).then(|| format!("+1{}55501{:02}", AREAS[n % AREAS.len()], 10 + n % 90)),
        first_name: (n % 13 != 12).then(|| first.to_owned()),
        last_name: Some(last.to_owned()),
        company: Some(company.to_owned()),
        title: Some(TITLES[n % TITLES.len()].to_owned()),
        city: Some(city.to_owned()),
        country: Some(country.to_owned()),
        time_zone: None,
        status: None,
    }
}

/// Writes down what is known of the companies that the people of the demo are with.
async fn describe_companies(tx: &Tx, scope: &Scope, now: i64) -> Result<()> {
    for (name, city, country, industry, employees) in COMPANIES {
        let fields = company::Fields {
            name: (*name).to_owned(),
            domain: Some(format!("{}.example", plain(name))),
            industry: Some((*industry).to_owned()),
            employee_count: Some(*employees),
            city: Some((*city).to_owned()),
            country: Some((*country).to_owned()),
            ..company::Fields::default()
        };
        let id = company::ensure(tx, scope, name, now).await?;
        company::update(tx, scope, &id, &fields, now).await?;
    }
    Ok(())
}

/// Fills the demo's workspace and starts two campaigns: one that happens within minutes, one over days.
pub async fn fill(app: &Arc<App>, scope: &Scope) -> Result<()> {
    let ctx = Ctx {
        app: app.clone(),
        scope: scope.clone(),
        role: "admin".into(),
        session: None,
        console: false,
        key: None,
        address: None,
    };
    let (mut soon, mut slow) = (Vec::new(), Vec::new());
    let tx = app.db.begin().await?;
    for n in 0..72 {
        let id = store::new_id(ContactId::from_uuid);
        contact::create(&tx, scope, &id, &person(n), app.clock.now()).await?;
        if n < 48 { soon.push(id) } else { slow.push(id) }
    }
    describe_companies(&tx, scope, app.clock.now()).await?;
    app.commit(tx).await?;
    let funnels = funnel::list(&app.db, scope).await?;
    let weekdays = SendWindow::new(&[1, 2, 3, 4, 5], 8 * 60, 18 * 60).map_err(anyhow::Error::from)?;
    let plans = [
        ("Product tour", "Quick tour", soon, vec![]),
        ("Nordic hiring", "Cold outreach, three touches", slow, vec![weekdays]),
    ];
    for (name, template, people, windows) in plans {
        let Some(row) = funnels.iter().find(|f| f.name == template) else { continue };
        let audience = Audience { contact_ids: Some(people), ..Audience::default() };
        let create = Create {
            name: name.into(),
            funnel_id: row.id.clone(),
            audience,
            windows,
            on_holidays: false,
            lateness: domain::guard::Lateness::Skip,
            continuous: false,
            ends_for_company: false,
            daily_cap: None,
            approval: domain::approval::Approval::None,
            exclusive: false,
            gap_days: None,
            event: None,
            senders: Vec::new(),
        };
        let id = campaigns::make(&ctx, create).await?;
        campaigns::begin(&ctx, &id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_funnel_of_the_gallery_is_valid() {
        for sample in gallery().unwrap() {
            assert_eq!(domain::funnel::validate(&sample.graph), [], "{}", sample.name);
        }
    }

    #[test]
    fn the_people_of_the_demo_are_distinct_and_reachable() {
        let people: Vec<Fields> = (0..72).map(person).collect();
        let addresses: std::collections::HashSet<_> = people.iter().map(|p| p.email_key.clone()).collect();
        assert_eq!(addresses.len(), people.len());
        for p in people {
            let email = p.email.unwrap();
            assert_eq!(domain::identity::email(&email).unwrap().key, email);
            if let Some(phone) = p.phone {
                assert_eq!(domain::identity::phone(&phone, "US").as_deref(), Ok(phone.as_str()));
            }
        }
    }
}
