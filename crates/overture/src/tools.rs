//! Every tool of the product, feature by feature.

use crate::tool::{Registry, Tool};

/// The registry.
pub fn all() -> Registry {
    let features: [Vec<Tool>; 44] = [
        crate::api_keys::tools(),
        crate::relayers::tools(),
        crate::approved::tools(),
        crate::assignment::tools(),
        crate::audit::tools(),
        crate::bulk_actions::tools(),
        crate::campaigns::tools(),
        crate::consents::tools(),
        crate::companies::tools(),
        crate::contact_addresses::tools(),
        crate::contact_sets::tools(),
        crate::contacts::tools(),
        crate::conversations::tools(),
        crate::custom_fields::tools(),
        crate::dead_letters::tools(),
        crate::drafts::tools(),
        crate::funnel_files::tools(),
        crate::funnels::tools(),
        crate::gmail::tools(),
        crate::icp::tools(),
        crate::imports::tools(),
        crate::jobs::tools(),
        crate::labels::tools(),
        crate::macros::tools(),
        crate::merges::tools(),
        crate::messages::tools(),
        crate::notes::tools(),
        crate::notifications::tools(),
        crate::search::tools(),
        crate::second_factor::tools(),
        crate::segments::tools(),
        crate::privacy::tools(),
        crate::senders::tools(),
        crate::settings::tools(),
        crate::previews::tools(),
        crate::simulate::tools(),
        crate::snippets::tools(),
        crate::stats::tools(),
        crate::suppressions::tools(),
        crate::targets::tools(),
        crate::tasks::tools(),
        crate::team::tools(),
        crate::views::tools(),
        crate::webhooks::tools(),
    ];
    Registry::new(features.into_iter().flatten().collect())
}
