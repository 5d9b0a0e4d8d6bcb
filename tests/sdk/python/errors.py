"""Refusals as the Python SDK shows them: status, code, details, request id."""

import os

from checks import StaticToken, block_ip, check, client, equal, options, refused, run
from kiota_abstractions.authentication import AnonymousAuthenticationProvider
from msgraph_beta import GraphRequestAdapter, GraphServiceClient
from msgraph_beta.generated.models.security_action import SecurityAction
from msgraph_beta.generated.security.security_actions.security_actions_request_builder import (
    SecurityActionsRequestBuilder as Actions,
)

Query = Actions.SecurityActionsRequestBuilderGetQueryParameters


def detail(error):
    return (error.details[0].code, error.details[0].target)


async def main():
    actions = client().security.security_actions
    missing = actions.by_security_action_id("00000000-0000-0000-0000-000000000000")
    await refused("get of an unknown id", missing.get(), 404, "ResourceNotFound")
    await refused("update of an unknown id", missing.patch(SecurityAction(name="x")), 404, "ResourceNotFound")
    await refused("cancel of an unknown id", missing.cancel_security_action.post(), 404, "ResourceNotFound")
    await refused("an id that is no GUID", actions.by_security_action_id("1234567890").get(), 404, "ResourceNotFound")

    error = await refused("create without vendorInformation", actions.post(SecurityAction(name="BlockIp")), 400, "BadRequest")
    targets = {found.target for found in error.details}
    check("each missing member is named", {"parameters", "vendorInformation/provider"} <= targets)
    equal("with its code", {found.code for found in error.details}, {"required"})

    error = await refused("a name that is too long", actions.post(block_ip(client_context="x" * 257)), 400, "BadRequest")
    equal("too long: detail", detail(error), ("tooLong", "clientContext"))

    error = await refused("a wrong filter", actions.get(options(Query(filter="status eq"))), 400, "BadRequest")
    equal("a wrong filter: detail", detail(error), ("syntaxError", "$filter"))
    error = await refused("an unknown property", actions.get(options(Query(select=["colour"]))), 400, "BadRequest")
    equal("an unknown property: detail", detail(error), ("unknownProperty", "$select"))
    error = await refused("a page that is too large", actions.get(options(Query(top=5000))), 400, "BadRequest")
    equal("a page that is too large: detail", detail(error), ("limitExceeded", "$top"))

    reader = client(StaticToken(os.environ["INTERDICT_READER_TOKEN"])).security.security_actions
    await reader.get()
    check("a reader may read", True)
    error = await refused("a reader may not write", reader.post(block_ip()), 403, "Forbidden")
    check("the missing permission is named", "SecurityActions.ReadWrite.All" in error.message)

    wrong = client(StaticToken("not.a.token")).security.security_actions
    await refused("no valid token", wrong.get(), 401, "InvalidAuthenticationToken")
    anonymous = GraphServiceClient(request_adapter=GraphRequestAdapter(AnonymousAuthenticationProvider()))
    anonymous.request_adapter.base_url = os.environ["INTERDICT_URL"] + "/beta"
    error = await refused("no token", anonymous.security.security_actions.get(), 401, "InvalidAuthenticationToken")
    check("the likely cause is named", "allow" in error.message.lower())


run(main)
