//! Made-up people, of whom some lack what real ones lack: one in twenty an e-mail address, three in ten a phone number,
//! and one in ten each of the other values.

use super::{BTreeMap, Channel, Person, Reach};
use crate::{funnel::chance, schedule, template::FIELDS};

const FIRST: &[&str] =
    &["Ann", "Bo", "Chen", "Dana", "Emre", "Fatima", "Giulia", "Hugo", "Ines", "Jun", "Kofi", "Lena"];
const LAST: &[&str] =
    &["Adler", "Berg", "Costa", "Diaz", "Evans", "Fischer", "Grant", "Haddad", "Ito", "Jensen"];
const COMPANY: &[&str] = &["Northwind", "Globex", "Initech", "Umbra", "Hooli", "Acme"];
const TITLE: &[&str] = &["Founder", "Head of Sales", "Buyer", "Engineer", "Director"];
const PLACE: &[(&str, &str, &str)] = &[
    ("Boston", "US", "America/New_York"),
    ("Berlin", "DE", "Europe/Berlin"),
    ("Tokyo", "JP", "Asia/Tokyo"),
    ("São Paulo", "BR", "America/Sao_Paulo"),
    ("London", "GB", "Europe/London"),
];

/// So many, the same for the same seed.
pub fn synthetic(count: usize, seed: u32) -> Vec<Person> {
    (0..count).map(|number| person(number, seed)).collect()
}

fn person(number: usize, seed: u32) -> Person {
    let key = format!("synthetic {seed} {number}");
    let roll = |what: &str, of: u64| usize::try_from(chance(what, &key) % of.max(1)).unwrap_or(0);
    let one = |what: &str, list: &'static [&'static str]| {
        list.get(roll(what, list.len() as u64)).copied().unwrap_or_default()
    };
    let (first, last) = (one("first", FIRST), one("last", LAST));
    let (city, country, zone) =
        PLACE.get(roll("place", PLACE.len() as u64)).copied().unwrap_or(("", "", "UTC"));
    let email = format!("{}.{}.{number}@example.com", first.to_lowercase(), last.to_lowercase());
    let phone = format!("+1415555{:04}", number % 10_000);
    let full = format!("{first} {last}");
    let value = |field: &str| match field {
        "contact.first_name" => first,
        "contact.last_name" => last,
        "contact.full_name" => full.as_str(),
        "contact.email" => email.as_str(),
        "contact.phone" => phone.as_str(),
        "contact.company" => one("company", COMPANY),
        "contact.title" => one("title", TITLE),
        "contact.city" => city,
        "contact.country" => country,
        _ => "",
    };
    let lacks = |field: &str| match field {
        "contact.email" => roll(field, 20) == 0,
        "contact.phone" => roll(field, 10) < 3,
        // Who has a name has it whole.
        "contact.full_name" => false,
        _ => roll(field, 10) == 0,
    };
    let mut fields: BTreeMap<String, String> = FIELDS
        .iter()
        .map(|(field, _)| *field)
        .filter(|field| field.starts_with("contact.") && !lacks(field))
        .map(|field| (field.to_owned(), value(field).to_owned()))
        .collect();
    fields.insert("contact.status".into(), "New".into());
    let mut reach = BTreeMap::new();
    for channel in Channel::ALL {
        let field = if *channel == Channel::Email { "contact.email" } else { "contact.phone" };
        if let Some(address) = fields.get(field) {
            reach.insert(*channel, Reach { address: address.clone(), ..Reach::default() });
        }
    }
    Person { seed: key.clone(), name: full.clone(), fields, zone: schedule::zone(zone), reach }
}
