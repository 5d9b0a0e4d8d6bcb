// Every method of securityAction with the JavaScript SDK's models, serialisers and adapter.

import { OperationStatusObject as Status } from "@microsoft/msgraph-beta-sdk/models/index.js";
import { PageIterator } from "@microsoft/msgraph-sdk-core";
import { Actions, adapterFor, blockIp, check, equal, errors, pageFactory, refused, staticToken } from "./checks.js";

const actions = new Actions();
const tag = (action) => action.additionalData["@odata.etag"];

async function createAndGet() {
  const filed = blockIp("1.2.3.4", { clientContext: "js-create", additionalData: { ticket: "SOC-7" } });
  const made = await actions.post(filed);
  check("create: an id", made.id);
  equal("create: status", made.status, Status.NotStarted);
  equal("create: parameter", [made.parameters[0].name, made.parameters[0].value], ["IP", "1.2.3.4"]);
  check("create: server dates", made.createdDateTime instanceof Date && !Number.isNaN(+made.createdDateTime));
  check("create: app and tenant of the token", made.appId && made.azureTenantId);
  equal("create: an undeclared member is kept", made.additionalData.ticket, "SOC-7");
  equal("create: the same clientContext is the same action", (await actions.post(filed)).id, made.id);
  const found = await actions.get(made.id);
  equal("get: the same action", [found.id, tag(found)], [made.id, tag(made)]);
  const part = await actions.get(made.id, { query: { "%24select": ["id", "status"] } });
  equal("get $select", [part.id, part.status, part.name], [made.id, Status.NotStarted, undefined]);
  return made;
}

async function update(made) {
  const whole = await actions.get(made.id);
  whole.actionReason = "größer ☂";
  const changed = await actions.patch(made.id, whole);
  equal("whole entity: the change is made", changed.actionReason, "größer ☂");
  equal("whole entity: the rest stays", +changed.createdDateTime, +made.createdDateTime);
  const same = await actions.patch(made.id, await actions.get(made.id));
  equal("whole entity: without a change the tag stays", tag(same), tag(changed));
  const nulls = { errorInfo: null, status: null, clientContext: null };
  const cleared = await actions.patch(made.id, nulls);
  equal("nulls: status and errorInfo stay as they are", cleared.status, Status.NotStarted);
  const running = await actions.patch(made.id, { status: Status.Running });
  equal("update: running", running.status, Status.Running);
  equal("update: one entry of history", running.states.map((state) => state.status), [Status.Running]);
  const last = await actions.get(made.id);
  last.status = Status.Completed;
  const done = await actions.patch(made.id, last);
  equal("update: history grows", done.states.map((state) => state.status), [Status.Running, Status.Completed]);
  check("update: completedDateTime", done.completedDateTime instanceof Date);
  await refused("final is final", actions.patch(made.id, { status: Status.Failed }), 409, "Conflict");
  const stale = { headers: { "If-Match": tag(made) } };
  await refused("a stale tag", actions.patch(made.id, { actionReason: "x" }, stale), 412, "PreconditionFailed");
}

async function cancelAndDelete() {
  const made = await actions.post(blockIp("10.0.0.4"));
  await refused("delete of an unfinished action", actions.delete(made.id), 409, "Conflict");
  await actions.cancel(made.id);
  const cancelled = await actions.get(made.id);
  equal("cancel: failed", cancelled.status, Status.Failed);
  check("cancel: says so", cancelled.errorInfo.message.includes("cancelled"));
  await actions.cancel(made.id);
  equal("cancel: twice is as once", tag(await actions.get(made.id)), tag(cancelled));
  await actions.delete(made.id);
  await refused("get of what was deleted", actions.get(made.id), 404, "ResourceNotFound");
}

async function lists() {
  const before = await actions.count();
  const made = [];
  for (let at = 0; at < 12; at += 1) {
    made.push((await actions.post(blockIp(`10.0.1.${at}`, { name: "IsolateHost" }))).id);
  }
  equal("$count", await actions.count(), before + 12);
  equal("$count with a filter", await actions.count({ "%24filter": "name eq 'IsolateHost'" }), 12);
  const query = { "%24filter": "name eq 'IsolateHost'", "%24top": 5, "%24count": true };
  const page = await actions.list(query);
  equal("a page", [page.value.length, page.odataCount], [5, 12]);
  check("the next link is absolute", page.odataNextLink.startsWith("http"));
  const found = [];
  const take = (action) => found.push(action.id) > 0;
  await new PageIterator(actions.adapter, page, take, pageFactory, errors).iterate();
  equal("every page by the iterator, newest first", found, made.reverse());
}

async function refusals() {
  const missing = "00000000-0000-0000-0000-000000000000";
  await refused("get of an unknown id", actions.get(missing), 404, "ResourceNotFound");
  const error = await refused("create without members", actions.post({ name: "BlockIp" }), 400, "BadRequest");
  check("each missing member is named", error.details.some((detail) => detail.target === "parameters"));
  const reader = new Actions(adapterFor(staticToken(process.env.INTERDICT_READER_TOKEN)));
  await refused("a reader may not write", reader.post(blockIp()), 403, "Forbidden");
  const wrong = new Actions(adapterFor(staticToken("not.a.token")));
  await refused("no valid token", wrong.list(), 401, "InvalidAuthenticationToken");
  const unlisted = new Actions(adapterFor(staticToken(), new Set(["graph.microsoft.com"])));
  const told = await refused("a host that is not allowed gets no token", unlisted.list(), 401, "InvalidAuthenticationToken");
  check("and the message names the cause", /allow/i.test(told.message));
}

await update(await createAndGet());
await cancelAndDelete();
await lists();
await refusals();
console.log("all checks held");
