//! What `interdict actions create` and `update` send.

use clap::Args;
use serde_json::{Value, json};

use crate::commands::duration;
use crate::commands::server::Members;
use crate::failure::Failure;

/// The flags of `actions create`.
#[derive(Args, Debug)]
pub(super) struct Filing {
    /// What is to be done, by its name in the catalog, such as BlockIp
    #[arg(long, value_name = "NAME")]
    name: String,
    /// A parameter; repeats
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// The maker of what carries it out
    #[arg(long, value_name = "NAME")]
    vendor: String,
    /// The product
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// A part of the product
    #[arg(long, value_name = "NAME")]
    sub_provider: Option<String>,
    /// Why it is filed
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The filer's own name for it, once a tenant: filing it again answers the same action
    #[arg(long, value_name = "TEXT")]
    client_context: Option<String>,
    /// How long its effect lasts, such as 1h or P2D
    #[arg(long, value_name = "DURATION", conflicts_with = "until", value_parser = duration)]
    duration: Option<String>,
    /// Until when its effect lasts, such as 2026-01-31T12:00:00Z
    #[arg(long, value_name = "INSTANT")]
    until: Option<String>,
    /// It is not begun before
    #[arg(long, value_name = "INSTANT")]
    not_before: Option<String>,
    /// How long it may wait for its provider
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    start_by: Option<String>,
    /// How long it may run
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    run_for: Option<String>,
    /// When it must be finished
    #[arg(long, value_name = "INSTANT")]
    finish_by: Option<String>,
    /// 0 to 9, the higher first
    #[arg(long, value_name = "N")]
    priority: Option<u8>,
    /// A word for whoever approves or reads it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Only check it, and show what would be filed
    #[arg(long)]
    dry_run: bool,
    /// Has the same filing, sent again within a day, be answered as the first
    #[arg(long, value_name = "KEY")]
    pub(super) idempotency_key: Option<String>,
}

impl Filing {
    /// The body.
    pub(super) fn body(&self) -> Value {
        let mut vendor = Members::default();
        vendor.put("vendor", Some(&self.vendor));
        vendor.put("provider", Some(&self.provider));
        vendor.put("subProvider", self.sub_provider.as_ref());
        let mut request = Members::default();
        request.put("duration", self.duration.as_ref());
        request.put("until", self.until.as_ref());
        request.put("notBefore", self.not_before.as_ref());
        request.put("startBy", self.start_by.as_ref());
        request.put("runFor", self.run_for.as_ref());
        request.put("finishBy", self.finish_by.as_ref());
        request.put("priority", self.priority);
        request.put("comment", self.comment.as_ref());
        request.put("dryRun", self.dry_run.then_some(true));
        let mut body = Members::default();
        body.put("name", Some(&self.name));
        body.put("parameters", Some(listed(&self.parameters)));
        body.put("vendorInformation", vendor.given());
        body.put("actionReason", self.reason.as_ref());
        body.put("clientContext", self.client_context.as_ref());
        body.put("@interdict.request", request.given());
        body.into_value()
    }
}

/// The flags of `actions update`; what is not named stays.
#[derive(Args, Debug)]
pub(super) struct Change {
    /// Where it stands: NotStarted, Running, Completed or Failed
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Why it was filed
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// The filer's own name for it
    #[arg(long, value_name = "TEXT")]
    client_context: Option<String>,
    /// A parameter, before it is begun; repeats, and all of them are to be named
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// What went wrong, as a number
    #[arg(long, value_name = "N")]
    error_code: Option<i32>,
    /// What went wrong, in words
    #[arg(long, value_name = "TEXT")]
    error_message: Option<String>,
    /// Only if it is still of this version, its `@odata.etag`
    #[arg(long, value_name = "ETAG")]
    pub(super) if_match: Option<String>,
}

impl Change {
    /// The body.
    ///
    /// # Errors
    /// Where it would change nothing.
    pub(super) fn body(&self) -> Result<Value, Failure> {
        let mut error = Members::default();
        error.put("code", self.error_code);
        error.put("message", self.error_message.as_ref());
        let mut body = Members::default();
        body.put("status", self.status.as_ref());
        body.put("actionReason", self.reason.as_ref());
        body.put("clientContext", self.client_context.as_ref());
        body.put("parameters", (!self.parameters.is_empty()).then(|| listed(&self.parameters)));
        body.put("errorInfo", error.given());
        if body.is_empty() {
            return Err(Failure::usage("nothing is to be changed")
                .hint("say what, for example with --status or --reason"));
        }
        Ok(body.into_value())
    }
}

fn listed(pairs: &[(String, String)]) -> Value {
    pairs.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn pair(text: &str) -> Result<(String, String), String> {
    let split = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = split.ok_or_else(|| "it must be NAME=VALUE, such as IP=1.2.3.4".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}
