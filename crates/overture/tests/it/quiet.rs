//! Quiet hours of states hold the texts of campaigns, and only an admin passes over them.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_state_holds_texts_of_campaigns_until_its_hours_and_an_admin_may_pass_over_it,
}

async fn a_state_holds_texts_of_campaigns_until_its_hours_and_an_admin_may_pass_over_it(app: TestApp) {
    let person = async |phone: &str| {
        app.contact(json!({ "phone": phone, "last_name": "Lee", "time_zone": "America/New_York" })).await
    };
    let (miami, boston_bound) = (person("+13055550101").await, person("+12125550102").await);
    let choose = async |client: &Client, quiet: &str| -> u16 {
        client.call("PATCH", "/api/settings", &json!({ "quiet_hours": quiet })).await.status.as_u16()
    };
    let rep = app.member("rep").await;
    assert_eq!((choose(&rep, "federal").await, choose(&app.admin, "never").await), (403, 422));
    assert_eq!(choose(&app.admin, "always").await, 200);
    // 10:00 UTC is six in the morning in New York; 00:30 half past eight in the evening.
    app.clock.advance(14 * HOUR + HOUR / 2);
    let campaign = app.campaign(one_text(), &[miami.clone(), boston_bound]).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 1, "New York is not quiet before nine");
    let held = app.people(&campaign).await.into_iter().find(|p| p["contact_id"] == miami.as_str()).unwrap();
    assert_eq!(held["why"]["code"], "calling.state_hours", "{held}");
    assert!(held["why"]["text"].as_str().unwrap().contains("Fla. Stat. § 501.616(6)(a)"), "{held}");
    // What a person writes is theirs to time.
    app.write("by-hand-1", "sms", "+13055550101", "As you asked").await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 2);
    // An admin passes over the state, which the audit log keeps.
    assert_eq!(choose(&app.admin, "federal").await, 200);
    let log = app.admin.get("/api/audit?action=settings_update").await;
    let changed = &log["data"][0]["changes"][0];
    let told: [&Value; 3] = [&changed["field"], &changed["from"], &changed["to"]];
    assert_eq!(told, [&json!("quiet_hours"), &json!("always"), &json!("federal")], "{log}");
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 3);
}
