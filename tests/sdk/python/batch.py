"""`$batch` with the Python SDK's helpers: what they send, and what they can read of the answer."""

from checks import URL, block_ip, check, client, equal, run
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph_beta.generated.models.operation_status import OperationStatus
from msgraph_beta.generated.models.security_action import SecurityAction
from msgraph_beta.generated.models.security_action_collection_response import SecurityActionCollectionResponse
from msgraph_core.requests.batch_request_builder import BatchRequestBuilder
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_content_collection import BatchRequestContentCollection
from msgraph_core.requests.batch_request_item import BatchRequestItem

COLLECTION = "{+baseurl}/security/securityActions"


class ReadableBatches(BatchRequestBuilder):
    """The helper, with the preference for the one form of bodies that it reads."""

    async def to_post_request_information(self, content):
        information = await super().to_post_request_information(content)
        information.headers.try_add("Prefer", "interdict.batch-body=base64")
        return information


def request(graph, method, template, body=None, bound=True, **parameters):
    """A request as the generated builders make it; `bound` to the base address or not, which makes its URL
    absolute or relative."""
    information = RequestInformation(method, template, {"baseurl": URL + "/beta" if bound else ""})
    information.path_parameters.update(parameters)
    information.headers.try_add("Accept", "application/json")
    if body is not None:
        information.set_content_from_parsable(graph.request_adapter, "application/json", body)
    return information


async def main():
    graph = client()
    batches = ReadableBatches(graph.request_adapter)
    made = await graph.security.security_actions.post(block_ip())
    one = COLLECTION + f"/{made.id}"

    running = request(graph, Method.PATCH, one, SecurityAction(status=OperationStatus.Running))
    done = request(graph, Method.PATCH, one, SecurityAction(status=OperationStatus.Completed), bound=False)
    query = request(graph, Method.GET, COLLECTION + "{?%24filter,%24top}", bound=False)
    query.query_parameters.update({"%24filter": "status eq 'Completed'", "%24top": 5})
    missing = request(graph, Method.GET, COLLECTION + "/00000000-0000-0000-0000-000000000000")
    content = BatchRequestContent()
    content.add_request("run", BatchRequestItem(running, "run"))
    content.add_request("done", BatchRequestItem(done, "done", ["run"]))
    content.add_request("list", BatchRequestItem(query, "list", ["done"]))
    content.add_request("missing", BatchRequestItem(missing, "missing"))
    content.add_request("never", BatchRequestItem(query, "never", ["missing"]))

    answer = await batches.post(content)
    statuses = {"run": 200, "done": 200, "list": 200, "missing": 404, "never": 424}
    equal("each status, in the order of the requests", answer.get_response_status_codes(), statuses)
    action = answer.get_response_by_id("done", SecurityAction)
    equal("a body, read by the helper", (action.id, action.status), (made.id, OperationStatus.Completed))
    page = answer.get_response_by_id("list", SecurityActionCollectionResponse)
    equal("a request that waited sees what was done before it", [row.id for row in page.value], [made.id])
    headers = answer.get_response_by_id("done").headers
    check("headers of an answer", headers["ETag"].startswith('W/"'))

    plain = BatchRequestContent()
    plain.add_request("get", BatchRequestItem(request(graph, Method.GET, one), "get"))
    answer = await BatchRequestBuilder(graph.request_adapter).post(plain)
    equal("without the preference there are statuses", answer.get_response_status_codes(), {"get": 200})

    many = BatchRequestContentCollection()
    for at in range(25):
        many.add_batch_request_item(BatchRequestItem(request(graph, Method.POST, COLLECTION, block_ip(f"10.0.0.{at}"))))
    answers = await batches.post(many)
    codes = [code for part in answers.get_responses() for code in part.get_response_status_codes().values()]
    equal("25 requests in two batches", codes, [201] * 25)
    equal("and all of them happened", await graph.security.security_actions.count.get(), 26)


run(main)
