//! The same question in another form: options in a body, `HEAD`, parts of a property; and a form that is not taken.

use super::{Api, BLOCK_IP, COLLECTION, refusal};

const QUERY: &str = "/beta/security/securityActions/$query";

async fn post_query(api: &Api, address: &str, body: &str) -> interdict_testkit::in_process::Answer {
    api.send("POST", address, &[("content-type", "text/plain;charset=UTF-8")], body).await
}

#[tokio::test]
async fn options_in_a_body_answer_as_those_in_an_address() {
    let api = Api::start().await;
    for _ in 0..3 {
        api.file().await;
    }
    for (address, body) in [
        (QUERY.to_owned(), "$filter=name%20eq%20'BlockIp'&$top=2&$count=true"),
        (QUERY.to_owned(), "%24filter=name+eq+'BlockIp'&$top=2&$count=true\r\n"),
        (format!("{QUERY}?$top=2"), "$filter=name eq 'BlockIp'&$count=true"),
        (format!("{QUERY}?$filter=name%20eq%20'BlockIp'&$top=2&$count=true"), ""),
    ] {
        let posted = post_query(&api, &address, body).await;
        assert_eq!(posted.status, 200, "{body} {}", posted.text);
        let posted = posted.json();
        let same = format!("{COLLECTION}?$filter=name%20eq%20'BlockIp'&$top=2&$count=true");
        let gotten = api.get(&same).await.json();
        assert_eq!((&posted["value"], &posted["@odata.count"]), (&gotten["value"], &gotten["@odata.count"]));
        // The next page has its options in its address again.
        let next = posted["@odata.nextLink"].as_str().unwrap().strip_prefix("http://interdict.test").unwrap();
        assert!(next.starts_with("/beta/security/securityActions?"), "{next}");
        assert_eq!(api.get(next).await.json()["value"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn wrong_options_in_a_body_are_refused_as_those_in_an_address() {
    let api = Api::start().await;
    for (address, body, expected) in [
        (QUERY, "$top=0&$nothing=1", 400),
        (&*format!("{QUERY}?$top=1"), "$top=1", 400),
        (QUERY, &*format!("$top=1&x={}", "a".repeat(32 * 1024)), 413),
    ] {
        let answer = post_query(&api, address, body).await;
        assert_eq!(answer.status.as_u16(), expected, "{}", answer.text);
        assert!(expected != 413 || answer.text.contains("32 KiB"), "{}", answer.text);
    }
    for kind in ["application/json", "application/x-www-form-urlencoded", ""] {
        let answer = api.send("POST", QUERY, &[("content-type", kind)], "$top=1").await;
        assert_eq!(refusal(&answer), "415 UnsupportedMediaType []", "{kind}");
        assert!(answer.text.contains("text/plain"), "{}", answer.text);
    }
    for method in ["GET", "PATCH", "DELETE"] {
        let answer = api.send(method, QUERY, &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST, OPTIONS"), "{method}");
    }
}

#[tokio::test]
async fn a_page_whose_next_address_would_be_too_long_is_refused_and_not_cut() {
    let api = Api::start().await;
    for _ in 0..2 {
        api.file().await;
    }
    // 11 KiB here, and three times as much once every letter is escaped.
    let long = format!("$filter=name eq '{}' and name eq 'BlockIp'", "é".repeat(6 * 1024));
    assert_eq!(post_query(&api, QUERY, &long).await.status, 200);
    let paged = format!("$top=1&x={}", "é".repeat(6 * 1024));
    assert_eq!(refusal(&post_query(&api, QUERY, &paged).await), r#"400 BadRequest ["limitExceeded "]"#);
}

#[tokio::test]
async fn head_answers_with_the_headers_of_get() {
    let api = Api::start().await;
    let id = api.file().await;
    let port = api.server.listen().await.unwrap();
    let client = reqwest::Client::new();
    for below in ["", "?$top=1", "/$count", &format!("/{id}"), &format!("/{id}/name")] {
        let address = format!("http://{port}{COLLECTION}{below}");
        let get = client.get(&address).header("authorization", &api.writer).send().await.unwrap();
        let head = client.head(&address).header("authorization", &api.writer).send().await.unwrap();
        assert_eq!((head.status(), get.status().as_u16()), (get.status(), 200), "{below}");
        for name in ["content-type", "content-length", "etag", "odata-version", "cache-control"] {
            assert_eq!(head.headers().get(name), get.headers().get(name), "{name} {below}");
        }
        assert!(!get.text().await.unwrap().is_empty());
        assert_eq!(head.text().await.unwrap(), "", "{below}");
    }
    for below in ["/$query", &format!("/{id}/cancelSecurityAction")] {
        let answer = api.send("HEAD", &format!("{COLLECTION}{below}"), &[], "").await;
        assert_eq!(answer.status, 405, "{below}");
    }
}

#[tokio::test]
async fn parts_of_a_property_are_read_alone() {
    let api = Api::start().await;
    let address = format!("{COLLECTION}/{}", api.file().await);
    let tag = api.get(&address).await.header("etag").to_owned();
    for (below, status, text) in [
        ("/status/$value", 200, "NotStarted"),
        ("/STATUS/$Value", 200, "NotStarted"),
        ("/vendorInformation/provider/$value", 200, "P"),
        ("/createdDateTime/$value", 200, "2026-01-02T03:04:05.6789012Z"),
        ("/parameters/$count", 200, "1"),
        ("/states/$count", 200, "0"),
        ("/user", 204, ""),
        ("/user/$value", 204, ""),
        ("/errorInfo/code", 204, ""),
        ("/vendorInformation/subProvider", 204, ""),
    ] {
        let answer = api.get(&format!("{address}{below}")).await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (status, text), "{below}");
        assert_eq!(answer.header("etag"), tag, "{below}");
    }
    for (below, expected) in [
        ("/name/$count", r#"400 BadRequest ["unsupported name"]"#),
        ("/vendorInformation/$count", r#"400 BadRequest ["unsupported vendorInformation"]"#),
        ("/parameters/$value", r#"400 BadRequest ["unsupported parameters"]"#),
        ("/nothing", "404 ResourceNotFound []"),
        ("/vendorInformation/nothing/$value", "404 ResourceNotFound []"),
        ("/parameters/name", "404 ResourceNotFound []"),
    ] {
        assert_eq!(refusal(&api.get(&format!("{address}{below}")).await), expected, "{below}");
    }
    let known = api.send("GET", &format!("{address}/status"), &[("if-none-match", &tag)], "").await;
    assert_eq!((known.status.as_u16(), &*known.text), (304, ""));
    let stale = api.send("GET", &format!("{address}/status"), &[("if-match", "W/\"5f-9\"")], "").await;
    assert_eq!(refusal(&stale), "412 PreconditionFailed []");
    for method in ["PUT", "PATCH", "DELETE", "POST"] {
        let answer = api.send(method, &format!("{address}/status"), &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD, OPTIONS"), "{method}");
    }
}

#[tokio::test]
async fn no_header_changes_the_method() {
    let api = Api::start().await;
    let address = format!("{COLLECTION}/{}", api.file().await);
    for name in ["x-http-method-override", "x-http-method", "x-method-override"] {
        for method in ["PATCH", "DELETE"] {
            let answer = api.send("POST", &address, &[(name, method)], "{}").await;
            assert_eq!(answer.status, 405, "{name}: {method}");
            let filed = api.send("POST", COLLECTION, &[(name, method)], BLOCK_IP).await;
            assert_eq!(filed.status, 201, "{name}: {method}");
        }
        let read = api.send("GET", &address, &[(name, "DELETE")], "").await;
        assert_eq!(read.status, 200);
        let item = format!(
            r#"{{"requests":[{{"id":"1","method":"POST","url":"{address}","headers":{{"{name}":"DELETE"}}}}]}}"#
        );
        let batch = api.send("POST", "/beta/$batch", &[], &item).await;
        assert_eq!(batch.json()["responses"][0]["status"], 405, "{}", batch.text);
    }
}
