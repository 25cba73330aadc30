//! What Slybroadcast posts to the address that came with the order: what became of it.

use super::send::from_eastern;
use crate::{
    Class, Fail, Inbound, InboundStatus,
    inbound::Delivery,
    text::{cut, visible_line},
};

fn field<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

fn broken(why: &str) -> Fail {
    Fail::new(Class::Permanent, format!("The Slybroadcast postback cannot be read: {why}."))
}

/// Session, phone, what happened, why, and when on the clock of New York.
struct Told<'a> {
    session: &'a str,
    phone: &'a str,
    what: &'a str,
    why: &'a str,
    when: &'a str,
}

/// `var=SESSION|PHONE|STATUS|REASON|TIME|CARRIER`, or the older `c_session`, `c_phone` and `c_dispo`.
fn told(params: &[(String, String)]) -> Option<Told<'_>> {
    if let Some(all) = field(params, "var") {
        let mut items = all.split('|').map(str::trim);
        let mut next = || items.next();
        let (session, phone, what) = (next()?, next()?, next()?);
        return Some(Told { session, phone, what, why: next().unwrap_or(""), when: next().unwrap_or("") });
    }
    let session = field(params, "c_session")?;
    let (phone, what) = (field(params, "c_phone").unwrap_or(""), field(params, "c_dispo")?);
    Some(Told { session, phone, what, why: "", when: "" })
}

/// Whom a postback is about, as E.164.
pub fn phone(params: &[(String, String)]) -> Option<String> {
    let digits: String = told(params)?.phone.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        10 => Some(format!("+1{digits}")),
        11..=15 => Some(format!("+{digits}")),
        _ => None,
    }
}

/// Reads a postback. `our_message_id` is `m` of its address.
pub fn parse(params: &[(String, String)], our_message_id: Option<&str>) -> Result<Vec<Inbound>, Fail> {
    let told = told(params).ok_or_else(|| broken("it has neither var nor c_session and c_dispo"))?;
    let is_number =
        (1..=20).contains(&told.session.len()) && told.session.bytes().all(|b| b.is_ascii_digit());
    if !is_number {
        return Err(broken("it names no session"));
    }
    let ok = told.what.eq_ignore_ascii_case("OK");
    let why = match told.why {
        "" => told.what,
        why => why,
    };
    Ok(vec![Inbound::Status(InboundStatus {
        our_message_id: our_message_id.map(str::to_owned),
        provider_message_id: told.session.to_owned(),
        status: if ok { Delivery::Delivered } else { Delivery::Failed },
        code: None,
        class: (!ok).then_some(Class::Permanent),
        said: (!ok).then(|| format!("Slybroadcast says \"{}\"", cut(visible_line(why), 200))),
        at_ms: from_eastern(told.when),
    })])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> Vec<(String, String)> {
        form_urlencoded::parse(body.as_bytes()).into_owned().collect()
    }

    #[test]
    fn postbacks_of_both_kinds() {
        let table = [
            ("var=912%7C2025550123%7COK%7C%7C2026-06-15+06%3A00%3A00%7CVerizon", Some((true, None))),
            (
                "var=912|2025550123|Failed|Not+a+mobile|2026-06-15+06:00:00|",
                Some((false, Some("Not a mobile"))),
            ),
            ("c_session=912&c_phone=2025550123&c_dispo=ok", Some((true, None))),
            ("c_session=912&c_phone=2025550123&c_dispo=Fax", Some((false, Some("Fax")))),
            ("var=912|2025550123", None),
            ("var=abc|2025550123|OK|||", None),
            ("var=||||||||", None),
            ("c_session=912", None),
            ("", None),
        ];
        for (body, expected) in table {
            match (parse(&form(body), Some("msg_1")), expected) {
                (Ok(found), Some((delivered, why))) => {
                    let [Inbound::Status(status)] = &found[..] else { panic!("{found:?}") };
                    assert_eq!(status.status == Delivery::Delivered, delivered, "{body}");
                    assert_eq!(
                        (status.provider_message_id.as_str(), status.class.is_some()),
                        ("912", !delivered)
                    );
                    let said = status.said.as_deref().unwrap_or_default();
                    assert!(why.is_none_or(|why| said.contains(why)), "{body}: {said}");
                    assert_eq!(phone(&form(body)).as_deref(), Some("+12025550123"));
                }
                (Err(_), None) => {}
                (other, _) => panic!("{body}: {other:?}"),
            }
        }
    }
}
