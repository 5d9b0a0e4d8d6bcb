//! What the filer of an action meant, to tell a repeated filing from another one with the same `clientContext`.

use aws_lc_rs::digest;
use serde::Serialize;

use crate::action::{KeyValuePair, SecurityAction};
use crate::request::Request;
use crate::view::Record;

#[derive(Serialize)]
struct Meaning<'a> {
    name: &'a str,
    reason: Option<&'a str>,
    parameters: &'a [KeyValuePair],
    vendor: [Option<&'a str>; 4],
    open: Vec<(&'a str, &'a str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a Request>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    secrets: &'a [KeyValuePair],
}

impl Record {
    /// [`SecurityAction::meaning`], with what was asked for beside the action.
    #[must_use]
    pub fn meaning(&self) -> [u8; 32] {
        let execution = self.execution.as_deref();
        let secrets = execution.map_or(&[][..], |execution| &execution.work.secrets);
        self.action.meaning(execution.map(|execution| &execution.request), secrets)
    }
}

impl SecurityAction {
    /// SHA-256 of the members that a create takes from its body, in a fixed order, of an action as it was filed, and of
    /// what was asked for beside them, secret values too. What a client leaves out means the same as what it says to be
    /// null or empty.
    #[must_use]
    pub fn meaning(&self, request: Option<&Request>, secrets: &[KeyValuePair]) -> [u8; 32] {
        let vendor = &self.vendor_information;
        let mut open: Vec<_> =
            self.open.iter().map(|member| (member.name.as_str(), member.value.get())).collect();
        open.sort_unstable();
        let meaning = Meaning {
            name: &self.name,
            reason: self.action_reason.as_deref(),
            parameters: &self.parameters,
            vendor: [
                vendor.provider.as_deref(),
                vendor.provider_version.as_deref(),
                vendor.sub_provider.as_deref(),
                vendor.vendor.as_deref(),
            ],
            open,
            request: request.filter(|request| !request.is_default()),
            secrets,
        };
        let text = serde_json::to_vec(&meaning).unwrap_or_default();
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, &text).as_ref());
        hash
    }
}
