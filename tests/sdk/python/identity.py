"""azure-identity gets a token from the built-in issuer over TLS, blocking and async, and the SDK calls the API."""

import os

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncClientSecretCredential
from checks import URL, block_ip, check, client, equal, run

TENANT = os.environ["INTERDICT_TENANT"]
CLIENT = os.environ["INTERDICT_CLIENT_ID"]
SECRET = os.environ["INTERDICT_CLIENT_SECRET"]
OFFLINE = {"authority": URL, "disable_instance_discovery": True}


async def main():
    credential = ClientSecretCredential(TENANT, CLIENT, SECRET, **OFFLINE)
    actions = client(credential).security.security_actions
    made = await actions.post(block_ip())
    equal("blocking credential: create", made.app_id, CLIENT)
    equal("blocking credential: tenant", made.azure_tenant_id, TENANT)
    page = await actions.get()
    equal("blocking credential: list", [action.id for action in page.value], [made.id])
    first = credential.get_token("api://interdict/.default")
    check("the token is kept", first.token == credential.get_token("api://interdict/.default").token)

    async with AsyncClientSecretCredential(TENANT, CLIENT, SECRET, **OFFLINE) as credential:
        found = await client(credential).security.security_actions.by_security_action_id(made.id).get()
        equal("async credential: get", found.id, made.id)

    wrong = ClientSecretCredential(TENANT, CLIENT, "wrong-secret", **OFFLINE)
    try:
        wrong.get_token("api://interdict/.default")
        check("a wrong secret was accepted", False)
    except ClientAuthenticationError as error:
        check("a wrong secret is refused with an AADSTS text", "AADSTS" in str(error))


run(main)
