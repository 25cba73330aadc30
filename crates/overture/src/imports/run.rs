//! placeholder
pub async fn run(_: &std::sync::Arc<crate::app::App>, _: store::job::Job, _: &str) -> crate::error::Result<()> { Ok(()) }
