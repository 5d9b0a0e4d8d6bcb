// The classic JavaScript client. It sends its token over https alone, so the server runs with TLS here.

import { BatchRequestContent, BatchResponseContent, Client, PageIterator } from "@microsoft/microsoft-graph-client";
import { blockIp, check, equal, rejected, token, url } from "./checks.js";

const client = Client.init({
  authProvider: (done) => done(null, token),
  baseUrl: url,
  defaultVersion: "beta",
  customHosts: new Set([new URL(url).hostname]),
});
const path = "/security/securityActions";

const made = await client.api(path).post(blockIp());
check("create: an id", made.id);
equal("create: status", made.status, "NotStarted");
const item = client.api(`${path}/${made.id}`);
const found = await item.get();
equal("get: the same action", [found.id, found["@odata.etag"]], [made.id, made["@odata.etag"]]);
equal("get $select", (await client.api(`${path}/${made.id}`).select(["status"]).get()).name, undefined);
const whole = { ...found, status: "Running" };
const running = await item.patch(whole);
equal("update with the whole entity", [running.status, running.states.length], ["Running", 1]);
await client.api(`${path}/${made.id}/cancelSecurityAction`).post({});
equal("cancel", (await item.get()).status, "Failed");
await item.delete();
const gone = await rejected("get of what was deleted", item.get());
equal("an error of Graph's shape", [gone.statusCode, gone.code], [404, "ResourceNotFound"]);
check("with its request id", gone.requestId);

const ids = [];
for (let at = 0; at < 7; at += 1) ids.unshift((await client.api(path).post(blockIp(`10.0.0.${at}`))).id);
// This client answers text/plain as text.
equal("$count", await client.api(`${path}/$count`).get(), "7");
const page = await client.api(path).top(3).count(true).get();
equal("a page", [page.value.length, page["@odata.count"]], [3, 7]);
const seen = [];
await new PageIterator(client, page, (action) => seen.push(action.id) > 0).iterate();
equal("every page by the iterator", seen, ids);
const filtered = await client.api(path).filter("status eq 'Running'").get();
equal("a filter that selects nothing", filtered.value, []);

const request = (address, init) => new Request(`${url}/beta${path}${address}`, init);
const batch = new BatchRequestContent([
  { id: "1", request: request("", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(blockIp()) }) },
  { id: "2", dependsOn: ["1"], request: request("?$top=1", { method: "GET" }) },
]);
const answer = new BatchResponseContent(await client.api("/$batch").post(await batch.getContent()));
equal("a batch", [answer.getResponseById("1").status, answer.getResponseById("2").status], [201, 200]);
const newest = (await answer.getResponseById("2").json()).value[0];
equal("and its bodies", newest.id, (await answer.getResponseById("1").json()).id);
console.log("all checks held");
