//! What can be said of a body without looking at what is stored: lengths, counts, required members.

use crate::action::{KeyValuePair, Status};
use crate::body::{ActionBody, Field, VendorBody};
use crate::{ActionId, Fault, FaultCode, limits};

/// Judges the body of a create.
///
/// # Errors
/// Every fault found, in the order of the members.
pub fn create(body: &ActionBody, provenance: bool) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    faults.lengths(body);
    if provenance && body.id.value().is_some_and(|id| ActionId::parse(id).is_none()) {
        faults.add(
            FaultCode::InvalidValue,
            "id",
            "an id is a GUID, such as `eb659326-9326-eb65-2693-65eb269365eb`",
        );
    }
    faults.require(&body.name, "name");
    match body.parameters.value() {
        None => faults.required("parameters"),
        Some(parameters) => {
            for (at, parameter) in parameters.iter().enumerate() {
                if parameter.name.as_deref().unwrap_or_default().is_empty() {
                    faults.required(format!("parameters[{at}]/name"));
                }
            }
        }
    }
    if !provenance && body.status.value().is_some_and(|status| *status != Status::NotStarted) {
        faults.add(
            FaultCode::InvalidTransition,
            "status",
            "a new action is `NotStarted`: leave `status` out, and change it with PATCH",
        );
    }
    match body.vendor_information.value() {
        None => {
            faults.required("vendorInformation/provider");
            faults.required("vendorInformation/vendor");
        }
        Some(vendor) => {
            faults.require(&vendor.provider, "vendorInformation/provider");
            faults.require(&vendor.vendor, "vendorInformation/vendor");
        }
    }
    faults.into_result()
}

/// Judges the body of an update.
///
/// # Errors
/// Every fault found, in the order of the members.
pub fn update(body: &ActionBody) -> Result<(), Vec<Fault>> {
    let mut faults = Faults::default();
    faults.lengths(body);
    faults.keep(&body.name, "name");
    if body.parameters == Field::Null {
        faults.required("parameters");
    }
    match &body.vendor_information {
        Field::Absent => {}
        Field::Null => faults.required("vendorInformation"),
        Field::Value(vendor) => {
            faults.keep(&vendor.provider, "vendorInformation/provider");
            faults.keep(&vendor.vendor, "vendorInformation/vendor");
        }
    }
    faults.into_result()
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, code: FaultCode, target: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault::new(code, target, message));
    }

    fn required(&mut self, target: impl Into<String>) {
        let target = target.into();
        let message = format!("`{target}` is required");
        self.add(FaultCode::Required, target, message);
    }

    /// The member must be there and not empty.
    fn require(&mut self, field: &Field<String>, target: &str) {
        if field.value().is_none_or(String::is_empty) {
            self.required(target);
        }
    }

    /// The member may be left out, but not cleared.
    fn keep(&mut self, field: &Field<String>, target: &str) {
        if !field.is_absent() {
            self.require(field, target);
        }
    }

    fn into_result(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }

    fn characters(&mut self, text: Option<&String>, limit: usize, target: impl Into<String>) {
        if text.is_some_and(|text| text.len() > limit && text.chars().count() > limit) {
            let target = target.into();
            let message = format!("`{target}` is longer than {limit} characters");
            self.add(FaultCode::TooLong, target, message);
        }
    }

    fn lengths(&mut self, body: &ActionBody) {
        self.characters(body.action_reason.value(), limits::ACTION_REASON, "actionReason");
        self.characters(body.app_id.value(), limits::SHORT_TEXT, "appId");
        self.characters(body.azure_tenant_id.value(), limits::SHORT_TEXT, "azureTenantId");
        self.characters(body.client_context.value(), limits::CLIENT_CONTEXT, "clientContext");
        if let Some(error) = body.error_info.value() {
            self.characters(error.message.value(), limits::ERROR_MESSAGE, "errorInfo/message");
        }
        self.characters(body.name.value(), limits::NAME, "name");
        if let Some(parameters) = body.parameters.value() {
            self.parameters(parameters);
        }
        if let Some(states) = body.states.value() {
            if states.len() > limits::STATES {
                self.add(FaultCode::TooLong, "states", format!("more than {} entries", limits::STATES));
            }
            for (at, state) in states.iter().enumerate() {
                self.characters(state.app_id.as_ref(), limits::SHORT_TEXT, format!("states[{at}]/appId"));
                self.characters(state.user.as_ref(), limits::SHORT_TEXT, format!("states[{at}]/user"));
            }
        }
        self.characters(body.user.value(), limits::SHORT_TEXT, "user");
        if let Some(vendor) = body.vendor_information.value() {
            for (field, name) in vendor.members() {
                self.characters(field.value(), limits::SHORT_TEXT, format!("vendorInformation/{name}"));
            }
        }
        self.open(body);
    }

    fn parameters(&mut self, parameters: &[KeyValuePair]) {
        if parameters.len() > limits::PARAMETERS {
            self.add(
                FaultCode::TooLong,
                "parameters",
                format!("more than {} parameters", limits::PARAMETERS),
            );
        }
        for (at, parameter) in parameters.iter().enumerate() {
            self.characters(
                parameter.name.as_ref(),
                limits::PARAMETER_NAME,
                format!("parameters[{at}]/name"),
            );
            if parameter.value.as_ref().is_some_and(|value| value.len() > limits::PARAMETER_VALUE) {
                let message = format!("longer than {} bytes", limits::PARAMETER_VALUE);
                self.add(FaultCode::TooLong, format!("parameters[{at}]/value"), message);
            }
        }
    }

    fn open(&mut self, body: &ActionBody) {
        // What a null removes takes no room.
        let kept = || body.open.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let bytes: usize = kept().map(|(name, value)| name.len() + value.get().len()).sum();
        if let Some((beyond, _)) = kept().nth(limits::OPEN_MEMBERS) {
            let message = format!("more than {} undeclared members", limits::OPEN_MEMBERS);
            self.add(FaultCode::TooLong, beyond, message);
        } else if let Some((last, _)) = kept().next_back().filter(|_| bytes > limits::OPEN_BYTES) {
            let message = format!("the undeclared members take more than {} bytes", limits::OPEN_BYTES);
            self.add(FaultCode::TooLong, last, message);
        }
    }
}

impl VendorBody {
    /// The members with their names.
    fn members(&self) -> [(&Field<String>, &'static str); 4] {
        [
            (&self.provider, "provider"),
            (&self.provider_version, "providerVersion"),
            (&self.sub_provider, "subProvider"),
            (&self.vendor, "vendor"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_action_has_begun_only_where_a_migration_says_so() {
        let body = |status| ActionBody { status, ..ActionBody::default() };
        let refused = |status, provenance| {
            let faults = create(&body(status), provenance).err().unwrap_or_default();
            faults.iter().any(|fault| fault.code == FaultCode::InvalidTransition && fault.target == "status")
        };
        assert!(refused(Field::Value(Status::Running), false));
        assert!(!refused(Field::Value(Status::Running), true));
        assert!(!refused(Field::Value(Status::NotStarted), false));
        assert!(!refused(Field::Absent, false));
    }
}
