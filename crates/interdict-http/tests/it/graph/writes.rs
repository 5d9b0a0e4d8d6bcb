//! Writing: what is answered, preferences, preconditions, repeats.

use super::{Api, BLOCK_IP, COLLECTION, refusal};

#[tokio::test]
async fn a_create_answers_with_the_action_or_its_place() {
    let api = Api::start().await;
    let answer = api.send("POST", "/security/securityActions", &[], BLOCK_IP).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let place = format!("http://interdict.test/security/securityActions/{id}");
    assert_eq!(answer.header("location"), place);
    assert!(answer.header("warning").starts_with("199 - \"recorded only"));
    assert_eq!(answer.text, api.get(&format!("/security/securityActions/{id}")).await.text);

    let minimal = api.send("POST", COLLECTION, &[("prefer", "return=minimal")], BLOCK_IP).await;
    assert_eq!((minimal.status.as_u16(), &*minimal.text), (204, ""));
    assert_eq!(minimal.header("preference-applied"), "return=minimal");
    assert_eq!(minimal.header("location"), minimal.header("odata-entityid"));
    let place = minimal.header("location").strip_prefix("http://interdict.test").unwrap();
    assert_eq!(api.get(place).await.status, 200);
}

#[tokio::test]
async fn a_repeated_client_context_is_one_filing() {
    let api = Api::start().await;
    let body = BLOCK_IP.replace("\"Test\"", "\"Test\",\"clientContext\":\"ticket 7\"");
    let first = api.send("POST", COLLECTION, &[], &body).await;
    api.server.clock.advance(60);
    let again = api.send("POST", COLLECTION, &[], &body).await;
    assert_eq!((again.status.as_u16(), &again.text), (201, &first.text));
    let other = api.send("POST", COLLECTION, &[], &body.replace("BlockIp", "Other")).await;
    assert_eq!(refusal(&other), r#"409 Conflict ["contextReused clientContext"]"#);
    assert_eq!(api.get(&format!("{COLLECTION}/$count")).await.text, "1");
}

#[tokio::test]
async fn an_update_can_be_answered_without_a_body() {
    let api = Api::start().await;
    let address = format!("{COLLECTION}/{}", api.file().await);
    let answer =
        api.send("PATCH", &address, &[("prefer", "return=minimal")], r#"{"actionReason":"b"}"#).await;
    assert_eq!((answer.status.as_u16(), answer.header("etag"), &*answer.text), (204, "W/\"5f-2\"", ""));
    assert_eq!(answer.header("preference-applied"), "return=minimal");
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let api = Api::start().await;
    let address = format!("{COLLECTION}/{}", api.file().await);
    let cancel = format!("{address}/cancelSecurityAction");
    for (method, address) in [("PATCH", &address), ("DELETE", &address), ("POST", &cancel)] {
        let body = if method == "PATCH" { r#"{"status":"Failed"}"# } else { "" };
        let answer = api.send(method, address, &[("if-match", "W/\"5f-99\"")], body).await;
        assert_eq!(refusal(&answer), "412 PreconditionFailed []", "{method}");
        let answer = api.send(method, address, &[("if-none-match", "*")], body).await;
        assert_eq!(refusal(&answer), r#"400 BadRequest ["unsupported If-None-Match"]"#, "{method}");
    }
    assert_eq!(api.get(&address).await.json()["status"], "NotStarted");
    let answer = api.send("PATCH", &address, &[("if-match", "\"a\", W/\"5f-1\"")], r#"{"status":1}"#).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_cancel_ends_the_action_once() {
    let api = Api::start().await;
    let address = format!("{COLLECTION}/{}", api.file().await);
    let cancel = format!("{address}/microsoft.graph.cancelSecurityAction()");
    assert_eq!(
        refusal(&api.send("POST", &cancel, &[], r#"{"why":"x"}"#).await),
        r#"400 BadRequest ["unknownProperty why"]"#
    );
    assert_eq!(refusal(&api.send("DELETE", &address, &[], "").await), r#"409 Conflict ["notFinal status"]"#);
    for body in ["", "{}", r#"{"@odata.type":"x"}"#] {
        let answer = api.send("POST", &cancel, &[], body).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, ""), "{body}");
        assert_eq!(answer.header("content-type"), "");
    }
    let got = api.get(&address).await.json();
    assert_eq!((&got["status"], &got["errorInfo"]["code"]), (&"Failed".into(), &1001.into()));
    assert_eq!(got["states"].as_array().unwrap().len(), 1);
    assert_eq!(api.send("DELETE", &address, &[], "").await.status, 204);
    assert_eq!(api.get(&address).await.status, 404);

    let done = format!("{COLLECTION}/{}", api.file().await);
    assert_eq!(api.send("PATCH", &done, &[], r#"{"status":"Completed"}"#).await.status, 200);
    let answer = api.send("POST", &format!("{done}/cancelSecurityAction"), &[], "").await;
    assert_eq!(refusal(&answer), r#"409 Conflict ["alreadyFinal status"]"#);
}
