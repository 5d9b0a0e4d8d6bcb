//! What a batch may take of the server.

use serde_json::json;

use super::super::refusal;
use super::{Api, ITEMS, after, get, statuses};

#[tokio::test]
async fn twenty_lists_at_once_and_batches_beside_each_other_all_end() {
    let api = Api::start().await;
    api.file().await;
    let requests: Vec<_> =
        (0..20).map(|at| get(&at.to_string(), &format!("{ITEMS}?$filter=name eq 'BlockIp'"))).collect();
    let three = tokio::join!(api.batch(&requests), api.batch(&requests), api.batch(&requests));
    for answers in [three.0, three.1, three.2] {
        assert!(answers.iter().all(|answer| answer["status"] == 200), "{answers:?}");
    }
}

#[tokio::test]
async fn answers_to_reads_have_a_limit_together() {
    let api = Api::start().await;
    let value = "x".repeat(16 * 1024);
    let parameters = vec![json!({ "name": "n", "value": value }); 60];
    let vendor = json!({ "provider": "P", "vendor": "V" });
    let body = json!({ "name": "N", "parameters": parameters, "vendorInformation": vendor });
    for _ in 0..5 {
        let filed = api.send("POST", &format!("/beta{ITEMS}"), &[], &body.to_string()).await;
        assert_eq!(filed.status, 201);
    }
    let chain = |at: usize| {
        let list = get(&at.to_string(), ITEMS);
        if at == 0 { list } else { after(list, &[&(at - 1).to_string()]) }
    };
    let requests: Vec<_> = (0..5).map(chain).collect();
    let answers = api.batch(&requests).await;
    assert_eq!(statuses(&answers), [("0", 200), ("1", 200), ("2", 200), ("3", 400), ("4", 424)]);
    assert_eq!(answers[3]["body"]["error"]["details"][0]["code"], "limitExceeded");
}

#[tokio::test]
async fn a_batch_of_a_great_many_small_things_is_refused_at_once() {
    let api = Api::start().await;
    let many =
        |one: &str| (0..300_000).map(|at| one.replace('#', &at.to_string())).collect::<Vec<_>>().join(",");
    let item =
        |more: &str| format!("{{\"requests\":[{{\"id\":\"1\",\"method\":\"GET\",\"url\":\"/\",{more}}}]}}");
    for (body, expected) in [
        (format!("{{{}}}", many("\"#\":0")), r#"400 BadRequest ["tooLong "]"#),
        (format!("{{\"requests\":[{}]}}", many("{}")), r#"400 BadRequest ["tooLong requests"]"#),
        (item(&many("\"#\":0")), r#"400 BadRequest ["tooLong requests[0]"]"#),
        (
            item(&format!("\"dependsOn\":[{}]", many("\"1\""))),
            r#"400 BadRequest ["invalidValue requests[0]/dependsOn"]"#,
        ),
        ("[".repeat(1 << 20), r#"400 BadRequest ["typeMismatch "]"#),
    ] {
        let began = std::time::Instant::now();
        let answer = api.send("POST", "/beta/$batch", &[], &body).await;
        assert_eq!(refusal(&answer), expected, "{body:.60}");
        assert!(began.elapsed().as_secs() < 20, "{body:.60}");
    }
}
