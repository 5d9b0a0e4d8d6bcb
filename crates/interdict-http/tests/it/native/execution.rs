//! Actions that are really carried out: handed out, reported, in time, undone when due.

use serde_json::{Value, json};

use super::provider::{Scene, filing};

fn pair(status: &str, phase: &str) -> (String, String) {
    (status.to_owned(), phase.to_owned())
}

#[tokio::test]
async fn a_block_for_an_hour_is_carried_out_and_undone() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let id = scene.block("1.2.3.4", json!({ "duration": "PT1H" })).await;
    assert_eq!(scene.state(&id).await, pair("NotStarted", "queued"));

    let lease = scene.lease_one().await;
    assert_eq!(lease["action"]["id"], id.as_str());
    assert_eq!(scene.state(&id).await, pair("Running", "delivered"));
    assert_eq!(scene.effects().await, [pair("1.2.3.4", "pending")]);
    assert!(scene.lease(10).await.is_empty(), "it is handed out once");

    let renewed = scene.report(&lease, "renew", Value::Null).await;
    assert_eq!(renewed.json()["directive"], "continue", "{}", renewed.text);
    assert_eq!(scene.state(&id).await, pair("Running", "executing"));
    let done =
        scene.report(&lease, "complete", json!({ "result": { "rule": 7 }, "undo": { "rule": 7 } })).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(scene.state(&id).await, pair("Completed", "succeeded"));
    assert_eq!(scene.effects().await, [pair("1.2.3.4", "active")]);
    let again = scene.report(&lease, "complete", Value::Null).await;
    assert_eq!(again.status, 200, "the same again is answered as the first: {}", again.text);

    scene.pass(3_599).await;
    assert_eq!(scene.effect_state(&id).await, "active", "not too early");
    scene.pass(2).await;
    assert_eq!(scene.effect_state(&id).await, "ending");
    let undo = scene.lease_one().await;
    assert_eq!(undo["action"]["name"], "UnblockIp");
    assert_eq!(undo["undo"], json!({ "rule": 7 }));
    assert_eq!(undo["action"]["@interdict.execution"]["undoOf"], id.as_str());
    assert_eq!(scene.report(&undo, "renew", Value::Null).await.status, 200);
    assert_eq!(scene.report(&undo, "complete", Value::Null).await.status, 200);
    scene.settle().await;
    assert_eq!(scene.effect_state(&id).await, "ended");
    assert!(scene.effects().await.is_empty());
    let undone_by = scene.action(&id).await["@interdict.execution"]["undoneBy"].clone();
    assert_eq!(undone_by, undo["action"]["id"]);
    let timeline = scene.done("GET", &format!("/api/v1/actions/{id}/timeline"), &Value::Null).await;
    let kinds: Vec<_> = timeline["value"].as_array().unwrap().iter().map(|it| it["kind"].clone()).collect();
    assert_eq!(kinds, ["created", "handedOut", "started", "reported", "released", "released"]);
}

#[tokio::test]
async fn an_effect_lasts_until_its_last_holder_lets_go() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let short = scene.block("1.2.3.4", json!({ "duration": "PT10M" })).await;
    scene.carry_out().await;
    let long = scene.block("1.2.3.4", json!({ "duration": "PT1H" })).await;
    assert!(scene.lease(10).await.is_empty(), "it joins what is in force");
    assert_eq!(scene.state(&long).await, pair("Completed", "succeeded"));

    scene.pass(601).await;
    assert_eq!(scene.effect_state(&short).await, "released");
    assert_eq!(scene.effects().await, [pair("1.2.3.4", "active")]);
    assert!(scene.lease(10).await.is_empty());
    scene.pass(3_000).await;
    assert_eq!(scene.effect_state(&long).await, "ending");
    scene.carry_out().await;
    scene.settle().await;
    assert!(scene.effects().await.is_empty());
}

#[tokio::test]
async fn only_the_newest_fence_counts() {
    let scene = Scene::with(&["RunScan"]).await;
    let id = scene.file(&filing("RunScan", &[("machineId", "pc-1")], &Value::Null)).await;
    let first = scene.lease_one().await;
    scene.pass(61).await;
    assert_eq!(scene.state(&id).await, pair("Running", "retrying"), "nothing was begun");
    let second = scene.lease_one().await;
    assert!(second["fence"].as_i64() > first["fence"].as_i64());
    for verb in ["renew", "complete", "fail", "release"] {
        let lost = scene.report(&first, verb, Value::Null).await;
        assert_eq!(lost.status, 409, "{verb}");
        assert_eq!(lost.details(), ["leaseLost fence"], "{verb}");
    }
    let lie = scene.report(&first, "complete", json!({ "fence": second["fence"] })).await;
    assert_eq!(lie.status, 409);
    assert_eq!(scene.state(&id).await, pair("Running", "delivered"));
    assert_eq!(scene.report(&second, "renew", Value::Null).await.status, 200);
    scene.pass(61).await;
    assert_eq!(scene.state(&id).await, pair("Failed", "unknown"), "a scan is not safe to repeat");
    let truth = scene.report(&second, "complete", Value::Null).await;
    assert_eq!(truth.status, 200, "{}", truth.text);
    assert_eq!(scene.state(&id).await, pair("Completed", "succeeded"));
    assert_eq!(scene.action(&id).await["@interdict.execution"]["late"], true);
}

#[tokio::test]
async fn what_may_be_repeated_is_tried_five_times_and_what_it_did_is_undone() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let id = scene.block("1.2.3.4", json!({ "duration": "PT1H", "runFor": "PT2H" })).await;
    for attempt in 1..=5 {
        let lease = scene.lease_one().await;
        assert_eq!(lease["attempt"], attempt);
        assert_eq!(scene.report(&lease, "renew", Value::Null).await.status, 200);
        scene.pass(61).await;
        scene.pass(400).await;
    }
    assert_eq!(scene.state(&id).await, pair("Failed", "failed"));
    assert_eq!(scene.action(&id).await["errorInfo"]["code"], 1006);
    assert_eq!(scene.effects().await, [pair("1.2.3.4", "unconfirmed")]);
    scene.pass(3_601).await;
    scene.carry_out().await;
    scene.settle().await;
    assert!(scene.effects().await.is_empty());
}

#[tokio::test]
async fn nothing_is_left_unfinished_behind_its_deadline() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let never = scene.block("1.2.3.4", json!({ "startBy": "PT1M" })).await;
    scene.pass(61).await;
    assert_eq!(scene.state(&never).await, pair("Failed", "expired"));
    assert!(scene.lease(10).await.is_empty(), "it can never be handed out later");
    let slow = scene.block("1.2.3.5", json!({ "runFor": "PT3M" })).await;
    let lease = scene.lease_one().await;
    for _ in 0..4 {
        scene.report(&lease, "renew", Value::Null).await;
        scene.pass(50).await;
    }
    assert_eq!(scene.state(&slow).await, pair("Failed", "timedOut"), "renewing does not help");
    assert_eq!(scene.effects().await, [pair("1.2.3.5", "unconfirmed")]);
}

#[tokio::test]
async fn a_cancel_is_answered_by_whoever_has_the_action() {
    let scene = Scene::with(&["BlockIp", "UnblockIp", "RunScan"]).await;
    let cancel = |id: String| format!("/v1.0/security/securityActions/{id}/cancelSecurityAction");
    let queued = scene.block("1.2.3.4", Value::Null).await;
    scene.done("POST", &cancel(queued.clone()), &Value::Null).await;
    assert_eq!(scene.state(&queued).await, pair("Failed", "cancelled"));

    let running = scene.block("1.2.3.5", Value::Null).await;
    let lease = scene.lease_one().await;
    scene.report(&lease, "renew", Value::Null).await;
    scene.done("POST", &cancel(running.clone()), &Value::Null).await;
    scene.done("POST", &cancel(running.clone()), &Value::Null).await;
    assert_eq!(scene.state(&running).await, pair("Running", "cancelling"));
    assert_eq!(scene.report(&lease, "renew", Value::Null).await.json()["directive"], "cancel");
    let stopped = scene.report(&lease, "fail", json!({ "cancelled": true })).await;
    assert_eq!(stopped.status, 200, "{}", stopped.text);
    assert_eq!(scene.state(&running).await, pair("Failed", "cancelled"));
    assert!(scene.effects().await.is_empty());

    let silent = scene.block("1.2.3.6", Value::Null).await;
    let lease = scene.lease_one().await;
    scene.report(&lease, "renew", Value::Null).await;
    scene.done("POST", &cancel(silent.clone()), &Value::Null).await;
    scene.pass(121).await;
    assert_eq!(scene.state(&silent).await, pair("Failed", "unknown"));
    let undo = scene.carry_out().await;
    assert_eq!(undo["action"]["name"], "UnblockIp", "what may have been done is undone");

    let done = scene.block("1.2.3.7", Value::Null).await;
    scene.carry_out().await;
    let refused = scene.send("POST", &cancel(done.clone()), &Value::Null).await;
    assert_eq!(refused.details(), ["holdsEffect status"], "{}", refused.text);
    scene.done("POST", &format!("/api/v1/actions/{done}/undo"), &Value::Null).await;
    scene.carry_out().await;
    scene.settle().await;
    assert_eq!(scene.effect_state(&done).await, "ended");
}

#[tokio::test]
async fn a_filing_is_checked_and_its_provider_alone_says_where_it_stands() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let refused = async |body: Value| {
        let answer = scene.send("POST", "/v1.0/security/securityActions", &body).await;
        (answer.status.as_u16(), answer.details())
    };
    let wrong = filing("BlockIp", &[("IP", "1.2.3")], &Value::Null);
    assert_eq!(refused(wrong).await, (400, vec!["invalidValue parameters[0]/value".to_owned()]));
    let unknown = filing("BlokIp", &[("IP", "1.2.3.4")], &Value::Null);
    assert_eq!(refused(unknown.clone()).await, (400, vec!["invalidValue name".to_owned()]));
    let hinted = scene.send("POST", "/v1.0/security/securityActions", &unknown).await;
    assert!(hinted.text.contains("did you mean `BlockIp`?"), "{}", hinted.text);
    let not_offered = filing("RunScan", &[("machineId", "pc-1")], &Value::Null);
    assert_eq!(refused(not_offered).await, (400, vec!["invalidValue name".to_owned()]));
    let protected = filing("BlockIp", &[("IP", "127.0.0.1")], &Value::Null);
    assert_eq!(refused(protected).await, (403, vec!["protectedTarget parameters".to_owned()]));
    let id = scene.block("1.2.3.4", Value::Null).await;
    let address = format!("/v1.0/security/securityActions/{id}");
    scene.done("PATCH", &address, &json!({ "status": "NotStarted", "actionReason": "why" })).await;
    let answer = scene.send("PATCH", &address, &json!({ "status": "Completed" })).await;
    assert_eq!((answer.status.as_u16(), answer.details()), (409, vec!["notTheProvider status".to_owned()]));
    let rival = json!({ "vendor": "microsoft", "provider": "WINDOWS Defender ATP", "actions": ["BlockIp"] });
    assert_eq!(scene.send("POST", "/api/v1/providers", &rival).await.status, 409);
    let in_use = scene.send("DELETE", &format!("/api/v1/providers/{}", scene.provider), &Value::Null).await;
    assert_eq!(in_use.details(), ["inUse id"]);
}

#[tokio::test]
async fn order_per_target_priority_cap_and_pause_hold() {
    let scene = Scene::with(&["BlockIp", "UnblockIp", "RunScan"]).await;
    let scan = |machine: &'static str, priority: u8| {
        filing("RunScan", &[("machineId", machine)], &json!({ "priority": priority }))
    };
    let low = scene.file(&scan("pc-1", 1)).await;
    let same = scene.file(&scan("pc-1", 9)).await;
    let other = scene.file(&scan("pc-2", 5)).await;
    let leases = scene.lease(10).await;
    let ids: Vec<_> = leases.iter().map(|lease| lease["action"]["id"].clone()).collect();
    assert_eq!(ids, [same.as_str(), other.as_str()], "one a target, the urgent first");
    assert!(scene.lease(10).await.is_empty());
    scene.report(&leases[0], "complete", Value::Null).await;
    assert_eq!(scene.lease_one().await["action"]["id"], low.as_str());

    let provider = format!("/api/v1/providers/{}", scene.provider);
    scene.done("PATCH", &provider, &json!({ "maxConcurrent": 3 })).await;
    for machine in ["pc-3", "pc-4"] {
        scene.file(&scan(machine, 5)).await;
    }
    assert_eq!(scene.lease(10).await.len(), 1, "two are in flight, and three may be");
    scene.done("POST", &format!("{provider}/pause"), &Value::Null).await;
    scene.report(&leases[1], "complete", Value::Null).await;
    assert!(scene.lease(10).await.is_empty(), "the provider is paused");
    scene.done("POST", &format!("{provider}/resume"), &Value::Null).await;
    assert_eq!(scene.lease(10).await.len(), 1);
}

#[tokio::test]
async fn lists_know_how_actions_are_carried_out() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let mut ids = Vec::new();
    for last in 1..=6 {
        ids.push(scene.block(&format!("1.2.3.{last}"), Value::Null).await);
    }
    let mut elsewhere = filing("BlockIp", &[("IP", "9.9.9.9")], &Value::Null);
    elsewhere["vendorInformation"] = json!({ "vendor": "V", "provider": "P" });
    let recorded = scene.file(&elsewhere).await;
    for lease in scene.lease(2).await {
        scene.report(&lease, "renew", Value::Null).await;
        scene.report(&lease, "complete", Value::Null).await;
    }
    let list = async |options: &str| {
        let page = scene.done("GET", &format!("/api/v1/actions?{options}"), &Value::Null).await;
        let ids = page["value"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), page["nextLink"].as_str().map(str::to_owned))
    };
    let queued = list("$filter=phase%20eq%20'queued'&$orderby=createdDateTime").await.0;
    assert_eq!(queued, ids[2..]);
    assert_eq!(
        list("$filter=effectState%20in%20('active','ending')&$orderby=createdDateTime").await.0,
        ids[..2]
    );
    assert_eq!(list("$filter=phase%20eq%20null").await.0, [recorded]);
    assert_eq!(list("$filter=deadline%20ge%202026-01-03T00:00:00Z&$orderby=deadline").await.0.len(), 4);
    let (first, next) = list("$filter=phase%20eq%20'queued'&$orderby=createdDateTime&$top=3").await;
    let next = next.unwrap();
    let (rest, end) = list(next.split_once('?').unwrap().1).await;
    assert_eq!(([first, rest].concat(), end), (ids[2..].to_vec(), None));
    let refused = scene.send("GET", "/api/v1/actions?$filter=phase%20eq%20'queud'", &Value::Null).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let graph =
        scene.send("GET", "/v1.0/security/securityActions?$filter=phase%20eq%20'queued'", &Value::Null).await;
    assert_eq!(graph.details(), ["unknownProperty $filter"], "Graph's resource stays exactly Graph's");
    let both =
        scene.send("GET", "/api/v1/actions?$filter=phase%20eq%20'queued'&$search=block", &Value::Null).await;
    assert_eq!(both.details(), ["unsupported $filter"]);
}

#[tokio::test]
async fn the_documented_sample_is_recorded_where_nobody_answers_to_it_and_refused_where_the_tenant_is_strict()
{
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let sample = filing("BlockIp", &[("IP", "1.2.3.4")], &Value::Null);
    let address = "/v1.0/security/securityActions";
    scene.lease(1).await;
    let routed = scene.send("POST", address, &sample).await;
    assert_eq!((routed.status.as_u16(), routed.header("warning")), (201, ""), "{}", routed.text);

    scene.done("PATCH", &provider, &json!({ "vendor": "Contoso" })).await;
    let recorded = scene.send("POST", address, &sample).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text);
    assert!(recorded.header("warning").starts_with("199 - \"recorded only"));
    let id = recorded.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(scene.action(&id).await["@interdict.execution"], Value::Null);
    scene.done("PATCH", &format!("{address}/{id}"), &json!({ "status": "Completed" })).await;
    let timed = filing("BlockIp", &[("IP", "1.2.3.4")], &json!({ "duration": "PT1H" }));
    let promised = scene.send("POST", address, &timed).await;
    assert_eq!(promised.details(), ["invalidValue @interdict.request"], "nobody would end it");

    scene.done("PATCH", "/api/v1/tenant", &json!({ "catalogMode": "strict" })).await;
    let refused = scene.send("POST", address, &sample).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    assert_eq!(refused.details(), ["invalidValue vendorInformation"]);
    assert!(refused.text.contains("Contoso/Windows Defender ATP"), "{}", refused.text);
}

#[tokio::test]
async fn a_definition_that_a_provider_offers_stays() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let own =
        json!({ "name": "TagHost", "parameters": [{ "name": "host", "type": "text", "required": true }] });
    scene.done("POST", "/api/v1/catalog", &own).await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    scene.lease(1).await;
    scene.done("PATCH", &provider, &json!({ "actions": ["BlockIp", "TagHost"] })).await;
    let kept = scene.send("DELETE", "/api/v1/catalog/taghost", &Value::Null).await;
    assert_eq!((kept.status.as_u16(), kept.details()), (409, vec!["inUse name".to_owned()]));
    scene.done("PATCH", &provider, &json!({ "actions": ["BlockIp"] })).await;
    assert_eq!(scene.send("DELETE", "/api/v1/catalog/TagHost", &Value::Null).await.status, 204);
    let paused = scene.done("POST", &format!("{provider}/pause"), &Value::Null).await;
    assert!(paused["lastSeen"].is_string(), "it was heard of: {paused}");
}

#[tokio::test]
async fn what_is_set_up_names_actions_that_there_are_and_undoes_that_fit() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let refused = async |address: &str, body: Value| {
        let answer = scene.send("POST", address, &body).await;
        (answer.status.as_u16(), answer.details())
    };
    let unknown = (400, vec!["invalidValue actions[1]".to_owned()]);
    let target = json!({ "kind": "ip", "value": "10.0.0.1", "actions": ["BlockIp", "BlokIp"] });
    assert_eq!(refused("/api/v1/protected-targets", target).await, unknown, "it would protect nothing");
    let rule = json!({ "actions": ["*", "BlokIp"], "required": 1, "ttl": "PT1H" });
    assert_eq!(refused("/api/v1/approval-rules", rule.clone()).await, unknown);
    let hinted = scene.send("POST", "/api/v1/approval-rules", &rule).await;
    assert!(hinted.text.contains("no `BlokIp`; did you mean `BlockIp`?"), "{}", hinted.text);
    let limit = json!({
        "name": "LimitHost", "target": "host", "parameters": [{ "name": "host", "type": "text", "required": true }],
        "undo": { "action": "UnblockIp", "parameters": { "IP": "host" } },
    });
    let (status, details) = refused("/api/v1/catalog", limit).await;
    assert_eq!(
        (status, details),
        (400, vec!["invalidValue undo/parameters/IP".to_owned()]),
        "nothing would end it"
    );

    let own = json!({ "name": "TagIp", "aliases": ["MarkIp"], "target": "ip",
        "parameters": [{ "name": "ip", "type": "ipAddress", "required": true }] });
    scene.done("POST", "/api/v1/catalog", &own).await;
    let provider = format!("/api/v1/providers/{}", scene.provider);
    let every = scene.send("PATCH", &provider, &json!({ "actions": ["*"] })).await;
    assert_eq!(every.details(), ["invalidValue actions[0]"]);
    scene.done("PATCH", &provider, &json!({ "actions": ["TagIp"] })).await;
    let by_alias = json!({ "kind": "ip", "value": "10.0.0.1", "actions": ["MarkIp"] });
    let kept = scene.done("POST", "/api/v1/protected-targets", &by_alias).await;
    assert_eq!(kept["actions"], json!(["TagIp"]));
    let tag = filing("MarkIp", &[("ip", "10.0.0.1")], &Value::Null);
    assert_eq!(refused("/v1.0/security/securityActions", tag).await.0, 403);
}

#[tokio::test]
async fn a_correction_keeps_what_it_repeats() {
    let scene = Scene::with(&["BlockIp", "UnblockIp"]).await;
    let pairs = |ip| filing("BlockIp", &[("IP", ip), ("direction", "both")], &Value::Null);
    let id = scene.file(&pairs("192.0.2.1")).await;
    let address = format!("/v1.0/security/securityActions/{id}");
    let other = json!({ "parameters": pairs("192.0.2.2")["parameters"] });
    let action = scene.done("PATCH", &address, &other).await;
    assert_eq!(action["@interdict.execution"]["target"]["text"], "192.0.2.2");
}
