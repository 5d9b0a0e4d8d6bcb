//! The entity as JSON: the document that is stored and sent, and the differences that the journal keeps.
//!
//! A document holds every declared member, nulls too, each entity and complex value with its `@odata.type`, then
//! the undeclared members. It lacks what depends on the request (`@odata.context`, `@odata.etag`).

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::action::{
    KeyValuePair, OpenMember, ResultInfo, SecurityAction, StateEntry, Status, VendorInformation,
};
use crate::effect::Effect;
use crate::execution::Execution;
use crate::{ActionId, Timestamp};

/// The version of the rendering; a stored document of an older one is rendered again when it is next written.
pub const RENDER_VERSION: i64 = 1;

/// Renders the entity.
#[must_use]
pub fn render(action: &SecurityAction) -> String {
    // Strings, integers and JSON that was parsed before: cannot fail to serialise.
    serde_json::to_string(&Document(action)).unwrap_or_default()
}

/// Reads a document back.
///
/// # Errors
/// Where the text is not a document as [`render`] writes it: the store is damaged.
pub fn parse(document: &str) -> Result<SecurityAction, serde_json::Error> {
    let members: Members = serde_json::from_str(document)?;
    members.into_action().ok_or_else(|| serde::de::Error::custom("a member of the document is missing"))
}

struct Document<'a>(&'a SecurityAction);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let action = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("@odata.type", "#microsoft.graph.securityAction")?;
        map.serialize_entry("id", &action.id)?;
        map.serialize_entry("actionReason", &action.action_reason)?;
        map.serialize_entry("appId", &action.app_id)?;
        map.serialize_entry("azureTenantId", &action.azure_tenant_id)?;
        map.serialize_entry("clientContext", &action.client_context)?;
        map.serialize_entry("completedDateTime", &action.completed)?;
        map.serialize_entry("createdDateTime", &action.created)?;
        map.serialize_entry("errorInfo", &action.error_info.as_ref().map(Typed))?;
        map.serialize_entry("lastActionDateTime", &action.last_action)?;
        map.serialize_entry("name", &action.name)?;
        map.serialize_entry("parameters", &TypedAll(&action.parameters))?;
        map.serialize_entry("states", &TypedAll(&action.states))?;
        map.serialize_entry("status", &action.status)?;
        map.serialize_entry("user", &action.user)?;
        map.serialize_entry("vendorInformation", &Typed(&action.vendor_information))?;
        for member in &action.open {
            map.serialize_entry(&member.name, &member.value)?;
        }
        map.end()
    }
}

/// A complex value written with its `@odata.type` first.
struct Typed<'a, T>(&'a T);
/// A collection of them.
struct TypedAll<'a, T>(&'a [T]);

trait ComplexType: Serialize {
    const NAME: &'static str;
}

impl ComplexType for KeyValuePair {
    const NAME: &'static str = "#microsoft.graph.keyValuePair";
}
impl ComplexType for ResultInfo {
    const NAME: &'static str = "#microsoft.graph.resultInfo";
}
impl ComplexType for StateEntry {
    const NAME: &'static str = "#microsoft.graph.securityActionState";
}
impl ComplexType for VendorInformation {
    const NAME: &'static str = "#microsoft.graph.securityVendorInformation";
}

impl<T: ComplexType> Serialize for Typed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct WithType<'a, T> {
            #[serde(rename = "@odata.type")]
            name: &'static str,
            #[serde(flatten)]
            value: &'a T,
        }
        WithType { name: T::NAME, value: self.0 }.serialize(serializer)
    }
}

impl<T: ComplexType> Serialize for TypedAll<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Typed))
    }
}

/// What changed between two states of one action: `{"set":{member: new value},"append":[history entries],
/// "execution":{…},"effect":{…}}`. A `null` in `set` clears the member; execution and effect are given whole, where they
/// changed. Applying it to the first gives the second.
#[derive(Debug)]
pub struct Difference<'a> {
    /// The action before.
    pub before: &'a SecurityAction,
    /// The action after.
    pub after: &'a SecurityAction,
    /// Its execution after, where that changed; `Some(None)` where there is none any more.
    pub execution: Option<Option<&'a Execution>>,
    /// Its effect after, where that changed.
    pub effect: Option<&'a Effect>,
}

impl Difference<'_> {
    /// The difference as the journal keeps it.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The history entries that were only added, where the older ones all stayed.
    fn appended(&self) -> Option<&[StateEntry]> {
        self.after.states.strip_prefix(self.before.states.as_slice())
    }
}

impl Serialize for Difference<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("set", &ChangedMembers(self))?;
        if let Some(appended) = self.appended().filter(|appended| !appended.is_empty()) {
            map.serialize_entry("append", appended)?;
        }
        if let Some(execution) = &self.execution {
            map.serialize_entry("execution", execution)?;
        }
        if let Some(effect) = self.effect {
            map.serialize_entry("effect", effect)?;
        }
        map.end()
    }
}

struct ChangedMembers<'a>(&'a Difference<'a>);

impl Serialize for ChangedMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Difference { before, after, .. } = *self.0;
        let mut map = serializer.serialize_map(None)?;
        macro_rules! changed {
            ($($name:literal => $member:ident),* $(,)?) => {
                $(if before.$member != after.$member {
                    map.serialize_entry($name, &after.$member)?;
                })*
            };
        }
        changed! {
            "actionReason" => action_reason, "appId" => app_id, "azureTenantId" => azure_tenant_id,
            "clientContext" => client_context, "completedDateTime" => completed,
            "createdDateTime" => created, "errorInfo" => error_info, "lastActionDateTime" => last_action,
            "name" => name, "parameters" => parameters, "status" => status, "user" => user,
            "vendorInformation" => vendor_information,
        }
        if self.0.appended().is_none() {
            map.serialize_entry("states", &after.states)?;
        }
        for member in &after.open {
            if !before.open.contains(member) {
                map.serialize_entry(&member.name, &member.value)?;
            }
        }
        for member in &before.open {
            if !after.open.iter().any(|kept| kept.name == member.name) {
                map.serialize_entry(&member.name, &())?;
            }
        }
        map.end()
    }
}

/// What a difference says beside the action itself.
#[derive(Debug, Default)]
pub struct Beside {
    /// The execution after, where it changed; `Some(None)` where there is none any more.
    pub execution: Option<Option<Execution>>,
    /// The effect after, where it changed.
    pub effect: Option<Effect>,
}

/// Applies a difference as [`Difference::to_text`] wrote it.
///
/// # Errors
/// Where the text is no difference: the journal is damaged.
pub fn apply_difference(action: &mut SecurityAction, text: &str) -> Result<Beside, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Text {
        set: Members,
        #[serde(default)]
        append: Vec<StateEntry>,
        #[serde(default, deserialize_with = "given")]
        execution: Option<Option<Execution>>,
        effect: Option<Effect>,
    }
    let Text { set, append, execution, effect } = serde_json::from_str(text)?;
    set.write_to(action);
    action.states.extend(append);
    Ok(Beside { execution, effect })
}

/// A member that is there, null or not.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A filing as the journal keeps it: the document, and behind it the execution and the effect that it came with.
#[must_use]
pub fn filing(document: &Arc<str>, execution: Option<&Execution>, effect: Option<&Effect>) -> Arc<str> {
    if execution.is_none() && effect.is_none() {
        return Arc::clone(document);
    }
    let mut text = document.strip_suffix('}').unwrap_or(document).to_owned();
    if let Some(execution) = execution {
        text += ",\"@interdict.execution\":";
        text += &execution.text();
    }
    if let Some(effect) = effect {
        text += ",\"@interdict.effect\":";
        text += &effect.text();
    }
    text.push('}');
    text.into()
}

/// Reads what [`filing`] wrote.
///
/// # Errors
/// Where the text is no filing: the journal is damaged.
pub fn parse_filing(text: &str) -> Result<(SecurityAction, Beside), serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Annotations {
        #[serde(rename = "@interdict.execution")]
        execution: Option<Execution>,
        #[serde(rename = "@interdict.effect")]
        effect: Option<Effect>,
    }
    let action = parse(text)?;
    if !text.contains("\"@interdict.e") {
        return Ok((action, Beside::default()));
    }
    let Annotations { execution, effect } = serde_json::from_str(text)?;
    Ok((action, Beside { execution: execution.map(Some), effect }))
}

/// Members of a document or of a difference; `None` is absent.
#[derive(Default)]
struct Members {
    id: Option<ActionId>,
    action_reason: Option<Option<String>>,
    app_id: Option<Option<String>>,
    azure_tenant_id: Option<Option<String>>,
    client_context: Option<Option<String>>,
    completed: Option<Option<Timestamp>>,
    created: Option<Timestamp>,
    error_info: Option<Option<ResultInfo>>,
    last_action: Option<Timestamp>,
    name: Option<String>,
    parameters: Option<Vec<KeyValuePair>>,
    states: Option<Vec<StateEntry>>,
    status: Option<Status>,
    user: Option<Option<String>>,
    vendor_information: Option<VendorInformation>,
    open: Vec<(String, Option<Box<RawValue>>)>,
}

impl Members {
    fn into_action(self) -> Option<SecurityAction> {
        Some(SecurityAction {
            id: self.id?,
            action_reason: self.action_reason?,
            app_id: self.app_id?,
            azure_tenant_id: self.azure_tenant_id?,
            client_context: self.client_context?,
            completed: self.completed?,
            created: self.created?,
            error_info: self.error_info?,
            last_action: self.last_action?,
            name: self.name?,
            parameters: self.parameters?,
            states: self.states?,
            status: self.status?,
            user: self.user?,
            vendor_information: self.vendor_information?,
            open: open_members(self.open),
        })
    }

    fn write_to(self, action: &mut SecurityAction) {
        macro_rules! write {
            ($($member:ident),* $(,)?) => {
                $(if let Some(value) = self.$member {
                    action.$member = value;
                })*
            };
        }
        write! {
            action_reason, app_id, azure_tenant_id, client_context, completed, created, error_info, last_action,
            name, parameters, states, status, user, vendor_information,
        }
        for (name, value) in self.open {
            write_open(&mut action.open, name, value);
        }
    }
}

fn open_members(members: Vec<(String, Option<Box<RawValue>>)>) -> Vec<OpenMember> {
    members.into_iter().filter_map(|(name, value)| Some(OpenMember { name, value: value? })).collect()
}

/// Sets an undeclared member, or removes it where `value` is `None`.
pub fn write_open(open: &mut Vec<OpenMember>, name: String, value: Option<Box<RawValue>>) {
    match (open.iter().position(|member| member.name == name), value) {
        (Some(at), Some(value)) => {
            if let Some(member) = open.get_mut(at) {
                member.value = value;
            }
        }
        (Some(at), None) => {
            open.remove(at);
        }
        (None, Some(value)) => open.push(OpenMember { name, value }),
        (None, None) => {}
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the members of a securityAction")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Members::default();
                while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    match &*name {
                        "id" => members.id = Some(map.next_value()?),
                        "actionReason" => members.action_reason = Some(map.next_value()?),
                        "appId" => members.app_id = Some(map.next_value()?),
                        "azureTenantId" => members.azure_tenant_id = Some(map.next_value()?),
                        "clientContext" => members.client_context = Some(map.next_value()?),
                        "completedDateTime" => members.completed = Some(map.next_value()?),
                        "createdDateTime" => members.created = Some(map.next_value()?),
                        "errorInfo" => members.error_info = Some(map.next_value()?),
                        "lastActionDateTime" => members.last_action = Some(map.next_value()?),
                        "name" => members.name = Some(map.next_value()?),
                        "parameters" => members.parameters = Some(map.next_value()?),
                        "states" => members.states = Some(map.next_value()?),
                        "status" => members.status = Some(map.next_value()?),
                        "user" => members.user = Some(map.next_value()?),
                        "vendorInformation" => members.vendor_information = Some(map.next_value()?),
                        annotation if annotation.starts_with('@') => {
                            map.next_value::<IgnoredAny>()?;
                        }
                        _ => {
                            let value: Box<RawValue> = map.next_value()?;
                            let value = (value.get() != "null").then_some(value);
                            members.open.push((name.into_owned(), value));
                        }
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}
