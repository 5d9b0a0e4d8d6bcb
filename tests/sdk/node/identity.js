// @azure/identity gets a token from the built-in issuer over TLS, and the SDK calls the API with it.

import { ClientSecretCredential } from "@azure/identity";
import { Actions, adapterFor, blockIp, check, equal, rejected, url } from "./checks.js";

const { INTERDICT_TENANT, INTERDICT_CLIENT_ID, INTERDICT_CLIENT_SECRET } = process.env;
const offline = { authorityHost: url, disableInstanceDiscovery: true };

const credential = new ClientSecretCredential(INTERDICT_TENANT, INTERDICT_CLIENT_ID, INTERDICT_CLIENT_SECRET, offline);
const actions = new Actions(adapterFor(credential));
const made = await actions.post(blockIp());
equal("create: the app of the credential", made.appId, INTERDICT_CLIENT_ID);
equal("create: its tenant", made.azureTenantId, INTERDICT_TENANT);
equal("get: the same action", (await actions.get(made.id)).id, made.id);

const wrong = new ClientSecretCredential(INTERDICT_TENANT, INTERDICT_CLIENT_ID, "wrong-secret", offline);
const error = await rejected("a wrong secret", wrong.getToken("api://interdict/.default"));
check("a wrong secret is refused with an AADSTS text", String(error).includes("AADSTS"));
console.log("all checks held");
