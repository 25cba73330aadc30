//! A macro at work: on one conversation after the other, each wholly or not at all. Its answer takes the way of every
//! answer.

use crate::{
    conversations::{self, moment_of},
    custom_fields,
    error::{Error, Kind, Result},
    simulate::{fields_of, sample_occasion, stand_ins},
    tool::{Access, Ctx, Tool},
};
use domain::{
    ids::{ContactId, ConversationId, MacroId, MacroRunId, MessageId},
    macros::{Step, UNDO_MS},
    template::Template,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use store::{
    contact,
    conversation::{self, Conversation},
    label,
    macros::{self, Deed, Meaning},
    member,
};

/// Most conversations at once: what a list shows on one page.
const MOST: usize = 200;

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "macro_run",
            "POST /macros/{id}/run",
            Access::Send,
            "Do what a macro says in one or many conversations.",
            run,
        ),
        Tool::new(
            "macro_undo",
            "POST /macros/runs/{id}/undo",
            Access::Write,
            "Take back what a run of a macro did, within a day, but for answers that have left.",
            undo,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Run {
    /// Id of the macro.
    id: MacroId,
    /// In which conversations, 1 to 200.
    ids: Vec<ConversationId>,
    /// Drawn by the caller: the same never answers twice in one conversation.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{8,36}$"))]
    client_id: String,
}

/// What became of one conversation.
#[derive(Serialize, JsonSchema)]
struct Done {
    /// Which.
    conversation_id: ConversationId,
    /// The answer, where there is one.
    message_id: Option<MessageId>,
    /// Why nothing was done there; null where all was.
    problem: Option<String>,
}

/// What became of all.
#[derive(Serialize, JsonSchema)]
struct Ran {
    /// By which it is undone.
    run_id: MacroRunId,
    /// How many conversations it was done to.
    changed: usize,
    /// Each by itself.
    results: Vec<Done>,
}

async fn run(ctx: Ctx, input: Run) -> Result<Ran> {
    let one = macros::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let prefix = &input.client_id;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !(8..=36).contains(&prefix.len()) || !prefix.chars().all(is_plain) {
        let message = "Draw 8 to 36 letters, digits, hyphens or underscores";
        return Err(Error::field("message.client_id", "client_id", message));
    }
    let ids = conversation::follow_all(&ctx.app.db, &ctx.scope, &input.ids).await?;
    if ids.is_empty() || ids.len() > MOST {
        let message = format!("Choose 1 to {MOST} conversations");
        return Err(Error::field("conversation.too_many", "ids", message));
    }
    let meaning = meaning(&ctx, &one.steps).await?;
    let answer = answer_of(&ctx, &one.steps).await?;
    let found = conversation::several(&ctx.app.db, &ctx.scope, &ids).await?;
    let texts = match &answer {
        Some(template) => texts(&ctx, template, &found).await?,
        None => HashMap::new(),
    };
    let (mut deeds, mut results) = (Vec::new(), Vec::new());
    for conversation in &found {
        let text = texts.get(&conversation.id);
        let (message_id, problem) = match in_one(&ctx, conversation, &one.steps, text, meaning, prefix).await
        {
            Ok(deed) => {
                let message = deed.message_id.clone();
                deeds.push(deed);
                (message, None)
            }
            Err(error) if error.kind == Kind::Internal => return Err(error),
            Err(error) => (None, Some(error.message)),
        };
        results.push(Done { conversation_id: conversation.id.clone(), message_id, problem });
    }
    let run_id = store::new_id(MacroRunId::from_uuid);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    macros::keep(&tx, &ctx.scope, &run_id, &one.id, &deeds, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "stats:updated", json!({}));
    Ok(Ran { run_id, changed: deeds.len(), results })
}

/// What the steps mean now, where all that they name is still there.
async fn meaning(ctx: &Ctx, steps: &[Step]) -> Result<Meaning> {
    let mut meaning = Meaning { until: 0, theirs_only: false };
    let gone = |what: &str| {
        Error::conflict("macro.outdated", format!("{what} that this macro names is gone. Change the macro"))
    };
    let names_labels = steps.iter().any(|step| matches!(step, Step::Label { .. } | Step::Unlabel { .. }));
    let labels = if names_labels { label::list(&ctx.app.db, &ctx.scope).await? } else { Vec::new() };
    for step in steps {
        match step {
            Step::Snooze { until } => meaning.until = moment_of(ctx, "steps", until).await?,
            Step::Label { label_id } | Step::Unlabel { label_id }
                if !labels.iter().any(|one| one.id == *label_id) =>
            {
                return Err(gone("A label"));
            }
            Step::Assign { assignee_id: Some(who) } => {
                let asked = member::get(&ctx.app.db, &ctx.scope, who).await.map_err(|_| gone("A member"))?;
                if asked.disabled_at.is_some() {
                    return Err(gone("A member"));
                }
                let theirs = member::scope_of(&ctx.app.db, &ctx.scope.workspace, who).await?;
                meaning.theirs_only = theirs.only().is_some();
            }
            _ => {}
        }
    }
    Ok(meaning)
}

/// The text of the answer, if there is one.
async fn answer_of(ctx: &Ctx, steps: &[Step]) -> Result<Option<Template>> {
    let text = steps.iter().find_map(|step| match step {
        Step::Reply { text } => Some(text),
        _ => None,
    });
    let Some(text) = text else { return Ok(None) };
    let customs = custom_fields::keys(ctx).await?;
    let template = Template::parse_for(text, &customs).map_err(|error| {
        Error::conflict("macro.outdated", format!("Its answer cannot be written: {error}"))
    })?;
    Ok(Some(template))
}

/// What each is told, or what is not known of them.
type Texts = HashMap<ConversationId, std::result::Result<String, String>>;

/// The answers, of all people in one go.
async fn texts(ctx: &Ctx, template: &Template, found: &[Conversation]) -> Result<Texts> {
    let people: Vec<ContactId> = found.iter().filter_map(|one| one.contact_id.clone()).collect();
    let query = contact::Query { ids: Some(people), ..contact::Query::default() };
    let mut data = contact::newest_merge_data(&ctx.app.db, &ctx.scope, &query, MOST as i64).await?;
    if template.names_custom() {
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        contact::load_custom(&tx, &ctx.scope.workspace, &mut data.iter_mut().collect::<Vec<_>>()).await?;
    }
    let me = match &ctx.scope.member {
        Some(me) => member::get(&ctx.app.db, &ctx.scope, me).await?.name,
        None => String::new(),
    };
    let mut stand_in = stand_ins("", &sample_occasion(ctx.app.clock.now()));
    // Only what is true of an answer by hand.
    stand_in.retain(|field, _| field == "sender.name");
    stand_in.insert("sender.name".to_owned(), me);
    let nothing = BTreeMap::new();
    let of: HashMap<&ContactId, BTreeMap<String, String>> =
        data.iter().map(|one| (&one.id, fields_of(one))).collect();
    let text = |one: &Conversation| {
        let fields = one.contact_id.as_ref().and_then(|id| of.get(id)).unwrap_or(&nothing);
        template
            .render(&|field| fields.get(field).or_else(|| stand_in.get(field)).cloned())
            .map_err(|lacks| format!("Not known of them: {}", lacks.fields.join(", ")))
    };
    Ok(found.iter().map(|one| (one.id.clone(), text(one))).collect())
}

/// All steps in one conversation; where one cannot be done, none is.
async fn in_one(
    ctx: &Ctx,
    conversation: &Conversation,
    steps: &[Step],
    text: Option<&std::result::Result<String, String>>,
    meaning: Meaning,
    prefix: &str,
) -> Result<Deed> {
    let text = match text {
        Some(Err(lacks)) => return Err(Error::conflict("macro.lacks", lacks.clone())),
        Some(Ok(text)) => Some(text.clone()),
        None => None,
    };
    let (scope, id) = (&ctx.scope, &conversation.id);
    let tx = ctx.app.db.begin_for(scope).await?;
    let mut deed = macros::act(&tx, scope, id, steps, meaning, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    if let Some(text) = text {
        // The id of a conversation has 26 letters behind its prefix: both fit into one of a client.
        let own = id.as_str().rsplit('_').next().unwrap_or_default();
        match conversations::answer(ctx, id, text, format!("{prefix}-{own}")).await {
            Ok(message) => deed.message_id = Some(message),
            Err(error) => {
                let tx = ctx.app.db.begin_for(scope).await?;
                macros::undo(&tx, scope, &deed, ctx.app.clock.now()).await?;
                ctx.app.commit(tx).await?;
                ctx.app.tell_conversation(&scope.workspace, id);
                return Err(error);
            }
        }
    }
    ctx.app.tell_conversation(&scope.workspace, id);
    Ok(deed)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the run.
    id: MacroRunId,
}

/// What was taken back.
#[derive(Serialize, JsonSchema)]
struct Undone {
    /// In how many conversations.
    changed: usize,
    /// How many answers had left already, and stay.
    left: usize,
}

async fn undo(ctx: Ctx, input: One) -> Result<Undone> {
    let scope = &ctx.scope;
    let tx = ctx.app.db.begin_for(scope).await?;
    let now = ctx.app.clock.now();
    let deeds = macros::take(&tx, scope, &input.id, now - UNDO_MS).await?;
    let mut left = 0;
    for deed in &deeds {
        left += usize::from(!macros::undo(&tx, scope, deed, now).await?);
    }
    ctx.app.commit(tx).await?;
    for deed in &deeds {
        let id = &deed.conversation_id;
        ctx.app.tell_conversation(&scope.workspace, id);
        if let Some(message) = &deed.message_id {
            let named = json!({ "conversation_id": id, "message_id": message });
            ctx.app.tell(&scope.workspace, "message:updated", named);
        }
    }
    ctx.app.tell(&scope.workspace, "stats:updated", json!({}));
    Ok(Undone { changed: deeds.len(), left })
}
