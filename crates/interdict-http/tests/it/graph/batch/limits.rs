//! What a batch may take of the server.

use serde_json::json;

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
