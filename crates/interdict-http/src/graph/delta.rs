//! `GET …/securityActions/delta`: all actions, then what became of them, as Graph's delta functions tell it (OData 4.01,
//! part 1, 11.3).

use http::{HeaderValue, StatusCode, header};
use interdict_app::{Error, Onward};
use interdict_model::edm::SECURITY_ACTION;
use interdict_model::edm::service::KEY;
use interdict_odata::query::Path;

use super::render::{self, Form};
use super::{Exchange, query, reply};
use crate::GraphResult;

pub(super) async fn handle(exchange: &Exchange<'_>) -> GraphResult {
    let preferences = exchange.preferences();
    let options = exchange.parts.uri.query();
    let mut query = query::bind(options)?;
    let json = exchange.json(&query)?;
    let lowered = query::prefer_size(&mut query, &preferences);
    let address = [&exchange.base, "/security/securityActions/delta"].concat();
    let page = match exchange.state.service.delta_actions(&exchange.caller, &query).await {
        Ok(page) => page,
        Err(error) => {
            let gone = matches!(error, Error::Resync(_));
            let refusal = exchange.refusal(error);
            // Where all is told anew, with the same options.
            let fresh = HeaderValue::try_from(render::link(&address, options, None));
            return Err(match fresh {
                Ok(fresh) if gone => refusal.with_header(header::LOCATION, fresh),
                Ok(_) | Err(_) => refusal,
            });
        }
    };
    let (name, token) = match &page.onward {
        Onward::Next(token) => ("@odata.nextLink", ("$skiptoken", token.as_str())),
        Onward::Delta(token) => ("@odata.deltaLink", ("$deltatoken", token.as_str())),
    };
    let link = render::link(&address, options, Some(token));
    query::check_link(&link)?;
    let select = query.select.map(with_key);
    let form = Form { json, select: select.as_deref() };
    let body = render::changes(&exchange.base, &page, (name, &link), form)?;
    Ok(reply::with_applied(reply::json(StatusCode::OK, body, json), &preferences, false, lowered))
}

/// A selection with the key in it, by which a copy is kept.
fn with_key(mut select: Vec<Path>) -> Vec<Path> {
    if let Some(key) = SECURITY_ACTION.property(KEY)
        && !select.iter().any(|Path(path)| path.first().is_some_and(|property| property.name == KEY))
    {
        select.insert(0, Path(vec![key]));
    }
    select
}
