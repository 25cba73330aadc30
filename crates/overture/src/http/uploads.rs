//! placeholder
pub async fn upload() {}
pub async fn rejected() {}
