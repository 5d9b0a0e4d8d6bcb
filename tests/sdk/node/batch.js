// `$batch` with the JavaScript SDK's helper: what it sends, and what it can read of the answer.

import { HttpMethod } from "@microsoft/kiota-abstractions";
import {
  createSecurityActionCollectionResponseFromDiscriminatorValue,
  createSecurityActionFromDiscriminatorValue,
} from "@microsoft/msgraph-beta-sdk/models/index.js";
import { BatchRequestContent, BatchRequestContentCollection } from "@microsoft/msgraph-sdk-core";
import { Actions, adapterFor, blockIp, check, equal, errors } from "./checks.js";

/** The adapter, with the preference for the one form of bodies that the helper reads. */
function readable() {
  const adapter = adapterFor();
  const send = adapter.send.bind(adapter);
  adapter.send = (information, ...rest) => {
    information.headers.add("Prefer", "interdict.batch-body=base64");
    return send(information, ...rest);
  };
  return adapter;
}

const adapter = readable();
const registry = adapter.getParseNodeFactory();
const actions = new Actions(adapterFor());
const file = (address) => actions.withBody(actions.request(HttpMethod.POST, ""), blockIp(address));
const list = () => {
  const query = { "%24filter": "name eq 'BlockIp'", "%24top": 5 };
  return actions.request(HttpMethod.GET, "{?%24filter,%24top}", {}, { query });
};

const batch = new BatchRequestContent(adapter, errors);
const made = batch.addBatchRequest(file("10.0.0.1"), "made");
equal("the helper names no type for its bodies", made.headers?.["Content-Type"], undefined);
batch.addBatchRequest(list(), "list").dependsOn = ["made"];
batch.addBatchRequest(actions.item(HttpMethod.GET, "00000000-0000-0000-0000-000000000000"), "missing").dependsOn = ["list"];
batch.addBatchRequest(list(), "never").dependsOn = ["missing"];
const answer = await batch.postAsync();
const statuses = Object.fromEntries(await answer.getResponsesStatusCodes());
equal("each status", statuses, { made: 201, list: 200, missing: 404, never: 424 });
const filed = answer.getParsableResponseById("made", registry, createSecurityActionFromDiscriminatorValue);
check("a body, read by the helper", filed.id && filed.name === "BlockIp");
const page = answer.getParsableResponseById("list", registry, createSecurityActionCollectionResponseFromDiscriminatorValue);
equal("a request that waited sees what was done before it", page.value.map((row) => row.id), [filed.id]);

const many = new BatchRequestContentCollection(adapter, errors);
for (let at = 0; at < 25; at += 1) many.addBatchRequest(file(`10.0.1.${at}`));
const answers = await many.postAsync();
const codes = [];
for (const part of answers.batchResponseContent) codes.push(...(await part.getResponsesStatusCodes()).values());
equal("25 requests in two batches", codes, Array(25).fill(201));
equal("and all of them happened", await actions.count(), 26);
console.log("all checks held");
