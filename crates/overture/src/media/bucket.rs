//! Files in a bucket of an S3-compatible store.

use super::{Asked, Found, Part, Reading, line::Line};
use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use domain::ids::{RecordingId, WorkspaceId};
use futures::{StreamExt, TryStreamExt};
use object_store::{
    Attribute, Attributes, Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use serde::Deserialize;
use std::{fmt, future::Future, sync::Arc, time::Duration};

/// A failure that passes is tried again so many times, and for so long altogether.
const TRIES_MORE: usize = 2;
const TRYING: Duration = Duration::from_secs(10);
/// How long writing, deleting or finding a file may take altogether.
const LONGEST: Duration = Duration::from_secs(20);

/// The table `[media]` of the configuration.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Name of the bucket; without it files lie in the data folder.
    pub bucket: Option<String>,
    /// Address of the store; without it that of Amazon in the region.
    pub endpoint: Option<String>,
    /// Region, as requests are signed for it.
    pub region: Option<String>,
    /// What the names of all files begin with.
    pub prefix: Option<String>,
    /// Whether the bucket stands in the path, and not in the name of the server.
    pub path_style: Option<bool>,
    /// Who we are there.
    pub access_key: Option<String>,
    /// What proves it.
    pub secret_key: Option<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the keys.
        f.debug_struct("Settings").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// A bucket and how it is reached. It shows itself without its keys.
#[derive(Clone)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    name: String,
    place: String,
    prefix: String,
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the bucket {} at {}", self.name, self.place)
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({self})")
    }
}

impl Bucket {
    /// As configured; `None` where no bucket is named. Nobody is asked yet.
    ///
    /// # Errors
    /// Which setting is missing or cannot be used.
    pub fn of(settings: Settings) -> Result<Option<Self>> {
        let filled =
            |value: Option<String>| value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let (endpoint, region) = (filled(settings.endpoint), filled(settings.region));
        let Some(name) = filled(settings.bucket) else {
            if endpoint.is_some() || settings.access_key.is_some() {
                bail!(
                    "media.bucket is missing: name the bucket that the files go to, or leave all of [media] out"
                );
            }
            return Ok(None);
        };
        let (Some(access_key), Some(secret_key)) = (filled(settings.access_key), filled(settings.secret_key))
        else {
            bail!(
                "media.access_key and media.secret_key belong to media.bucket; give them as OVERTURE_MEDIA__ACCESS_KEY and OVERTURE_MEDIA__SECRET_KEY"
            );
        };
        let region = match (region, &endpoint) {
            (Some(region), _) => region,
            // What most stores of one's own are called.
            (None, Some(_)) => "us-east-1".into(),
            (None, None) => {
                bail!("media.region is missing: name the region of the bucket, such as eu-central-1")
            }
        };
        let path_style = settings.path_style.unwrap_or(endpoint.is_some());
        let retry = RetryConfig { max_retries: TRIES_MORE, retry_timeout: TRYING, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&name)
            .with_region(&region)
            .with_access_key_id(access_key)
            .with_secret_access_key(secret_key)
            .with_virtual_hosted_style_request(!path_style)
            // Not every store takes the request that deletes many at once.
            .with_disable_bulk_delete(true)
            .with_retry(retry)
            .with_http_connector(Line::open().context("no client for the object store could be made")?);
        let place = match &endpoint {
            None => format!("Amazon S3 in {region}"),
            Some(text) => {
                let url = address(text, (!path_style).then_some(name.as_str()))?;
                builder = builder
                    .with_allow_http(url.scheme() == "http")
                    .with_endpoint(url.as_str().trim_end_matches('/'));
                text.trim_end_matches('/').to_owned()
            }
        };
        let store = builder.build().context("the settings of [media] cannot be used")?;
        let prefix = filled(settings.prefix).unwrap_or_default();
        Ok(Some(Self { store: Arc::new(store), name, place, prefix: prefix.trim_matches('/').to_owned() }))
    }

    fn path(&self, workspace: &WorkspaceId, id: &RecordingId) -> Path {
        self.named(&format!("vm/{workspace}/{id}.mp3"))
    }

    fn named(&self, name: &str) -> Path {
        Path::from(format!("{}/{name}", self.prefix))
    }

    /// Writes a file whole, or not at all.
    pub async fn put(&self, workspace: &WorkspaceId, id: &RecordingId, bytes: &Bytes) -> Result<()> {
        let path = self.path(workspace, id);
        self.write(&path, bytes.clone(), "audio/mpeg").await.map_err(|why| self.told("write to", &why))
    }

    async fn write(&self, path: &Path, bytes: Bytes, kind: &'static str) -> object_store::Result<()> {
        let attributes = Attributes::from_iter([(Attribute::ContentType, kind)]);
        let options = PutOptions { attributes, ..PutOptions::default() };
        within(self.store.put_opts(path, bytes.into(), options)).await.map(drop)
    }

    /// A whole file; `None` where there is none.
    pub async fn get(&self, workspace: &WorkspaceId, id: &RecordingId) -> Result<Option<Bytes>> {
        let path = self.path(workspace, id);
        let got = within(async { self.store.get(&path).await?.bytes().await }).await;
        self.there(got).await
    }

    /// A file or a part of it. That there is none is certain only while the bucket is there.
    pub async fn read(&self, workspace: &WorkspaceId, id: &RecordingId, asked: Asked) -> Result<Found> {
        let path = self.path(workspace, id);
        let range = match asked {
            Asked::Whole => None,
            Asked::From { first, last: Some(last) } => Some(GetRange::Bounded(first..last.saturating_add(1))),
            Asked::From { first, last: None } => Some(GetRange::Offset(first)),
            Asked::Last(tail) => Some(GetRange::Suffix(tail)),
        };
        let options = GetOptions { range, ..GetOptions::default() };
        let got = match within(self.store.get_opts(&path, options)).await {
            // Stores refuse a range behind the end in different words: the length decides.
            Err(Error::Generic { .. } | Error::NotSupported { .. }) if asked != Asked::Whole => {
                let Some(meta) = self.there(within(self.store.head(&path)).await).await? else {
                    return Ok(Found::Nothing);
                };
                if asked.of(meta.size) == Part::Beyond {
                    return Ok(Found::Beyond(meta.size));
                }
                within(self.store.get(&path)).await
            }
            got => got,
        };
        let Some(got) = self.there(got).await? else { return Ok(Found::Nothing) };
        let length = got.meta.size;
        let is_whole = got.range.start == 0 && got.range.end == length;
        let part = match asked {
            Asked::Whole => Part::Whole,
            // The store gave all of it although less was asked for, which is its right.
            _ if is_whole && asked.of(length) == Part::Whole => Part::Whole,
            _ => Part::Some { first: got.range.start, last: got.range.end.saturating_sub(1) },
        };
        let named = self.to_string();
        let bytes = got.into_stream().map_err(move |error| anyhow!("{named} broke off: {error}")).boxed();
        Ok(Found::Here(Reading { length, part, bytes }))
    }

    /// Deletes a file; one that is not there is deleted.
    pub async fn delete(&self, workspace: &WorkspaceId, id: &RecordingId) -> Result<()> {
        match within(self.store.delete(&self.path(workspace, id))).await {
            Err(Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(self.told("delete in", &error)),
        }
    }

    /// `None` where the store says that there is no such file.
    async fn there<T>(&self, got: object_store::Result<T>) -> Result<Option<T>> {
        match got {
            Ok(got) => Ok(Some(got)),
            Err(error @ Error::NotFound { .. }) if code(&error).as_deref() == Some("NoSuchBucket") => {
                Err(self.told("read in", &error))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.told("read in", &error)),
        }
    }

    /// Whether a file can be written, read in part and deleted.
    pub async fn check(&self, node: &str) -> Result<()> {
        let path = self.named(&format!("check/{node}"));
        let written = self.write(&path, Bytes::from_static(b"overture"), "text/plain").await;
        written.map_err(|why| self.told("write to", &why))?;
        let read = within(async {
            let options = GetOptions { range: Some(GetRange::Bounded(4..8)), ..GetOptions::default() };
            self.store.get_opts(&path, options).await?.bytes().await
        });
        let read = read.await.map_err(|why| self.told("read in", &why));
        // Whatever came of it, nothing stays behind.
        let deleted = within(self.store.delete(&path)).await.map_err(|why| self.told("delete in", &why));
        if read?.as_ref() != b"ture" {
            bail!("{self} does not give back what was put there; choose another store");
        }
        deleted
    }

    /// What is wrong and what to look at.
    fn told(&self, what: &str, error: &Error) -> anyhow::Error {
        let code = code(error);
        let said = code.as_deref().map(|code| format!(" (it says {code})")).unwrap_or_default();
        let code = code.as_deref().unwrap_or_default();
        match error {
            Error::NotFound { .. } => {
                anyhow!("{self} does not exist{said}. Check media.bucket and media.endpoint, or create it")
            }
            Error::Unauthenticated { .. } => {
                anyhow!("{self} does not know these keys{said}. Check media.access_key and media.secret_key")
            }
            Error::PermissionDenied { .. }
                if matches!(
                    code,
                    "InvalidAccessKeyId"
                        | "SignatureDoesNotMatch"
                        | "AuthFailure"
                        | "ExpiredToken"
                        | "InvalidClientTokenId"
                ) =>
            {
                anyhow!("{self} does not know these keys{said}. Check media.access_key and media.secret_key")
            }
            Error::PermissionDenied { .. } => anyhow!(
                "the keys may not {what} {self}{said}. Give them the rights to put, get and delete objects there"
            ),
            _ if matches!(
                code,
                "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException"
            ) =>
            {
                anyhow!("{self} is in another region{said}. Check media.region")
            }
            _ if !code.is_empty() => anyhow!("{self} refused{said}"),
            _ => {
                anyhow!("{self} does not answer. Check media.endpoint, and whether the store is up: {error}")
            }
        }
    }
}

/// The address of the store; with the bucket before its name, where the bucket does not stand in the path.
fn address(text: &str, bucket: Option<&str>) -> Result<url::Url> {
    let wrong = || format!("media.endpoint is {text:?}; it must look like https://s3.company.example");
    let mut url = url::Url::parse(text).ok().with_context(wrong)?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !matches!(url.scheme(), "https" | "http") || !is_plain || url.host_str().is_none() {
        bail!(wrong());
    }
    if let (Some(bucket), Some(host)) = (bucket, url.host_str().map(str::to_owned)) {
        url.set_host(Some(&format!("{bucket}.{host}"))).with_context(wrong)?;
    }
    Ok(url)
}

/// What the store calls its refusal, such as `NoSuchBucket`.
fn code(error: &Error) -> Option<String> {
    let text = error.to_string();
    let (_, rest) = text.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let is_word = !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    is_word.then(|| code.to_owned())
}

async fn within<T>(asking: impl Future<Output = object_store::Result<T>>) -> object_store::Result<T> {
    match tokio::time::timeout(LONGEST, asking).await {
        Ok(done) => done,
        Err(late) => Err(Error::Generic { store: "S3", source: Box::new(late) }),
    }
}
