//! Runs one kind of request over and over, through the router, in this process: for counting instructions under
//! callgrind (`cargo xtask gate`), which repeat where time does not. No socket and no second worker takes part.
#![allow(clippy::print_stdout, reason = "a command line program talks on stdout")]

use anyhow::{Context as _, Result, bail, ensure};
use interdict_model::Permission;
use interdict_testkit::in_process::{Answer, TestServer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COLLECTION: &str = "/beta/security/securityActions";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().context("which request: get, patch or list")?;
    let times: u32 = arguments.next().context("how often")?.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(run(&kind, times))
}

/// What was counted before this is thrown away: making the issuer's key takes more than all the rest, and never the same.
#[inline(never)]
fn begin_counting() {
    std::hint::black_box(());
}

async fn run(kind: &str, times: u32) -> Result<()> {
    let server = TestServer::start().await?;
    let bearer = format!("Bearer {}", server.token(&[Permission::ActionsReadWrite])?);
    let send = async |method: &str, address: &str, body: &str| -> Result<Answer> {
        let answer = server.send(method, address, &[("authorization", &bearer)], body).await?;
        ensure!(answer.status.is_success(), "{}", answer.text);
        Ok(answer)
    };
    let reason = "seen in an alert; ".repeat(20);
    let filing = format!(
        r#"{{"name":"BlockIp","actionReason":"{reason}","parameters":[{{"name":"IP","value":"10.1.2.3"}}],"vendorInformation":{{"provider":"Windows Defender ATP","vendor":"Microsoft"}}}}"#
    );
    let mut item = String::new();
    for _ in 0..60 {
        let filed = send("POST", COLLECTION, &filing).await?.json();
        let id = filed.get("id").and_then(|id| id.as_str()).context("an action without an id")?;
        item = format!("{COLLECTION}/{id}");
    }
    begin_counting();
    for number in 0..times {
        match kind {
            "get" => drop(send("GET", &item, "").await?),
            "list" => drop(send("GET", &format!("{COLLECTION}?$top=50"), "").await?),
            "patch" => {
                let body =
                    format!(r#"{{"status":"Running","errorInfo":{{"code":{number},"message":"progress"}}}}"#);
                drop(send("PATCH", &item, &body).await?);
            }
            other => bail!("there is no request `{other}`"),
        }
    }
    println!("{times} times {kind}");
    Ok(())
}
