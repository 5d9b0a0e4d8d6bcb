"""A complete pull provider: keeps a file with the addresses that are to be blocked, one a line.

    INTERDICT_URL=https://interdict.example INTERDICT_TOKEN=… python3 provider.py PROVIDER_ID blocked.txt
"""

import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

URL, TOKEN = os.environ["INTERDICT_URL"], os.environ["INTERDICT_TOKEN"]
PROVIDER, FILE = sys.argv[1:]


class LeaseLost(Exception):
    """The action is not ours any more."""


def call(method, path, body=None):
    """One call; waits and tries again where the server is out of reach or busy."""
    while True:
        request = urllib.request.Request(f"{URL}/api/v1/{path}", method=method, headers={"Authorization": f"Bearer {TOKEN}"})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 409:
                raise LeaseLost from None
            if error.code < 500 and error.code != 429:
                sys.exit(f"{method} {path}: {error.code} {error.read().decode()}")
            time.sleep(int(error.headers.get("Retry-After", 2)))
        except OSError as error:
            print(f"{method} {path}: {error}", file=sys.stderr)
            time.sleep(2)


def write(addresses):
    """Writes the file, whole or not at all."""
    with open(f"{FILE}.new", "w", encoding="ascii") as out:
        out.writelines(f"{address}\n" for address in sorted(addresses))
    os.replace(f"{FILE}.new", FILE)


def converge():
    """Makes the file as the server says that it should be: at the start, it may have been lost or be old."""
    effects, page = {}, {"cursor": None, "hasMore": True}
    while page.get("hasMore"):
        since = f"?cursor={page['cursor']}" if page["cursor"] else ""
        page = call("GET", f"providers/{PROVIDER}/effects{since}")
        effects.update({it["key"]: it for it in page["value"]})
    wanted = {it["target"] for it in effects.values() if it["state"] in ("pending", "active", "unconfirmed")}
    if page.get("restored") and os.path.exists(FILE):
        # Restored from a backup the server does not know all that should be in force.
        with open(FILE, encoding="ascii") as known:
            wanted |= set(known.read().split())
    write(wanted)


def keep(lease, done, stop):
    """Renews the lease until the work is done; says when it is to stop."""
    while not done.wait(10):
        try:
            directive = call("POST", f"leases/{lease['leaseId']}/renew", {"fence": lease["fence"]})["directive"]
        except LeaseLost:
            directive = "lost"
        if directive != "continue":
            stop.append(directive)
            return


def carry_out(lease):
    """One action, from its start to its report."""
    path, fence = f"leases/{lease['leaseId']}", lease["fence"]
    # The first renewal says that we begin; whatever comes before it may happen twice.
    if call("POST", f"{path}/renew", {"fence": fence})["directive"] == "cancel":
        error = {"code": 1, "message": "cancelled before anything was done"}
        call("POST", f"{path}/fail", {"fence": fence, "cancelled": True, "errorInfo": error})
        return
    done, stop = threading.Event(), []
    threading.Thread(target=keep, args=(lease, done, stop), daemon=True).start()
    # Name and parameters as the catalog spells them; those of the action itself are as they were filed.
    work = lease["action"]["@interdict.execution"]
    parameters = {it["name"]: it["value"] for it in work["parameters"]}
    with open(FILE, encoding="ascii") as known:
        addresses = set(known.read().split())
    change = addresses.add if work["name"] == "BlockIp" else addresses.discard
    change(parameters["IP"])  # Quick work; longer work looks at `stop` now and then.
    try:
        write(addresses)
    except OSError as error:
        # The file is as it was. Work that may be left half done says `"uncertain": True` where it fails.
        done.set()
        error = {"code": 2, "message": f"the file cannot be written: {error}"}
        call("POST", f"{path}/fail", {"fence": fence, "retryable": True, "errorInfo": error})
        return
    done.set()
    if "lost" not in stop:
        call("POST", f"{path}/complete", {"fence": fence, "result": {"addresses": len(addresses)}})


converge()
while True:
    for one in call("POST", f"providers/{PROVIDER}/leases", {"max": 10, "waitSeconds": 20, "leaseSeconds": 60})["value"]:
        try:
            carry_out(one)
        except LeaseLost:
            converge()
