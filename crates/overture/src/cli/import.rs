//! placeholder
#[derive(clap::Args)]
pub struct ImportCommand {}
pub async fn run(_: ImportCommand) -> anyhow::Result<std::process::ExitCode> { Ok(std::process::ExitCode::SUCCESS) }
