// What every script here shares: the server under test, clients for it, and checks that print what they checked.
//
// The address and the tokens come from the environment (see crates/interdict/tests/it/sdk.rs, which starts the
// server). A script ends with status 1 at its first check that does not hold.

import { isDeepStrictEqual, inspect } from "node:util";
import { HttpMethod, RequestInformation } from "@microsoft/kiota-abstractions";
import { AzureIdentityAuthenticationProvider } from "@microsoft/kiota-authentication-azure";
import { GraphBetaRequestAdapter } from "@microsoft/msgraph-beta-sdk";
import {
  createSecurityActionCollectionResponseFromDiscriminatorValue,
  createSecurityActionFromDiscriminatorValue,
  serializeSecurityAction,
} from "@microsoft/msgraph-beta-sdk/models/index.js";
import { createODataErrorFromDiscriminatorValue } from "@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js";

export const url = process.env.INTERDICT_URL;
export const token = process.env.INTERDICT_TOKEN;
export const errors = { XXX: createODataErrorFromDiscriminatorValue };
export const pageFactory = createSecurityActionCollectionResponseFromDiscriminatorValue;

/** A credential that always answers the same token. */
export function staticToken(text = token) {
  return { getToken: async () => ({ token: text, expiresOnTimestamp: Date.now() + 3_600_000 }) };
}

/** The SDK's adapter for the server. Hosts other than Graph's own get a token only where they are named. */
export function adapterFor(credential = staticToken(), hosts = new Set([new URL(url).hostname])) {
  const scopes = ["api://interdict/.default"];
  const adapter = new GraphBetaRequestAdapter(
    new AzureIdentityAuthenticationProvider(credential, scopes, undefined, hosts),
  );
  adapter.baseUrl = `${url}/beta`;
  return adapter;
}

/**
 * The methods of `securityActions`, made of the SDK's own models, templates and adapter, as its generated request
 * builders make them. (The package with those builders is not published for this version.)
 */
export class Actions {
  constructor(adapter = adapterFor()) {
    this.adapter = adapter;
  }

  request(method, template, parameters = {}, { query = {}, headers = {} } = {}) {
    const information = new RequestInformation(method, `{+baseurl}/security/securityActions${template}`, {
      baseurl: this.adapter.baseUrl,
      ...parameters,
    });
    Object.assign(information.queryParameters, query);
    information.addRequestHeaders({ Accept: "application/json", ...headers });
    return information;
  }

  item(method, id, options) {
    return this.request(method, "/{securityAction%2Did}{?%24expand,%24select}", { "securityAction%2Did": id }, options);
  }

  entity(information) {
    return this.adapter.send(information, createSecurityActionFromDiscriminatorValue, errors);
  }

  withBody(information, action) {
    information.setContentFromParsable(this.adapter, "application/json", action, serializeSecurityAction);
    return information;
  }

  post(action, options) {
    return this.entity(this.withBody(this.request(HttpMethod.POST, "", {}, options), action));
  }

  get(id, options) {
    return this.entity(this.item(HttpMethod.GET, id, options));
  }

  patch(id, action, options) {
    return this.entity(this.withBody(this.item(HttpMethod.PATCH, id, options), action));
  }

  delete(id, options) {
    return this.adapter.sendNoResponseContent(this.item(HttpMethod.DELETE, id, options), errors);
  }

  cancel(id) {
    const template = "/{securityAction%2Did}/cancelSecurityAction";
    const information = this.request(HttpMethod.POST, template, { "securityAction%2Did": id });
    return this.adapter.sendNoResponseContent(information, errors);
  }

  list(query = {}, headers = {}) {
    const template = "{?%24count,%24expand,%24filter,%24orderby,%24search,%24select,%24skip,%24top}";
    return this.adapter.send(this.request(HttpMethod.GET, template, {}, { query, headers }), pageFactory, errors);
  }

  count(query = {}) {
    const information = this.request(HttpMethod.GET, "/$count{?%24filter,%24search}", {}, {
      query,
      headers: { Accept: "text/plain;q=0.9" },
    });
    return this.adapter.sendPrimitive(information, "number", errors);
  }
}

/** A new action as the Graph documentation files it. */
export function blockIp(address = "1.2.3.4", members = {}) {
  return {
    name: "BlockIp",
    actionReason: "seen in an alert",
    parameters: [{ name: "IP", value: address }],
    vendorInformation: { provider: "Windows Defender ATP", vendor: "Microsoft" },
    ...members,
  };
}

/** Prints what was checked; ends the program where it did not hold. */
export function check(what, held) {
  if (!held) {
    console.error(`FAILED: ${what}`);
    process.exit(1);
  }
  console.log(`ok: ${what}`);
}

/** Checks that two values are equal, and shows them where they are not. */
export function equal(what, found, expected) {
  const same = isDeepStrictEqual(found, expected);
  check(same ? what : `${what}: found ${inspect(found)}, expected ${inspect(expected)}`, same);
}

/** Checks that a call is refused, and answers the error. */
export async function rejected(what, call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  return check(`${what}: was not refused`, false);
}

/** Checks that the SDK rejects with this status and code. */
export async function refused(what, call, status, code) {
  const error = await rejected(what, call);
  equal(`${what}: status`, error.responseStatusCode, status);
  equal(`${what}: code`, error.errorEscaped?.code, code);
  check(`${what}: a message`, error.errorEscaped.message);
  check(`${what}: a request id`, error.errorEscaped.innerError?.requestId);
  return error.errorEscaped;
}
