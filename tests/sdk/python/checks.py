"""What every script here shares: the server under test, a client for it, and checks that print what they checked.

The address and the tokens come from the environment (see crates/interdict/tests/it/sdk.rs, which starts the server).
A script ends with status 1 at its first check that does not hold.
"""

import asyncio
import os
import sys
import time

from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph_beta import GraphServiceClient
from msgraph_beta.generated.models.key_value_pair import KeyValuePair
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.generated.models.security_action import SecurityAction
from msgraph_beta.generated.models.security_vendor_information import SecurityVendorInformation

URL = os.environ["INTERDICT_URL"]


class StaticToken:
    """A credential that always answers the same token."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *scopes, **options):
        return AccessToken(self.token, int(time.time()) + 3600)


def client(credential=None, version="beta"):
    """An SDK client for the server; without a credential, one with the ReadWrite token."""
    credential = credential or StaticToken(os.environ["INTERDICT_TOKEN"])
    graph = GraphServiceClient(credential, scopes=["api://interdict/.default"])
    graph.request_adapter.base_url = f"{URL}/{version}"
    return graph


def block_ip(address="1.2.3.4", **members):
    """A new action as the Graph documentation files it."""
    return SecurityAction(
        name="BlockIp",
        action_reason="seen in an alert",
        parameters=[KeyValuePair(name="IP", value=address)],
        vendor_information=SecurityVendorInformation(provider="Windows Defender ATP", vendor="Microsoft"),
        **members,
    )


def options(query=None, **headers):
    """A request configuration of query parameters and headers (`if_match` for `If-Match`)."""
    configuration = RequestConfiguration(query_parameters=query)
    for name, value in headers.items():
        configuration.headers.add(name.replace("_", "-"), value)
    return configuration


def check(what, held):
    """Prints what was checked; ends the program where it did not hold."""
    if not held:
        print(f"FAILED: {what}", file=sys.stderr)
        sys.exit(1)
    print(f"ok: {what}")


def equal(what, found, expected):
    """Checks that two values are equal, and shows them where they are not."""
    check(what if found == expected else f"{what}: found {found!r}, expected {expected!r}", found == expected)


async def refused(what, call, status, code):
    """Checks that the SDK raises an ODataError with this status and code; answers it."""
    try:
        await call
    except ODataError as error:
        equal(f"{what}: status", error.response_status_code, status)
        equal(f"{what}: code", error.error.code, code)
        check(f"{what}: a message", error.error.message)
        check(f"{what}: a request id", error.error.inner_error and error.error.inner_error.request_id)
        check(f"{what}: a date", error.error.inner_error.date)
        return error.error
    check(f"{what}: was not refused", False)


def run(main):
    """Runs a script's checks."""
    asyncio.run(main())
    print("all checks held")
