//! The mail server for mail of the product to its own members.

use anyhow::{Context, Result, bail};
use percent_encoding::percent_decode_str;

/// The mail server of the installation.
#[derive(Clone)]
pub struct Mail {
    /// The account, as the SMTP provider takes it; it holds the password.
    pub server: serde_json::Value,
    /// Whom mail comes from: the address.
    pub from: String,
    /// The name beside it; empty for none.
    pub from_name: String,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the password.
        f.debug_struct("Mail").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Mail {
    /// From an address of a server, `smtp://[user:password@]host[:port]` (587, STARTTLS), `smtps://…` (465, TLS) or
    /// `smtp+plain://…` (25, without TLS: for a server on this machine), and whom mail comes from. What an address gives a
    /// meaning of its own is percent-encoded in user and password (RFC 3986 section 3.2.1).
    pub fn parse(url: &str, from: &str) -> Result<Self> {
        // What is not understood is not told: it may be the password.
        let url = url::Url::parse(url).ok().context(
            "mail.url must be the address of a mail server, such as smtps://mail.company.example, or with an account in \
             front of its name as user:password@mail.company.example",
        )?;
        let (security, port) = match url.scheme() {
            "smtp" => ("starttls", 587),
            "smtps" => ("tls", 465),
            "smtp+plain" => ("none", 25),
            _ => bail!("mail.url must begin with smtp://, smtps:// or smtp+plain://"),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).context("mail.url names no server")?;
        let server = serde_json::json!({
            "host": host, "port": url.port().unwrap_or(port), "security": security,
            "username": decoded(url.username())?, "password": decoded(url.password().unwrap_or_default())?,
        });
        let (from_name, from) = match from.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').to_owned(), address.trim().to_owned()),
            None => (String::new(), from.trim().to_owned()),
        };
        if !from.contains('@') || from_name.contains(char::is_control) {
            bail!("mail.from must look like Overture <overture@company.example>");
        }
        Ok(Self { server, from, from_name })
    }
}

fn decoded(text: &str) -> Result<Option<String>> {
    let text = percent_decode_str(text).decode_utf8().ok();
    let text = text.context("The account in mail.url is not UTF-8 once its percent signs are decoded")?;
    Ok(Some(text.into_owned()).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_read_from_its_address_and_shows_no_password() {
        let mail =
            Mail::parse("smtps://me%40x:a%2Bb+c&d=e@mail.x.example", "Over Ture <o@x.example>").unwrap();
        let server = serde_json::json!({
            "host": "mail.x.example", "port": 465, "security": "tls", "username": "me@x", "password": "a+b+c&d=e",
        });
        assert_eq!((mail.from.as_str(), mail.from_name.as_str()), ("o@x.example", "Over Ture"));
        assert_eq!(mail.server, server);
        assert!(!format!("{mail:?}").contains("a+b"), "{mail:?}");
        let plain = Mail::parse("smtp+plain://127.0.0.1", "o@x.example").unwrap();
        assert_eq!((plain.server["port"].as_u64(), plain.server["username"].is_null()), (Some(25), true));
        for (url, from) in [
            ("mail.x.example", "o@x.example"),
            ("https://mail.x.example", "o@x.example"),
            ("smtp://hush:hush@", "o@x.example"),
            ("smtp://hush%ff@mail.x.example", "o@x.example"),
            ("smtp://mail.x.example", "nobody"),
        ] {
            let error = format!("{:#}", Mail::parse(url, from).unwrap_err());
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
