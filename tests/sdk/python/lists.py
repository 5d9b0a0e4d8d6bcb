"""Lists with the Python SDK: pages, the page iterator, filters, counts. Needs a tenant without actions."""

from checks import block_ip, check, client, equal, options, run
from msgraph_beta.generated.models.operation_status import OperationStatus
from msgraph_beta.generated.models.security_action import SecurityAction
from msgraph_beta.generated.security.security_actions.count.count_request_builder import CountRequestBuilder
from msgraph_beta.generated.security.security_actions.security_actions_request_builder import (
    SecurityActionsRequestBuilder as Actions,
)
from msgraph_core.tasks.page_iterator import PageIterator

COUNT = 25
Query = Actions.SecurityActionsRequestBuilderGetQueryParameters
CountQuery = CountRequestBuilder.CountRequestBuilderGetQueryParameters


async def walk(graph, page):
    """Every action from this page on, by the SDK's page iterator."""
    found = []
    iterator = PageIterator(page, graph.request_adapter)

    def take(action):
        found.append(action)
        return True

    await iterator.iterate(take)
    return found


async def main():
    graph = client()
    actions = graph.security.security_actions
    empty = await actions.get()
    equal("an empty list", (empty.value, empty.odata_next_link), ([], None))
    equal("$count of nothing", await actions.count.get(), 0)

    made = [await actions.post(block_ip(f"10.0.0.{at}")) for at in range(COUNT)]
    newest_first = [action.id for action in reversed(made)]
    page = await actions.get()
    equal("the whole list, newest first", [action.id for action in page.value], newest_first)
    check("no next page where all fits", page.odata_next_link is None)

    page = await actions.get(options(Query(top=10, count=True)))
    equal("$top is the page's size", len(page.value), 10)
    equal("$count=true counts them all", page.odata_count, COUNT)
    check("the next link is absolute", page.odata_next_link.startswith("http"))
    equal("pages of 10 by the iterator", [action.id for action in await walk(graph, page)], newest_first)

    page = await actions.get(options(Query(top=5, orderby=["createdDateTime asc"])))
    oldest_first = [action.id for action in made]
    equal("oldest first, pages of 5", [action.id for action in await walk(graph, page)], oldest_first)

    page = await actions.get(options(prefer="odata.maxpagesize=7"))
    equal("a page size by preference", len(page.value), 7)
    equal("and all of them", len(await walk(graph, page)), COUNT)

    chosen = {action.id for action in made[:4]}
    for key in chosen:
        await actions.by_security_action_id(key).patch(SecurityAction(status=OperationStatus.Running))
    running = "status eq 'Running' and vendorInformation/provider eq 'Windows Defender ATP'"
    page = await actions.get(options(Query(filter=running, top=3)))
    equal("$filter, in pages", {action.id for action in await walk(graph, page)}, chosen)
    equal("$count with a filter", await actions.count.get(options(CountQuery(filter=running))), 4)
    none = await actions.get(options(Query(filter="name eq 'it''s ☂ & more'")))
    equal("a filter with quotes that selects nothing", none.value, [])

    page = await actions.get(options(Query(select=["id", "name"], top=2)))
    row = page.value[0]
    equal("$select in a list", (row.name, row.status, row.parameters), ("BlockIp", None, None))
    rows = await walk(graph, page)
    check("$select holds on later pages", all(row.status is None and row.name for row in rows))
    equal("and no row is lost", [row.id for row in rows], newest_first)


run(main)
