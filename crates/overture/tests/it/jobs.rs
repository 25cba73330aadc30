//! Background work that fails, is given up, and gets another beginning.

use crate::kit::*;
use domain::ids::JobId;
use serde_json::{Value, json};

both! {
    a_job_that_was_given_up_can_be_tried_again_and_no_other,
}

async fn a_job_that_was_given_up_can_be_tried_again_and_no_other(app: TestApp) {
    let id = store::new_id(JobId::from_uuid);
    let tx = app.app.db.begin().await.unwrap();
    // Of a kind that this build does not know, as a newer one leaves it: every try fails.
    store::job::enqueue(&tx, &app.scope, &id, "later_kind", &json!({}), app.clock.now()).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let status = async || -> Value { app.admin.get(&format!("/api/jobs/{id}")).await["status"].clone() };
    let retry =
        async || app.admin.call("POST", &format!("/api/jobs/{id}/retry"), &json!({})).await.status.as_u16();
    assert_eq!(retry().await, 404);
    let mut tries = 0;
    for _ in 0..2 {
        while status().await == "queued" {
            app.clock.advance(DAY);
            overture::loops::jobs::run(app.app.clone()).await.unwrap();
            tries += 1;
        }
        assert_eq!(status().await, "dead");
        assert_eq!(retry().await, 200);
        assert_eq!(status().await, "queued");
    }
    assert_eq!(tries, 2 * domain::retry::MAX_ATTEMPTS);
    app.admin.post(&format!("/api/jobs/{id}/cancel"), json!({})).await;
    assert_eq!(retry().await, 404);
}
