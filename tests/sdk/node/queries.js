// Every query option of lists with the JavaScript SDK, each through all of its pages. Needs a tenant without actions.

import { readFileSync } from "node:fs";
import { PageIterator } from "@microsoft/msgraph-sdk-core";
import { Actions, blockIp, check, equal, errors, pageFactory, refused } from "./checks.js";

const table = JSON.parse(readFileSync(new URL("../queries.json", import.meta.url), "utf8"));
const actions = new Actions();

/** Files an action of the table and takes it through its states. */
async function file({ becomes = [], parameters, actionReason, subProvider, ...given }) {
  const action = blockIp("", { ...given, actionReason });
  action.parameters = Object.entries(parameters).map(([name, value]) => ({ name, value }));
  action.vendorInformation.subProvider = subProvider;
  const made = await actions.post(action);
  for (const status of becomes) {
    const failed = status === "Failed" ? { errorInfo: { code: 5, subcode: 0, message: "no such host" } } : {};
    await actions.patch(made.id, { status, ...failed });
  }
}

/** The actions from this page on, by the SDK's page iterator, for as long as `more` says. */
async function everyPage(page, more = () => true) {
  const found = [];
  const take = (action) => {
    found.push(action);
    return more(found);
  };
  await new PageIterator(actions.adapter, page, take, pageFactory, errors).iterate();
  return found;
}

const contexts = (found) => found.map((action) => action.clientContext).join("");

/** Asks for a row of the table, and holds the answer against it. */
async function answer(row) {
  const query = { "%24orderby": row.orderby ?? ["clientContext"] };
  for (const name of ["filter", "search", "select", "skip", "top"]) {
    if (name in row) query[`%24${name}`] = row[name];
  }
  if ("count" in row) query["%24count"] = true;
  const what = JSON.stringify(query);
  const page = await actions.list(query);
  check(`${what}: no page is longer than asked for`, page.value.length <= (row.top ?? 100));
  equal(`${what}: the count`, page.odataCount ?? undefined, row.count);
  const found = await everyPage(page);
  equal(what, contexts(found), row.found);
  if ("select" in row) {
    check(`${what}: what is selected alone`, found.every((action) => action.name == null && action.id == null));
    check(`${what}: and that`, found.every((action) => action.vendorInformation.vendor));
  }
}

for (const given of table.actions) await file(given);
for (const row of table.queries) await answer(row);

const page = await actions.list({ "%24orderby": ["clientContext"], "%24top": 2 });
const stopped = await everyPage(page, (found) => found.length !== 3);
equal("an iterator that is told to stop, within its second page", contexts(stopped), "abc");

const error = await refused("a wrong filter", actions.list({ "%24filter": "status eq 'Runing'" }), 400, "BadRequest");
equal("a wrong filter: its place", error.details[0].target, "$filter");
check("and what may have been meant", error.details[0].message.includes("`Running`"));
console.log("all checks held");
