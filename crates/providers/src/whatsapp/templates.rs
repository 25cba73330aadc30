//! The list of a WhatsApp Business Account's templates.

use super::Whatsapp;
use crate::{
    Class, Fail, Template,
    text::{cut, visible, visible_line},
};
use domain::approved::{self, Layout, Standing};
use serde_json::Value;

/// What is asked for of each.
const FIELDS: &str = "name,language,status,category,components,rejected_reason,quality_score";
/// Templates on a page: an answer stays well below what is read of one.
const A_PAGE: usize = 100;
/// Most pages that are read: Meta lets an account have 6,000 templates.
const MOST_PAGES: usize = 100;

impl Whatsapp {
    /// Reads all pages. A list that does not end is refused: half of one would say that the rest is gone.
    pub(super) async fn read_templates(&self) -> Result<Vec<Template>, Fail> {
        if self.account.is_empty() {
            let message = "Enter the WhatsApp Business Account ID in the account of this sender: its templates are read \
                           there.";
            return Err(Fail::new(Class::Config, message));
        }
        let mut found: Vec<Template> = Vec::new();
        let mut after = String::new();
        for _ in 0..MOST_PAGES {
            let path = format!("/{}/message_templates?fields={FIELDS}&limit={A_PAGE}{after}", self.account);
            let page = self.graph.get(&path).await?;
            let list = page["data"].as_array().ok_or_else(|| unreadable("holds no list"))?;
            for one in list.iter().filter_map(template) {
                // Two pages may overlap while the list changes.
                found.retain(|other| (&other.name, &other.language) != (&one.name, &one.language));
                found.push(one);
            }
            if page["paging"]["next"].is_null() {
                return Ok(found);
            }
            let cursor = page["paging"]["cursors"]["after"].as_str().filter(|cursor| !cursor.is_empty());
            let cursor = cursor.ok_or_else(|| unreadable("has a further page and does not say which"))?;
            after = form_urlencoded::Serializer::for_suffix(String::from("&"), 1)
                .append_pair("after", cursor)
                .finish();
        }
        Err(unreadable("does not end"))
    }
}

fn unreadable(why: &str) -> Fail {
    Fail::new(Class::Retry, format!("WhatsApp's list of templates {why}; it is read again."))
}

/// One of them; `None` for what has no name or language.
fn template(listed: &Value) -> Option<Template> {
    let text = |field: &str| listed[field].as_str().filter(|text| !text.is_empty());
    let short = |text: &str| cut(visible_line(text), 500);
    let reason = text("rejected_reason").filter(|reason| *reason != "NONE").map(short);
    let status = text("status").unwrap_or_default();
    Some(Template {
        name: text("name").filter(|name| name.len() <= 512)?.to_owned(),
        language: text("language").filter(|language| language.len() <= 20)?.to_owned(),
        category: short(text("category").unwrap_or_default()),
        // In a list it stands where it stands; a warning is one of its quality.
        standing: Standing::of_meta(status).unwrap_or(Standing::Approved),
        reason,
        quality: listed["quality_score"]["score"].as_str().map(short),
        layout: shown(approved::layout(&listed["components"])),
    })
}

/// Texts as people may be shown them.
fn shown(layout: Layout) -> Layout {
    let clean = |text: String| cut(visible(&text), 4_096);
    Layout {
        header: layout.header.map(clean),
        body: clean(layout.body),
        footer: layout.footer.map(clean),
        buttons: layout.buttons.into_iter().take(20).map(clean).collect(),
        places: layout.places.into_iter().take(60).collect(),
        lacks: layout.lacks.map(clean),
    }
}
