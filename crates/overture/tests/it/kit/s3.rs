//! A real S3-compatible store, written by others, in a process of its own. It checks keys and signatures.

use super::beside::Beside;
use overture::media::{Bucket, Settings};

/// The program `moto_server`; `cargo xtask test` installs it and sets this.
const PROGRAM: &str = "OVERTURE_TEST_S3";
/// What the store calls a bucket of ours, and where it is.
pub const BUCKET: &str = "recordings";
const REGION: &str = "eu-central-1";

pub struct S3 {
    server: Beside,
    http: reqwest::Client,
    access_key: String,
    secret_key: String,
}

impl S3 {
    /// `None`, said aloud, where there is none on this machine; on CI there is one.
    pub async fn start() -> Option<Self> {
        let server = Beside::start(PROGRAM, "what is kept in a bucket")?;
        let http = reqwest::Client::new();
        let mut store = Self { server, http, access_key: String::new(), secret_key: String::new() };
        store.furnish().await;
        Some(store)
    }

    /// A user with keys and a bucket; from then on nobody does anything without good keys.
    async fn furnish(&mut self) {
        self.iam("CreateUser", &[]).await;
        let made = self.iam("CreateAccessKey", &[]).await;
        let word = |name: &str| {
            let (_, rest) = made.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        (self.access_key, self.secret_key) = (word("AccessKeyId"), word("SecretAccessKey"));
        let ours = format!("arn:aws:s3:::{BUCKET}/*");
        let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], "Resource": ours },
            { "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::nowhere/*" },
        ] });
        let policy = policy.to_string();
        self.iam("PutUserPolicy", &[("PolicyName", "recordings"), ("PolicyDocument", &policy)]).await;
        for bucket in [BUCKET, "of-others"] {
            let place = format!(
                "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
            );
            let made = self
                .http
                .put(format!("{}/{bucket}", self.server.url))
                .header("authorization", unsigned("s3"));
            assert_eq!(made.body(place).send().await.unwrap().status(), 200);
        }
        self.strict(true).await;
    }

    /// Whether it asks for good keys.
    async fn strict(&self, is_strict: bool) {
        // So many requests are answered without.
        let free = if is_strict { "0" } else { "inf" };
        let told = self
            .http
            .post(format!("{}/moto-api/reset-auth", self.server.url))
            .body(free)
            .send()
            .await
            .unwrap();
        assert_eq!(told.status(), 200);
    }

    async fn iam(&self, action: &str, more: &[(&str, &str)]) -> String {
        let mut form = vec![("Action", action), ("Version", "2010-05-08"), ("UserName", "overture")];
        form.extend_from_slice(more);
        let asked = self.http.post(&self.server.url).header("authorization", unsigned("iam")).form(&form);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    /// What a configuration says that keeps files in its bucket.
    pub fn settings(&self) -> Settings {
        Settings {
            bucket: Some(BUCKET.into()),
            endpoint: Some(self.server.url.clone()),
            region: Some(REGION.into()),
            prefix: Some("nordlys/".into()),
            access_key: Some(self.access_key.clone()),
            secret_key: Some(self.secret_key.clone()),
            path_style: None,
        }
    }

    /// The bucket.
    pub fn bucket(&self) -> Bucket {
        Bucket::of(self.settings()).unwrap().unwrap()
    }

    /// The names of all files that it keeps, as the store itself tells them.
    pub async fn names(&self) -> Vec<String> {
        self.strict(false).await;
        let listed = self.http.get(format!("{}/{BUCKET}?list-type=2", self.server.url));
        let listed = listed.header("authorization", unsigned("s3")).send().await.unwrap();
        assert_eq!(listed.status(), 200);
        let listed = listed.text().await.unwrap();
        self.strict(true).await;
        let names = listed.split("<Key>").skip(1).filter_map(|rest| rest.split_once("</Key>"));
        let mut names: Vec<String> = names.map(|(name, _)| name.to_owned()).collect();
        names.sort();
        names
    }

    /// It is gone.
    pub fn kill(&mut self) {
        self.server.kill();
    }
}

fn unsigned(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=nobody/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=none"
    )
}
