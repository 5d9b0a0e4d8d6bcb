"""Files a BlockIp that is to end by itself, and waits until it is in force: block_for.py ADDRESS DURATION.

What Graph does not know goes beside it, as any undeclared member does.
"""

import asyncio
import sys

from checks import block_ip, check, client, equal, run
from msgraph_beta.generated.models.operation_status import OperationStatus

ADDRESS, DURATION = sys.argv[1:]


async def main():
    actions = client().security.security_actions
    filed = block_ip(ADDRESS)
    filed.additional_data = {"@interdict.request": {"duration": DURATION}}
    action = await actions.post(filed)
    for _ in range(200):
        if action.status not in (OperationStatus.NotStarted, OperationStatus.Running):
            break
        await asyncio.sleep(0.05)
        action = await actions.by_security_action_id(action.id).get()
    equal(f"block: status, errorInfo {action.error_info}", action.status, OperationStatus.Completed)
    history = [state.status for state in action.states]
    equal("block: it ran and completed", history, [OperationStatus.Running, OperationStatus.Completed])
    check("block: completedDateTime", action.completed_date_time)
    print(action.id)


run(main)
