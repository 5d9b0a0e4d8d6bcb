// A client that others generate: odata2ts makes one of `$metadata`, and it files, finds and reads actions.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Actions, blockIp, check, equal, token, url } from "./checks.js";

/** The HTTP client that the generated one is given. */
const http = {
  async get(address) {
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}`, accept: "application/json" } });
    const data = await answer.json();
    check(`${decodeURIComponent(address)} is answered`, answer.ok);
    return { status: answer.status, statusText: answer.statusText, headers: {}, data };
  },
};

// Beside the packages that the generated client needs.
const directory = mkdtempSync(fileURLToPath(new URL("node_modules/.generated-", import.meta.url)));
try {
  const write = (name, text) => writeFileSync(`${directory}/${name}`, text);
  write("package.json", JSON.stringify({ type: "commonjs" }));
  write("tsconfig.json", JSON.stringify({ compilerOptions: { target: "ES2022", module: "CommonJS", skipLibCheck: true } }));
  write("metadata.xml", await (await fetch(`${url}/v1.0/$metadata`)).text());
  const program = fileURLToPath(new URL("node_modules/.bin/odata2ts", import.meta.url));
  const flags = ["--source", "metadata.xml", "--output", "generated", "--mode", "all", "--emit-mode", "js"];
  execFileSync(program, flags, { cwd: directory, stdio: "pipe" });

  const actions = new Actions();
  for (const [context, name] of [["a", "BlockIp"], ["b", "RunScan"], ["c", "BlockIp"]]) {
    await actions.post(blockIp("1.2.3.4", { clientContext: context, name }));
  }
  const { MicrosoftGraphService } = createRequire(import.meta.url)(`${directory}/generated/MicrosoftGraphService.js`);
  const security = new MicrosoftGraphService(http, `${url}/v1.0`).security();
  const collection = security.securityActions();
  const all = (await collection.query()).data.value;
  equal("the whole list", all.map((action) => action.clientContext), ["c", "b", "a"]);
  const some = await collection.query((builder, action) =>
    builder
      .filter(action.name.eq("BlockIp"), action.status.eq("NotStarted"))
      .orderBy(action.clientContext.asc())
      .select("clientContext")
      .count(),
  );
  equal("a filter, an order and a selection", some.data.value.map((action) => action.clientContext), ["a", "c"]);
  equal("and a count", some.data["@odata.count"], 2);
  const within = await collection.query((builder, action) =>
    builder.filter(action.parameters.any((parameter) => parameter.value.eq("1.2.3.4")), action.clientContext.ne("b")),
  );
  equal("a filter on elements", within.data.value.map((action) => action.clientContext), ["c", "a"]);
  const one = (await security.securityActions(all[0].id).query()).data;
  equal("one of them", [one.id, one.clientContext], [all[0].id, "c"]);
} finally {
  rmSync(directory, { recursive: true });
}
console.log("all checks held");
