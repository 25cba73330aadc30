//! How fast each provider lets one connection call: the one table of it, for who calls and for who asks. What a member
//! allows a sender is another matter, and counts beside it.

use serde::Serialize;

/// How fast one connection may call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, schemars::JsonSchema)]
pub struct ApiRate {
    /// Calls a second in the long run.
    pub per_second: f64,
    /// Calls at once, after a rest.
    pub burst: u32,
    /// What shares it, in the provider's words.
    pub shared_by: &'static str,
    /// Where the numbers come from.
    pub source: &'static str,
    /// Codes of refusals for speed that are about one recipient: the others go on.
    #[serde(skip)]
    pub of_recipient: &'static [&'static str],
}

const NONE: &[&str] = &[];

/// How fast a connection of a provider may call; `None` where the provider names no limit, or where its server says
/// itself when it has enough.
pub fn of(provider: &str) -> Option<ApiRate> {
    let rate = |per_second, burst, shared_by, source, of_recipient| {
        Some(ApiRate { per_second, burst, shared_by, source, of_recipient })
    };
    match provider {
        // What is beyond the speed of a number waits in Twilio's own queue, for four hours at most: this is how fast
        // the queue is filled.
        "twilio" => rate(
            100.0,
            100,
            "the Twilio account",
            "Twilio: a short code sends 100 a second, slower numbers queue there; more at once is error 20429",
            NONE,
        ),
        // 131056 is one message in six seconds to the same person.
        "whatsapp" => rate(
            80.0,
            80,
            "the WhatsApp number",
            "WhatsApp Cloud API: 80 messages a second for each number (error 130429)",
            &["131056"],
        ),
        "messenger" => rate(
            40.0,
            40,
            "the page",
            "Messenger Platform, rate limits: above 40 messages a second a page can send no more for a while",
            NONE,
        ),
        // A mail that is sent takes 100 units.
        "gmail" => rate(
            2.5,
            10,
            "the Google account",
            "Gmail API, usage limits: 250 quota units a second for each user, of which sending takes 100",
            NONE,
        ),
        "tiktok" => rate(
            10.0,
            10,
            "the TikTok account",
            "TikTok for Developers, rate limits: 600 requests in a minute (error 40100)",
            NONE,
        ),
        "bonzo" => rate(
            1.0,
            60,
            "the Bonzo API key",
            "Bonzo names none; its framework's usual limit is 60 requests a minute (status 429)",
            NONE,
        ),
        "slybroadcast" => rate(
            5.0,
            10,
            "the Slybroadcast account",
            "Slybroadcast names none and asks for few calls: a careful limit of ours",
            NONE,
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_lets_something_through_and_says_where_it_comes_from() {
        for provider in ["twilio", "whatsapp", "messenger", "gmail", "tiktok", "bonzo", "slybroadcast"] {
            let rate = of(provider).unwrap();
            assert!(rate.per_second >= 1.0 && rate.burst >= 1, "{provider}");
            assert!(!rate.source.is_empty() && !rate.shared_by.is_empty(), "{provider}");
        }
        assert_eq!((of("smtp"), of("relayer")), (None, None));
    }
}
