"""`delta` by a raw client on the Python SDK's request adapter: the SDK has no builder for it here, but its adapter, its
middleware, and its models read what there is."""

from checks import URL, block_ip, check, client, equal, refused, run
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.generated.models.operation_status import OperationStatus
from msgraph_beta.generated.models.security_action import SecurityAction
from msgraph_beta.generated.models.security_action_collection_response import SecurityActionCollectionResponse

DELTA = URL + "/beta/security/securityActions/microsoft.graph.delta()"
COUNT = 7


async def fetch(graph, address):
    """A page: its rows as the SDK's model, and its links."""
    information = RequestInformation()
    information.http_method = Method.GET
    information.url = address.replace(" ", "%20")
    information.headers.try_add("Accept", "application/json")
    return await graph.request_adapter.send_async(
        information, SecurityActionCollectionResponse, {"XXX": ODataError}
    )


async def follow(graph, address):
    """Every row of a round, the number of its pages, and its delta link."""
    rows, pages = [], 0
    while address:
        page = await fetch(graph, address)
        rows.extend(page.value)
        pages += 1
        check("a page that goes on has rows", page.value or not page.odata_next_link)
        delta = page.additional_data.get("@odata.deltaLink")
        check("either link, not both", bool(delta) != bool(page.odata_next_link))
        address = page.odata_next_link
    return rows, pages, delta


def removed(row):
    """Why a row is no more, where it is not."""
    said = row.additional_data.get("@removed")
    return said and said["reason"]


async def main():
    graph = client()
    actions = graph.security.security_actions
    made = [await actions.post(block_ip(f"10.0.0.{at}")) for at in range(COUNT)]
    rows, pages, delta = await follow(graph, DELTA + "?$top=3")
    equal("all actions, in pages of 3", ({row.id for row in rows}, pages), ({action.id for action in made}, 3))
    rows, pages, delta = await follow(graph, delta)
    equal("nothing has changed", (rows, pages), ([], 1))

    changed, gone = made[0].id, made[1].id
    await actions.by_security_action_id(changed).patch(SecurityAction(status=OperationStatus.Running))
    await actions.by_security_action_id(changed).patch(SecurityAction(action_reason="again"))
    await actions.by_security_action_id(gone).cancel_security_action.post()
    await actions.by_security_action_id(gone).delete()
    new = await actions.post(block_ip())
    rows, _, later = await follow(graph, delta)
    equal("each change once", [row.id for row in rows], [changed, gone, new.id])
    equal("what was removed", [removed(row) for row in rows], [None, "deleted", None])
    equal("as it is now", (rows[0].status, rows[0].action_reason), (OperationStatus.Running, "again"))
    again, _, _ = await follow(graph, delta)
    equal("a link can be followed again", [row.id for row in again], [row.id for row in rows])
    rows, _, _ = await follow(graph, later)
    equal("and the next one goes on", rows, [])

    rows, _, latest = await follow(graph, DELTA + "?$filter=status eq 'Running'&$select=status&$deltatoken=latest")
    equal("nothing that was there", rows, [])
    await actions.by_security_action_id(changed).patch(SecurityAction(status=OperationStatus.Completed))
    rows, _, _ = await follow(graph, latest)
    equal("no longer selected", [(row.id, removed(row)) for row in rows], [(changed, "changed")])
    await refused("a token of nobody", fetch(graph, DELTA + "?$deltatoken=abc"), 400, "BadRequest")
    await refused("an order", fetch(graph, DELTA + "?$orderby=name"), 400, "BadRequest")


run(main)
