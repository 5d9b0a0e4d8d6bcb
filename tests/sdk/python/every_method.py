"""Every method of securityAction with the Python SDK: create, get, list, count, update, cancel, delete."""

from datetime import timedelta

from checks import block_ip, check, client, equal, options, refused, run
from msgraph_beta.generated.models.operation_status import OperationStatus
from msgraph_beta.generated.models.result_info import ResultInfo
from msgraph_beta.generated.models.security_action import SecurityAction
from msgraph_beta.generated.security.security_actions.item.security_action_item_request_builder import (
    SecurityActionItemRequestBuilder as Item,
)


def tag(action):
    return action.additional_data["@odata.etag"]


async def create_and_get(actions):
    filed = block_ip(client_context="sdk-create")
    filed.additional_data = {"ticket": "SOC-7", "naïve": {"größe": [1, 2.5, None]}}
    made = await actions.post(filed)
    check("create: an id", made.id)
    equal("create: name", made.name, "BlockIp")
    equal("create: status", made.status, OperationStatus.NotStarted)
    equal("create: parameter", (made.parameters[0].name, made.parameters[0].value), ("IP", "1.2.3.4"))
    equal("create: vendor", made.vendor_information.vendor, "Microsoft")
    check("create: server dates", made.created_date_time and made.last_action_date_time)
    check("create: the dates are in UTC", made.created_date_time.utcoffset() == timedelta(0))
    check("create: app and tenant of the token", made.app_id and made.azure_tenant_id)
    equal("create: an undeclared member is kept", made.additional_data.get("ticket"), "SOC-7")
    equal("create: so is its structure", made.additional_data.get("naïve"), {"größe": [1, 2.5, None]})

    again = await actions.post(filed)
    equal("create: the same clientContext and meaning is the same action", again.id, made.id)

    found = await actions.by_security_action_id(made.id).get()
    equal("get: the same action", (found.id, tag(found)), (made.id, tag(made)))
    query = Item.SecurityActionItemRequestBuilderGetQueryParameters(select=["id", "status"])
    part = await actions.by_security_action_id(made.id).get(options(query))
    equal("get $select: what was asked", (part.id, part.status), (made.id, OperationStatus.NotStarted))
    equal("get $select: nothing else", (part.name, part.parameters, part.created_date_time), (None, None, None))

    none = await actions.by_security_action_id(made.id).get(options(if_none_match=tag(made)))
    check("get: nothing where the tag is current", none is None)
    return made


async def update(actions, made):
    item = actions.by_security_action_id(made.id)
    whole = await item.get()
    whole.action_reason = "größer ☂"
    changed = await item.patch(whole)
    equal("whole entity: the change is made", changed.action_reason, "größer ☂")
    equal("whole entity: the rest stays", changed.created_date_time, made.created_date_time)
    equal("whole entity: no history", changed.states or [], [])
    check("whole entity: another tag", tag(changed) != tag(made))

    whole = await item.get()
    same = await item.patch(whole)
    equal("whole entity: without a change the tag stays", tag(same), tag(changed))
    equal("whole entity: and lastActionDateTime", same.last_action_date_time, changed.last_action_date_time)

    running = await item.patch(SecurityAction(status=OperationStatus.Running))
    equal("update: running", running.status, OperationStatus.Running)
    equal("update: one entry of history", [state.status for state in running.states], [OperationStatus.Running])

    whole = await item.get()
    whole.status = OperationStatus.Completed
    whole.states = []
    done = await item.patch(whole)
    equal("update: completed", done.status, OperationStatus.Completed)
    expected = [OperationStatus.Running, OperationStatus.Completed]
    equal("update: history only grows", [state.status for state in done.states], expected)
    check("update: each entry has its app", all(state.app_id == made.app_id for state in done.states))
    check("update: completedDateTime", done.completed_date_time)

    again = await item.patch(await item.get())
    equal("update: the whole final entity changes nothing", tag(again), tag(done))
    await refused("final is final", item.patch(SecurityAction(status=OperationStatus.Failed)), 409, "Conflict")


async def nulls(actions):
    made = await actions.post(block_ip("10.0.0.1"))
    item = actions.by_security_action_id(made.id)
    cleared = SecurityAction(status=OperationStatus.Running)
    cleared.action_reason = None
    cleared.completed_date_time = None
    answer = await item.patch(cleared)
    equal("nulls: the reason is cleared", answer.action_reason, None)
    check("nulls: no member of another name", "action_reason" not in answer.additional_data)
    failed = SecurityAction(
        status=OperationStatus.Failed, error_info=ResultInfo(code=7, subcode=1, message="no such host")
    )
    answer = await item.patch(failed)
    info = answer.error_info
    equal("failed: errorInfo", (info.code, info.subcode, info.message), (7, 1, "no such host"))


async def minimal(actions):
    answer = await actions.post(block_ip("10.0.0.2"), options(prefer="return=minimal"))
    check("create return=minimal: no body", answer is None)
    made = await actions.post(block_ip("10.0.0.3"))
    item = actions.by_security_action_id(made.id)
    answer = await item.patch(SecurityAction(action_reason="x"), options(prefer="return=minimal"))
    check("update return=minimal: no body", answer is None)
    equal("update return=minimal: is done", (await item.get()).action_reason, "x")
    stale = item.patch(SecurityAction(action_reason="y"), options(if_match=tag(made)))
    await refused("update with a stale tag", stale, 412, "PreconditionFailed")
    current = tag(await item.get())
    answer = await item.patch(SecurityAction(action_reason="z"), options(if_match=current))
    equal("update with the current tag", answer.action_reason, "z")


async def cancel_and_delete(actions):
    made = await actions.post(block_ip("10.0.0.4"))
    item = actions.by_security_action_id(made.id)
    await refused("delete of an unfinished action", item.delete(), 409, "Conflict")
    check("cancel: no body", await item.cancel_security_action.post() is None)
    cancelled = await item.get()
    equal("cancel: failed", cancelled.status, OperationStatus.Failed)
    check("cancel: says so", "cancelled" in cancelled.error_info.message)
    check("cancel: twice is as once", await item.cancel_security_action.post() is None)
    equal("cancel: and changes nothing", tag(await item.get()), tag(cancelled))
    check("delete: no body", await item.delete() is None)
    await refused("get of what was deleted", item.get(), 404, "ResourceNotFound")
    await refused("delete of what was deleted", item.delete(), 404, "ResourceNotFound")


async def versions(made):
    for version in ["v1.0", "beta/"]:
        found = await client(version=version).security.security_actions.by_security_action_id(made.id).get()
        equal(f"get under /{version}", found.id, made.id)


async def main():
    actions = client().security.security_actions
    made = await create_and_get(actions)
    await update(actions, made)
    await nulls(actions)
    await minimal(actions)
    await cancel_and_delete(actions)
    await versions(made)


run(main)
