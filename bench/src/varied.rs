//! Actions as a tenant has them after some months: several names, providers and people, most of them done. The lists are
//! measured on these; what is patched at random must not be done yet, so that other store is another.

use interdict_model::Timestamp;
use interdict_model::action::{KeyValuePair, Status};
use interdict_model::body::{ActionBody, Field, ResultInfoBody, VendorBody};
use interdict_model::time::{TICKS_PER_SECOND, WrittenDate};

use crate::tenants::TENANTS;

/// 2024-01-01, when a tenant's first action was filed.
const FIRST: i64 = 1_704_067_200;
/// From one action of a tenant to its next, seconds.
const EVERY: i64 = 60;
/// People of a tenant who file actions.
const USERS: u32 = 40;

/// When the tenant's action of that place was filed, in ticks.
pub(crate) fn filed(place: u32) -> i64 {
    (FIRST + i64::from(place) * EVERY) * TICKS_PER_SECOND
}

/// The address that the action of that place blocks.
pub(crate) fn address(place: u32) -> String {
    let [_, b, c, d] = place.to_be_bytes();
    format!("10.{b}.{c}.{d}")
}

/// The body of the action of that number; every tenant's are alike.
pub(crate) fn body(number: u32) -> ActionBody {
    let place = number / TENANTS;
    let mut draw = Draw(place.wrapping_mul(0x9e37_79b1) | 1);
    let text = |text: &str| Field::Value(text.to_owned());
    let date = |ticks| Field::Value(WrittenDate { instant: Timestamp::from_ticks(ticks), digits: 7 });
    let (name, status) = (name(draw.below(100)), status(draw.below(100)));
    let (provider, vendor) = provider(draw.below(100));
    let changed = match status {
        Status::NotStarted => 0,
        _ => i64::from(draw.below(3_600)) * TICKS_PER_SECOND,
    };
    let parameter =
        |name: &str, value: String| KeyValuePair { name: Some(name.to_owned()), value: Some(value) };
    let mut body = ActionBody {
        action_reason: Field::Value("seen in an alert; ".repeat(20)),
        created: date(filed(place)),
        last_action: date(filed(place) + changed),
        name: text(name),
        parameters: Field::Value(vec![
            parameter("IP", address(place)),
            parameter("comment", format!("seed {number}")),
        ]),
        status: Field::Value(status),
        vendor_information: Field::Value(VendorBody {
            provider: text(provider),
            provider_version: text("4.18"),
            sub_provider: Field::Absent,
            vendor: text(vendor),
        }),
        ..ActionBody::default()
    };
    // A third is filed by rules, without a person.
    if draw.below(3) > 0 {
        body.user = Field::Value(format!("user{}@contoso.com", draw.below(USERS)));
    }
    if place.is_multiple_of(10) {
        body.client_context = Field::Value(format!("c-{place}"));
    }
    if status.is_final() {
        body.completed = date(filed(place) + changed);
    }
    if status == Status::Failed {
        let (code, message) = (Field::Value(5), text("the device did not answer"));
        body.error_info = Field::Value(ResultInfoBody { code, message, subcode: Field::Value(0) });
    }
    body
}

/// A name, by the hundredth that the draw fell into.
const fn name(at: u32) -> &'static str {
    match at {
        0..35 => "BlockIp",
        35..55 => "BlockUrl",
        55..70 => "BlockFile",
        70..80 => "IsolateHost",
        80..88 => "RunScan",
        88..94 => "DisableUser",
        94..98 => "RevokeSessions",
        _ => "KillProcess",
    }
}

/// A provider and its vendor.
const fn provider(at: u32) -> (&'static str, &'static str) {
    match at {
        0..50 => ("Windows Defender ATP", "Microsoft"),
        50..75 => ("Contoso EDR", "Contoso"),
        75..90 => ("Azure AD Identity Protection", "Microsoft"),
        90..99 => ("Fabrikam Firewall", "Fabrikam"),
        _ => ("Northwind Sandbox", "Northwind"),
    }
}

const fn status(at: u32) -> Status {
    match at {
        0..85 => Status::Completed,
        85..95 => Status::Failed,
        95..97 => Status::Running,
        _ => Status::NotStarted,
    }
}

/// The same choices in every run (xorshift).
struct Draw(u32);

impl Draw {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 8) % limit.max(1)
    }
}
