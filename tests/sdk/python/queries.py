"""Every query option of lists with the Python SDK, each through all of its pages. Needs a tenant without actions."""

import json
from pathlib import Path

from checks import block_ip, check, client, equal, options, run
from msgraph_beta.generated.models.key_value_pair import KeyValuePair
from msgraph_beta.generated.models.operation_status import OperationStatus
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError
from msgraph_beta.generated.models.result_info import ResultInfo
from msgraph_beta.generated.models.security_action import SecurityAction
from msgraph_beta.generated.security.security_actions.security_actions_request_builder import (
    SecurityActionsRequestBuilder as Actions,
)
from msgraph_core.tasks.page_iterator import PageIterator

Query = Actions.SecurityActionsRequestBuilderGetQueryParameters
TABLE = json.loads(Path(__file__).parent.with_name("queries.json").read_text(encoding="utf-8"))


async def file(actions, given):
    """Files an action of the table and takes it through its states."""
    action = block_ip()
    action.name = given["name"]
    action.client_context = given["clientContext"]
    action.vendor_information.sub_provider = given.get("subProvider")
    action.action_reason = given.get("actionReason")
    action.parameters = [KeyValuePair(name=name, value=value) for name, value in given["parameters"].items()]
    made = await actions.post(action)
    for status in given.get("becomes", []):
        change = SecurityAction(status=OperationStatus(status))
        if status == "Failed":
            change.error_info = ResultInfo(code=5, subcode=0, message="no such host")
        await actions.by_security_action_id(made.id).patch(change)


async def every_page(graph, page):
    """The actions from this page on, by the SDK's page iterator."""
    found = []
    await PageIterator(page, graph.request_adapter).iterate(lambda action: found.append(action) or True)
    return found


async def answer(graph, row):
    """Asks for a row of the table, and holds the answer against it."""
    asked = {name: row[name] for name in ("filter", "search", "select", "skip", "top") if name in row}
    query = Query(orderby=row.get("orderby", ["clientContext"]), count=True if "count" in row else None, **asked)
    page = await graph.security.security_actions.get(options(query))
    what = json.dumps({**asked, "orderby": query.orderby}, ensure_ascii=False)
    check(f"{what}: no page is longer than asked for", len(page.value) <= row.get("top", 100))
    equal(f"{what}: the count", page.odata_count, row.get("count"))
    actions = await every_page(graph, page)
    equal(what, "".join(action.client_context for action in actions), row["found"])
    if "select" in row:
        check(f"{what}: what is selected alone", all(action.name is None and action.id is None for action in actions))
        check(f"{what}: and that", all(action.vendor_information.vendor for action in actions))


async def main():
    graph = client()
    for given in TABLE["actions"]:
        await file(graph.security.security_actions, given)
    for row in TABLE["queries"]:
        await answer(graph, row)

    page = await graph.security.security_actions.get(options(Query(orderby=["clientContext"], top=2)))
    seen = []
    iterator = PageIterator(page, graph.request_adapter)
    await iterator.iterate(lambda action: seen.append(action.client_context) or len(seen) != 3)
    equal("an iterator that is told to stop, within its second page", "".join(seen), "abc")

    try:
        await graph.security.security_actions.get(options(Query(filter="status eq 'Runing'")))
        check("a wrong filter was not refused", False)
    except ODataError as error:
        detail = error.error.details[0]
        equal("a wrong filter: its place", (error.response_status_code, detail.target), (400, "$filter"))
        check("and what may have been meant", "`Running`" in detail.message)


run(main)
