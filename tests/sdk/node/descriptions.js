// `$metadata` with OASIS's own tools: both its forms say the same, and an OpenAPI document can be made of it.

import { csdl2openapi } from "odata-openapi";
import { xml2json } from "odata-csdl";
import { check, equal, url } from "./checks.js";

const xml = await (await fetch(`${url}/beta/$metadata`)).text();
const json = await (await fetch(`${url}/beta/$metadata?$format=json`)).json();

const messages = [];
const converted = xml2json(xml, { messages });
equal("XML without a fault", messages, []);
equal("XML and JSON say the same", converted, json);

const made = csdl2openapi(json, { messages });
equal("JSON without a fault", messages, []);
const routed = Object.keys((await (await fetch(`${url}/openapi.json`)).json()).paths);
for (const path of ["/security/securityActions", "/security/securityActions('{id}')"]) {
  const found = Object.keys(made.paths).some((made) => made.replace(/'?\{[^}]*\}'?/, "'{id}'") === path);
  check(`${path} follows from the description, among ${Object.keys(made.paths)}`, found);
  check(`${path} is routed`, routed.includes(path.replace("('{id}')", "/{id}")));
}
const schema = made.components.schemas["microsoft.graph.securityAction"] ?? made.components.schemas["graph.securityAction"];
check("and so do the properties of an action", JSON.stringify(schema).includes("vendorInformation"));
console.log("all checks held");
