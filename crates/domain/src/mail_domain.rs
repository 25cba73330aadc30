//! What the world can read about a domain that mails come from, and what it means for them: who may send in its name
//! (SPF, RFC 7208), with which key they are signed (DKIM, RFC 6376), what becomes of the others (DMARC, RFC 7489), and
//! where answers go (MX).

use schemars::JsonSchema;
use serde::Serialize;

/// Names under which services commonly keep their key, tried where nobody says which it is.
pub const USUAL_SELECTORS: [&str; 8] =
    ["google", "selector1", "selector2", "default", "s1", "k1", "mail", "dkim"];

/// What was asked for; `Err` where DNS gave no answer, in plain words.
pub type Asked = Result<Vec<String>, String>;

/// What DNS says.
#[derive(Debug, Clone)]
pub struct Records {
    /// The domain.
    pub domain: String,
    /// The server that its mails leave by, as far as we know it.
    pub server: Option<String>,
    /// Texts at the domain itself.
    pub texts: Asked,
    /// Texts at each selector's name that was asked.
    pub keys: Vec<(String, Asked)>,
    /// Texts at `_dmarc.`; where there are none, those of the domain above.
    pub policies: Asked,
    /// The domain that the policy was found at.
    pub policy_of: String,
    /// Servers that take mail, as host names.
    pub servers: Asked,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Who may send.
    Spf,
    /// The key of the signature.
    Dkim,
    /// What becomes of mails that are neither.
    Dmarc,
    /// Where answers go.
    Mx,
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As it should be.
    Good,
    /// It works, and could be better.
    Fair,
    /// Mails will be refused or taken for spam.
    Bad,
    /// DNS gave no answer.
    Unknown,
}

/// One line for DNS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// `TXT` or `MX`.
    pub kind: &'static str,
    /// What it says.
    pub value: String,
}

/// What was found, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// What it is about.
    pub about: About,
    /// How it is.
    pub grade: Grade,
    /// What it means, and what to do.
    pub text: String,
    /// What stands there now.
    pub found: Vec<String>,
    /// What to put into DNS, where that would help.
    pub entry: Option<Entry>,
}

impl Finding {
    fn new(about: About, grade: Grade, text: impl Into<String>, found: &[&str]) -> Self {
        let found = found.iter().map(|text| (*text).to_owned()).collect();
        Self { about, grade, text: text.into(), found, entry: None }
    }

    fn with(self, name: &str, kind: &'static str, value: impl Into<String>) -> Self {
        Self { entry: Some(Entry { name: name.to_owned(), kind, value: value.into() }), ..self }
    }
}

/// All that can be said about a domain: one finding of each kind.
pub fn findings(records: &Records) -> Vec<Finding> {
    vec![spf(records), dkim(records), dmarc(records), mx(records)]
}

/// The services whose part of SPF is known: how their servers' names end, and what names them.
const SERVICES: [(&str, &str, &str); 8] = [
    ("gmail.com", "_spf.google.com", "Google"),
    ("google.com", "_spf.google.com", "Google"),
    ("office365.com", "spf.protection.outlook.com", "Microsoft 365"),
    ("outlook.com", "spf.protection.outlook.com", "Microsoft 365"),
    ("sendgrid.net", "sendgrid.net", "SendGrid"),
    ("mailgun.org", "mailgun.org", "Mailgun"),
    ("amazonaws.com", "amazonses.com", "Amazon SES"),
    ("zoho.com", "zohomail.com", "Zoho"),
];

fn service(records: &Records) -> Option<(&'static str, &'static str)> {
    let server = records.server.as_deref()?.trim_end_matches('.').to_lowercase();
    let is_of = |end: &str| server == end || server.ends_with(&format!(".{end}"));
    SERVICES.iter().find(|(end, ..)| is_of(end)).map(|(_, include, name)| (*include, *name))
}

fn unanswered(about: About, what: &str, why: &str) -> Finding {
    let why = why.trim_end_matches('.');
    Finding::new(
        about,
        Grade::Unknown,
        format!("{what} could not be read: {why}. Try again in a while."),
        &[],
    )
}

fn is_version(text: &str, version: &str) -> bool {
    let text = text.trim_start();
    let head = text.get(..version.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(version))
        && text[version.len()..].chars().next().is_none_or(|next| matches!(next, ' ' | ';'))
}

fn spf(records: &Records) -> Finding {
    let domain = &records.domain;
    let texts = match &records.texts {
        Ok(texts) => texts,
        Err(why) => return unanswered(About::Spf, "Who may send for this domain", why),
    };
    let found: Vec<&str> =
        texts.iter().map(String::as_str).filter(|text| is_version(text, "v=spf1")).collect();
    let known = service(records);
    let usual = match (known, records.server.as_deref()) {
        (Some((include, _)), _) => format!("v=spf1 include:{include} ~all"),
        (None, Some(server)) => format!("v=spf1 mx a:{} ~all", server.trim_end_matches('.')),
        (None, None) => "v=spf1 mx ~all".to_owned(),
    };
    let bad = |text: &str| Finding::new(About::Spf, Grade::Bad, text, &found);
    let only = match found[..] {
        [] => {
            return bad("Nothing says which servers may send mail for this domain, so many mailboxes take its mails for spam. Add this line.")
                .with(domain, "TXT", usual);
        }
        [only] => only,
        _ => return bad("There are several SPF lines, and then none of them counts. Join them into one."),
    };
    let terms: Vec<String> = only.split_whitespace().skip(1).map(str::to_lowercase).collect();
    let bare = |term: &String| term.trim_start_matches(['+', '-', '~', '?']).to_owned();
    if terms.iter().any(|term| term == "all" || term == "+all") {
        let value = only.replace("+all", "~all");
        return bad("“+all” lets every server in the world send for this domain. End the line with “~all”.")
            .with(domain, "TXT", value);
    }
    let asks = |term: &&String| {
        let term = bare(term);
        let name = term.split([':', '=', '/']).next().unwrap_or_default();
        matches!(name, "include" | "a" | "mx" | "ptr" | "exists" | "redirect")
    };
    let lookups = terms.iter().filter(asks).count();
    if lookups > 10 {
        return bad(
            "The SPF line asks for more than ten further look-ups, and then it counts for nothing. Take out the services that send no longer.",
        );
    }
    if let Some((include, name)) = known
        && !terms.iter().any(|term| bare(term) == format!("include:{include}"))
        && !terms.iter().any(|term| term.starts_with("redirect="))
    {
        let rest = only.split_once(' ').map_or("~all", |(_, rest)| rest);
        let text = format!("The SPF line does not name {name}, by which this sender's mails leave. Add it.");
        return bad(&text).with(domain, "TXT", format!("v=spf1 include:{include} {rest}"));
    }
    let ends = terms.iter().any(|term| bare(term) == "all" || term.starts_with("redirect="));
    if !ends || terms.iter().any(|term| term == "?all") {
        let text = "The SPF line does not say what becomes of mails from other servers. End it with “~all”.";
        let value = if ends { only.replace("?all", "~all") } else { format!("{only} ~all") };
        return Finding::new(About::Spf, Grade::Fair, text, &found).with(domain, "TXT", value);
    }
    Finding::new(About::Spf, Grade::Good, "The domain says which servers may send its mails.", &found)
}

/// The value of `name=` in a list of tags.
fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// As many letters as the base64 of a key of 2048 bits has, less some.
const LONG_KEY: usize = 350;

fn dkim(records: &Records) -> Finding {
    let mut silent = None;
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for (selector, asked) in &records.keys {
        match asked {
            Err(why) => silent = Some(why),
            // A key needs no version; a text without "p=" is none.
            Ok(texts) => keys.extend(
                texts
                    .iter()
                    .filter(|text| tag(text, "p").is_some())
                    .map(|text| (selector.as_str(), text.as_str())),
            ),
        }
    }
    let found: Vec<&str> = keys.iter().map(|(_, text)| *text).collect();
    let lives = keys.iter().find(|(_, text)| tag(text, "p").is_some_and(|key| !key.is_empty()));
    let Some((selector, key)) = lives else {
        if let (true, Some(why)) = (keys.is_empty(), silent) {
            return unanswered(About::Dkim, "The key of its signature", why);
        }
        let text = if keys.is_empty() {
            let names: Vec<&str> = records.keys.iter().map(|(selector, _)| selector.as_str()).collect();
            format!(
                "No key for signatures was found under {}. If your mail service signs, enter the name (selector) that it \
                 gave; if not, turn DKIM on there and put the line that it shows into DNS.",
                names.join(", ")
            )
        } else {
            "The key was taken back: its line is empty. Turn DKIM on anew at your mail service.".to_owned()
        };
        return Finding::new(About::Dkim, Grade::Bad, text, &found);
    };
    let is_rsa = tag(key, "k").is_none_or(|kind| kind.eq_ignore_ascii_case("rsa"));
    let letters = tag(key, "p").map_or(0, |key| key.chars().filter(|c| !c.is_whitespace()).count());
    if is_rsa && letters < LONG_KEY {
        let text = format!(
            "The key “{selector}” is short (less than 2048 bits). Make a longer one at your mail service."
        );
        return Finding::new(About::Dkim, Grade::Fair, text, &found);
    }
    if tag(key, "t").is_some_and(|flags| flags.split(':').any(|flag| flag.trim() == "y")) {
        let text = format!(
            "The key “{selector}” is marked as a test (t=y), so it counts for little. Take the mark out."
        );
        return Finding::new(About::Dkim, Grade::Fair, text, &found);
    }
    Finding::new(
        About::Dkim,
        Grade::Good,
        format!("Signatures can be checked with the key “{selector}”."),
        &found,
    )
}

fn dmarc(records: &Records) -> Finding {
    let name = format!("_dmarc.{}", records.domain);
    let texts = match &records.policies {
        Ok(texts) => texts,
        Err(why) => return unanswered(About::Dmarc, "Its policy", why),
    };
    let found: Vec<&str> =
        texts.iter().map(String::as_str).filter(|text| is_version(text, "v=DMARC1")).collect();
    let usual = format!("v=DMARC1; p=none; rua=mailto:postmaster@{}", records.domain);
    let bad = |text: &str| Finding::new(About::Dmarc, Grade::Bad, text, &found);
    let only = match found[..] {
        [] => {
            return bad("The domain says nothing about mails that others send in its name. Google and Yahoo ask this of who sends much. Begin with this line, which only watches.")
                .with(&name, "TXT", usual);
        }
        [only] => only,
        _ => return bad("There are several DMARC lines, and then none of them counts. Keep one."),
    };
    let is_above = records.policy_of != records.domain;
    let policy = match is_above {
        true => tag(only, "sp").or_else(|| tag(only, "p")),
        false => tag(only, "p"),
    };
    let of = if is_above { format!(", by the line of {}", records.policy_of) } else { String::new() };
    match policy.map(str::to_lowercase).as_deref() {
        Some("none") => {
            let text = format!("The policy only watches{of}: forged mails still arrive. When the reports show that all of yours are signed, change it to “quarantine”.");
            let finding = Finding::new(About::Dmarc, Grade::Fair, text, &found);
            if is_above { finding } else { finding.with(&name, "TXT", quarantined(only)) }
        }
        Some("quarantine" | "reject") => {
            let text = format!("Mails that others send in the name of the domain are put aside or refused{of}.");
            Finding::new(About::Dmarc, Grade::Good, text, &found)
        }
        _ => bad("The DMARC line names no policy that there is (p=none, quarantine or reject), so it counts for nothing.")
            .with(&name, "TXT", usual),
    }
}

/// The same line with a policy that does something.
fn quarantined(line: &str) -> String {
    let parts = line.split(';').map(|part| match part.split_once('=') {
        Some((key, _)) if key.trim().eq_ignore_ascii_case("p") => " p=quarantine".to_owned(),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(";")
}

fn mx(records: &Records) -> Finding {
    let servers = match &records.servers {
        Ok(servers) => servers,
        Err(why) => return unanswered(About::Mx, "Where answers go", why),
    };
    let found: Vec<&str> = servers.iter().map(String::as_str).collect();
    let is_null = |server: &&str| server.is_empty() || **server == *".";
    if found.is_empty() || found.iter().all(is_null) {
        let text = "No server takes mail for this domain, so answers and bounces cannot arrive, and many mailboxes refuse such mails. Put the MX line of your mail service into DNS.";
        return Finding::new(About::Mx, Grade::Bad, text, &found);
    }
    Finding::new(About::Mx, Grade::Good, "Answers and bounces have a place to go.", &found)
}

#[cfg(test)]
mod tests;
