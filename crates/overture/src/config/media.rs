//! Where recordings are kept.

use crate::media::{Bucket, Settings};
use anyhow::{Context, Result};

/// The bucket that recordings are kept in, by the environment before the file; `None` where none is named.
pub(super) fn bucket(env: &dyn Fn(&str) -> Option<String>, file: Settings) -> Result<Option<Bucket>> {
    let value = |name: &str| env(&format!("OVERTURE_MEDIA__{name}"));
    let path_style =
        match value("PATH_STYLE") {
            Some(text) => Some(text.parse().with_context(|| {
                format!("OVERTURE_MEDIA__PATH_STYLE is {text:?}; it must be true or false")
            })?),
            None => file.path_style,
        };
    Bucket::of(Settings {
        bucket: value("BUCKET").or(file.bucket),
        endpoint: value("ENDPOINT").or(file.endpoint),
        region: value("REGION").or(file.region),
        prefix: value("PREFIX").or(file.prefix),
        access_key: value("ACCESS_KEY").or(file.access_key),
        secret_key: value("SECRET_KEY").or(file.secret_key),
        path_style,
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Flags};

    #[test]
    fn a_bucket_is_whole_or_not_there_and_keeps_its_keys_to_itself() {
        let load = |set: &[(&str, &str)]| {
            let env = |name: &str| {
                let name = name.strip_prefix("OVERTURE_MEDIA__")?;
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            Config::from(&Flags::default(), &env).map(|config| config.media)
        };
        assert!(load(&[]).unwrap().is_none());
        let keys = [("BUCKET", "media"), ("ACCESS_KEY", "hush"), ("SECRET_KEY", "hush")];
        let with = |more: &[(&str, &str)]| load(&[&keys[..], more].concat());
        let here = with(&[("ENDPOINT", "http://127.0.0.1:9000/")]).unwrap().unwrap();
        assert_eq!(here.to_string(), "the bucket media at http://127.0.0.1:9000");
        assert!(!format!("{here:?}").contains("hush"), "{here:?}");
        assert_eq!(
            with(&[("REGION", "eu-central-1")]).unwrap().unwrap().to_string(),
            "the bucket media at Amazon S3 in eu-central-1"
        );
        for (wrong, word) in [
            (load(&keys[..1]), "media.secret_key"),
            (load(&keys[1..]), "media.bucket"),
            (with(&[]), "media.region"),
            (with(&[("ENDPOINT", "s3.company.example")]), "media.endpoint"),
            (with(&[("ENDPOINT", "ftp://s3.company.example")]), "media.endpoint"),
            (with(&[("REGION", "x"), ("PATH_STYLE", "perhaps")]), "PATH_STYLE"),
        ] {
            let refused = format!("{:#}", wrong.unwrap_err());
            assert!(refused.contains(word) && !refused.contains("hush"), "{refused}");
        }
    }
}
