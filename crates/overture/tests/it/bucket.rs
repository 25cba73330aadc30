//! Recordings in a bucket: kept, fetched whole and in part, deleted; and what is said where the bucket is not as it
//! should be.

use crate::{kit::*, voicemail};
use overture::media::{Bucket, Settings};

both! {
    a_recording_lies_in_the_bucket_and_is_fetched_as_from_the_folder,
    what_lay_in_the_folder_before_is_still_heard,
    a_store_that_is_away_loses_nothing_and_is_said_to_be,
    a_bucket_that_cannot_be_used_says_which_setting_is_wrong,
}

async fn with_bucket(app: &TestApp, s3: &S3) -> TestApp {
    let bucket = s3.bucket();
    app.node_with_config(|config| config.media = Some(bucket)).await
}

fn files(app: &TestApp) -> Vec<String> {
    let folder = app.folder().join("media/vm").join(app.scope.workspace.as_str());
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    found.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

async fn a_recording_lies_in_the_bucket_and_is_fetched_as_from_the_folder(app: TestApp) {
    let Some(s3) = S3::start().await else { return };
    let node = with_bucket(&app, &s3).await;
    node.app.media.check(&node.app.node).await.unwrap();
    assert_eq!(s3.names().await, Vec::<String>::new(), "the check leaves nothing behind");
    let address = voicemail::spoken(&node).await;
    let names = s3.names().await;
    let place = format!("nordlys/vm/{}/", node.scope.workspace);
    assert!(names.len() == 1 && names[0].starts_with(&place) && names[0].ends_with(".mp3"), "{names:?}");
    assert_eq!(files(&node), Vec::<String>::new(), "nothing lies in the folder");
    voicemail::is_fetched_whole_and_in_part(&node, &address).await;
    // Long after anybody used it, it goes.
    node.clock.advance(91 * DAY);
    overture::recordings::forget(&node.app).await.unwrap();
    assert_eq!(s3.names().await, Vec::<String>::new());
}

async fn what_lay_in_the_folder_before_is_still_heard(app: TestApp) {
    let Some(s3) = S3::start().await else { return };
    let address = voicemail::spoken(&app).await;
    assert_eq!(files(&app).len(), 1);
    let node = with_bucket(&app, &s3).await;
    voicemail::is_fetched_whole_and_in_part(&node, &address).await;
    node.clock.advance(91 * DAY);
    overture::recordings::forget(&node.app).await.unwrap();
    assert_eq!(files(&app), Vec::<String>::new());
}

async fn a_store_that_is_away_loses_nothing_and_is_said_to_be(app: TestApp) {
    let Some(mut s3) = S3::start().await else { return };
    let node = with_bucket(&app, &s3).await;
    let address = voicemail::spoken(&node).await;
    s3.kill();
    let away = Client::anonymous(&node.app).raw("GET", &address, &[], "").await;
    assert_eq!(away.brief(), "503 503");
    away.assert_error_shape(&address);
    // Another text cannot be kept: it is not sent, and it is tried again.
    let message = voicemail::write_another(&node).await;
    node.send_once().await;
    let waiting = node.message(&message).await;
    assert_eq!(waiting["status"], "queued", "{waiting:#}");
    assert_eq!(voicemail::dropped(&node).await, 1);
}

async fn a_bucket_that_cannot_be_used_says_which_setting_is_wrong(app: TestApp) {
    let Some(mut s3) = S3::start().await else { return };
    let good = s3.settings();
    let key = |text: &Option<String>| text.as_ref().map(|text| text.chars().rev().collect());
    let table = [
        (Settings { secret_key: key(&good.secret_key), ..good.clone() }, "media.secret_key"),
        (Settings { access_key: key(&good.access_key), ..good.clone() }, "media.access_key"),
        (Settings { bucket: Some("nowhere".into()), ..good.clone() }, "does not exist"),
        (Settings { bucket: Some("of-others".into()), ..good.clone() }, "may not write"),
    ];
    for (settings, word) in table {
        let secret = settings.secret_key.clone().unwrap();
        let said = check(&app, settings).await;
        assert!(said.contains(word) && !said.contains(&secret), "{said}");
    }
    s3.kill();
    let said = check(&app, good).await;
    assert!(said.contains("does not answer") && said.contains("media.endpoint"), "{said}");
}

async fn check(app: &TestApp, settings: Settings) -> String {
    let bucket = Bucket::of(settings).unwrap();
    let node = app.node_with_config(|config| config.media = bucket).await;
    format!("{:#}", node.app.media.check(&node.app.node).await.unwrap_err())
}
