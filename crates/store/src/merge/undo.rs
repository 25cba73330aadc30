//! A merge taken back: the other contact is there again, with what it had and the survivor still has.

use super::{
    image::{Filled, Image, Kept, Row, restore, text},
    locked, whole,
};
use crate::{
    Result, Scope, Tx, company, contact_address, contact_set,
    error::Error,
    event::{self, NewEvent},
    search::{self, Kind},
    sql::{binds, run, scalar},
    webhook, workspace,
};
use domain::ids::{ContactId, MergeId};

/// Takes a merge back. Returns who stayed and who came back. What came after it stays with the survivor, and so does what
/// was changed since. [`Error::Conflict`] where it cannot be taken back, with the reason.
pub async fn undo(tx: &Tx, scope: &Scope, id: &MergeId, now: i64) -> Result<(ContactId, ContactId)> {
    company::settled(tx, scope).await?;
    workspace::guards_changed(tx, scope).await?;
    let sql = format!("select * from merges where workspace_id = $1 and id = $2{}", locked(tx));
    let merge = whole(tx, &sql, binds![scope.ws(), id]).await?.pop().ok_or(Error::NotFound("merge"))?;
    let named = |column: &str| -> Result<ContactId> {
        text(&merge, column).and_then(|id| id.parse().ok()).ok_or(Error::NotFound("merge"))
    };
    let (survivor, other) = (named("survivor_id")?, named("other_id")?);
    let image = readable(tx, scope, &merge, &survivor, now).await?;
    if !scope.may_see(text(&image.other, "owner_id")) {
        return Err(Error::NotFound("merge"));
    }
    let sql = format!(
        "select id from enrollments where workspace_id = $1 and contact_id = $2 order by id{}",
        locked(tx)
    );
    whole(tx, &sql, binds![scope.ws(), &survivor]).await?;
    let sql = format!("select * from contacts where workspace_id = $1 and id = $2{}", locked(tx));
    let stays =
        whole(tx, &sql, binds![scope.ws(), &survivor]).await?.pop().ok_or(Error::NotFound("contact"))?;
    empty(tx, scope, &survivor, &stays, &image, now).await?;
    for (kind, key) in &image.made {
        let sql = "delete from contact_addresses where workspace_id = $1 and contact_id = $2 and kind = $3 and value_key = $4";
        run(tx, sql, binds![scope.ws(), &survivor, kind.as_str(), key.as_str()]).await?;
    }
    restore(tx, "contacts", &row_to_restore(tx, scope, &image.other).await?).await?;
    addresses(tx, scope, &survivor, &image.addresses).await?;
    values(tx, scope, &survivor, &image.custom).await?;
    sets(tx, scope, &survivor, &image.sets).await?;
    move_back(tx, scope, id, &survivor, &other).await?;
    crate::conversation::require_untangled(tx, scope, [&survivor, &other]).await?;
    if image.blocks {
        let sql = "update contacts set blocked_at = null where workspace_id = $1 and id = $2";
        run(tx, sql, binds![scope.ws(), &survivor]).await?;
    }
    for contact in [&survivor, &other] {
        super::own_threads(tx, scope, contact).await?;
    }
    enrollments(tx, &image.ended).await?;
    let sql = "update merges set undone_at = $3, image = null where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, now]).await?;
    contact_set::changed(tx, scope, [survivor.as_str(), other.as_str()]).await?;
    search::write(tx, scope, Kind::Contact, [survivor.as_str(), other.as_str()]).await?;
    let fact = |who: &ContactId| NewEvent {
        kind: "unmerged",
        contact_id: Some(who.to_string()),
        ..NewEvent::default()
    };
    event::write(tx, scope, &[fact(&survivor), fact(&other)], now).await?;
    let data = serde_json::json!({ "contact_id": survivor, "merged_id": other, "merge_id": id });
    webhook::tell(tx, scope, "contact.unmerged", Some(survivor.to_string()), data, now).await?;
    Ok((survivor, other))
}

/// What it takes, if it may be done.
async fn readable(tx: &Tx, scope: &Scope, merge: &Row, survivor: &ContactId, now: i64) -> Result<Image> {
    let refuse = |why: &str| Err(Error::Conflict(why.to_owned()));
    if merge.get("undone_at").is_some_and(|at| !at.is_null()) {
        return refuse("this merge was undone before");
    }
    let at = super::number(merge, "at");
    let Some(image) = text(merge, "image").filter(|_| at > now - domain::merge::UNDO_MS) else {
        return refuse("this merge is older than 30 days: what it would take to undo it is gone");
    };
    let later = "select id as value from merges where workspace_id = $1 and undone_at is null
        and (other_id = $2 or survivor_id = $2 and (at, id) > ($3, $4)) limit 1";
    let id = text(merge, "id").unwrap_or_default();
    if scalar::<String>(tx, later, binds![scope.ws(), survivor, at, id]).await?.is_some() {
        return refuse("this contact was merged again since. Undo that merge first");
    }
    Ok(serde_json::from_str(image)?)
}

/// Takes from the survivor what it got, unless it was changed since.
async fn empty(
    tx: &Tx,
    scope: &Scope,
    survivor: &ContactId,
    stays: &Row,
    image: &Image,
    now: i64,
) -> Result<()> {
    let has = |column: &str, value: Option<&str>| text(stays, column) == value;
    // A company may have got another name since: who is with it tells its id.
    let company = image.filled.iter().find(|field| field.column == "company_id");
    let is_there = |field: &&Filled| match (field.column.as_str(), company) {
        ("company", Some(company)) => has("company_id", company.value.as_deref()),
        (column, _) => has(column, field.value.as_deref()),
    };
    let kept: Vec<&Filled> = image.filled.iter().filter(is_there).collect();
    let is_untouched =
        kept.len() == image.filled.len() && super::number(stays, "updated_at") == image.merged_at;
    let mut given = binds![scope.ws(), survivor, if is_untouched { image.updated_at } else { now }];
    let mut parts = vec!["updated_at = $3".to_owned()];
    for field in kept {
        given.push(field.before.clone().into());
        parts.push(format!("{} = ${}", field.column, given.len()));
    }
    let sql = format!("update contacts set {} where workspace_id = $1 and id = $2", parts.join(", "));
    run(tx, &sql, given).await?;
    Ok(())
}

/// The other as it was, without an e-mail address that somebody has by now, and with its company as it is called now.
async fn row_to_restore(tx: &Tx, scope: &Scope, other: &Row) -> Result<Row> {
    let mut row = other.clone();
    if let Some(id) = text(other, "company_id") {
        let sql = "select name as value from companies where workspace_id = $1 and id = $2";
        let name: Option<String> = scalar(tx, sql, binds![scope.ws(), id]).await?;
        let is_same = name.as_deref().map(company::key) == text(other, "company").map(company::key);
        match name {
            Some(_) if is_same => {}
            Some(name) => {
                row.insert("company".into(), name.into());
            }
            None => {
                row.remove("company");
                row.remove("company_id");
            }
        }
    }
    let Some(key) = text(other, "email_key") else { return Ok(row) };
    contact_address::hold(tx, scope, key).await?;
    if contact_address::holder(tx, scope, domain::AddressKind::Email, key).await?.is_some() {
        row.remove("email");
        row.remove("email_key");
    }
    Ok(row)
}

async fn addresses(tx: &Tx, scope: &Scope, survivor: &ContactId, kept: &[Kept]) -> Result<()> {
    for Kept { row, moved } in kept {
        let of = binds![
            scope.ws(),
            survivor,
            text(row, "kind").unwrap_or_default(),
            text(row, "value_key").unwrap_or_default()
        ];
        let sql = "delete from contact_addresses where workspace_id = $1 and contact_id = $2 and kind = $3 and value_key = $4";
        if !moved || run(tx, sql, of).await? == 1 {
            restore(tx, "contact_addresses", row).await?;
        }
    }
    Ok(())
}

/// The other has its values again; the survivor keeps one that was changed since.
async fn values(tx: &Tx, scope: &Scope, survivor: &ContactId, kept: &[Kept]) -> Result<()> {
    for Kept { row, moved } in kept {
        let field = text(row, "field_id").unwrap_or_default();
        if *moved {
            let sql = "delete from custom_values where workspace_id = $1 and contact_id = $2 and field_id = $3 and value = $4";
            let value = text(row, "value").unwrap_or_default();
            run(tx, sql, binds![scope.ws(), survivor, field, value]).await?;
        }
        // A field may be gone by now, with all its values.
        let sql = "select id as value from custom_fields where workspace_id = $1 and id = $2";
        if scalar::<String>(tx, sql, binds![scope.ws(), field]).await?.is_some() {
            restore(tx, "custom_values", row).await?;
        }
    }
    Ok(())
}

/// What the survivor is in because of the other goes back, if it still is.
async fn sets(tx: &Tx, scope: &Scope, survivor: &ContactId, kept: &[Kept]) -> Result<()> {
    for Kept { row, moved } in kept {
        let set = text(row, "set_id").unwrap_or_default();
        if *moved {
            let sql = "delete from set_members where workspace_id = $1 and set_id = $2 and contact_id = $3";
            if run(tx, sql, binds![scope.ws(), set, survivor]).await? == 0 {
                continue;
            }
        }
        let sql = "select id as value from contact_sets where workspace_id = $1 and id = $2";
        if scalar::<String>(tx, sql, binds![scope.ws(), set]).await?.is_some() {
            restore(tx, "set_members", row).await?;
        }
    }
    Ok(())
}

/// What carries the mark of the merge goes back, with the mark before it.
async fn move_back(
    tx: &Tx,
    scope: &Scope,
    id: &MergeId,
    survivor: &ContactId,
    other: &ContactId,
) -> Result<()> {
    // An id has 30 characters, and a blank follows it.
    let back = "contact_id = $3, merged_from = nullif(substr(merged_from, 32), '')";
    let marked = "workspace_id = $1 and contact_id = $2 and merged_from >= $4 and merged_from < $4 || '~'";
    let of = || binds![scope.ws(), survivor, other, id];
    for table in ["messages", "events", "enrollments", "conversations", "consents", "targets", "tasks"] {
        run(tx, &format!("update {table} set {back} where {marked}"), of()).await?;
    }
    Ok(())
}

/// Runs that made way stand where they stood, with what they had queued.
async fn enrollments(tx: &Tx, ended: &[Row]) -> Result<()> {
    for row in ended {
        if restore(tx, "enrollments", row).await? {
            // What somebody was to look over, or had said yes to for another person's run, is looked over again.
            let sql = "update messages set status = case when drafted_at is null then 'queued' else 'draft' end, error_code = null, error_text = null
                       where enrollment_id = $1 and status = 'cancelled' and error_code = 'merged'";
            run(tx, sql, binds![text(row, "id").unwrap_or_default()]).await?;
        }
    }
    Ok(())
}
