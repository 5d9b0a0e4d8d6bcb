"""Filters held against an implementation that nobody here wrote: odata-query over SQLAlchemy, on a database of its own.

The same rows are filed here and inserted there; for random filters that both support and mean alike, both must select
the same. What they mean differently is left out by a rule of filter_texts.py, and has an example below: the server's
answer is the one written beside it, and the other's is another. Needs a tenant without actions.
"""

import logging
import os

import httpx
from checks import URL, check, equal, run
from filter_rows import Action, bodies, tables
from filter_texts import Filters
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sqlalchemy.orm import AstToSqlAlchemyOrmVisitor
from sqlalchemy import select

SEED, ROWS, FILTERS = 10, 200, 300
LIST = f"{URL}/v1.0/security/securityActions"


def there(session, text):
    """What the other side selects. Each path's table is joined once, which its own shorthand does not see to."""
    tree = ODataParser().parse(ODataLexer().tokenize(text))
    visitor = AstToSqlAlchemyOrmVisitor(Action)
    chosen = select(Action.id).where(visitor.visit(tree))
    for joined in dict.fromkeys(visitor.join_relationships):
        chosen = chosen.join(joined)
    return set(session.scalars(chosen))


async def here(api, text):
    """What the server selects."""
    answer = await api.get(LIST, params={"$filter": text, "$select": "id", "$top": "1000"})
    equal(f"status for {text}", answer.status_code, 200) if answer.status_code != 200 else None
    return {row["id"] for row in answer.json()["value"]}


def code(body):
    return body.get("errorInfo", {}).get("code")


def differences(made):
    """Per rule a filter, and which rows are right for it."""
    first = made[0]["id"]
    day = "2024-01-02T00:00:00.0000000Z"
    later = lambda body, moment: body["createdDateTime"] > moment
    return [
        ("null is a value for ne", "user ne 'a'", lambda body: body["user"] != "a"),
        ("null eq 'x' is false, not null", "not (user eq 'a')", lambda body: body["user"] != "a"),
        ("two nulls are equal", "clientContext eq user", lambda body: body["clientContext"] == body["user"]),
        ("a comparison is false below all", "states/all(s:s/user eq 'a')",
         lambda body: all(state["user"] == "a" for state in body["states"])),
        ("null is in a list with null", "user in ('a',null)", lambda body: body["user"] in ("a", None)),
        ("a list of one", "status in ('Running')", lambda body: body["status"] == "Running"),
        ("% and _ are characters", "contains(name,'_')", lambda body: "_" in body["name"]),
        ("white space is Unicode's", "trim(actionReason) eq 'looked at'",
         lambda body: (body["actionReason"] or "").strip() == "looked at"),
        ("a negative start counts from the end", "substring(name,-2) eq 'Ip'", lambda body: body["name"][-2:] == "Ip"),
        ("members of an enumeration have their order", "status lt 'Failed'", lambda body: body["status"] != "Failed"),
        ("and any case", "status eq 'running'", lambda body: body["status"] == "Running"),
        ("so have GUIDs", f"id eq {first.upper()}", lambda body: body["id"] == first),
        ("offsets count", "createdDateTime eq 2024-01-02T03:00:00+03:00", lambda body: body["createdDateTime"] == day),
        ("a date is its midnight", "createdDateTime gt 2024-01-02", lambda body: later(body, day)),
        ("date() gives a date", "date(createdDateTime) eq 2024-01-02",
         lambda body: body["createdDateTime"].startswith("2024-01-02")),
        ("instants have seven digits", "createdDateTime gt 2024-01-02T00:00:00.123456Z",
         lambda body: later(body, "2024-01-02T00:00:00.1234560Z")),
        ("decimals are exact", "errorInfo/code mul 0.1 eq 0.3", lambda body: code(body) == 3),
        ("what does not fit is null", "errorInfo/code mul 9223372036854775807 gt 9223372036854775807",
         lambda body: False),
    ]


async def main():
    # The other side says each time that it knows no type of a path.
    logging.getLogger("odata_query").setLevel(logging.ERROR)
    made = bodies(SEED, ROWS)
    session = tables(made)
    bearer = {"Authorization": f"Bearer {os.environ['INTERDICT_PROVENANCE_TOKEN']}"}
    async with httpx.AsyncClient(headers=bearer, timeout=30) as api:
        for body in made:
            answer = await api.post(LIST, json=body)
            equal("filed", answer.status_code, 201) if answer.status_code != 201 else None

        draw = Filters(SEED, [body["id"] for body in made])
        selecting = 0
        for at in range(FILTERS):
            text = draw.condition(3)
            ours, theirs = await here(api, text), there(session, text)
            if ours != theirs:
                apart = {body["id"]: body for body in made if body["id"] in ours ^ theirs}
                print(f"here {len(ours)}, there {len(theirs)}; such as {next(iter(apart.items()))}")
                check(f"filter {at} selects the same: {text}", False)
            selecting += 0 < len(ours) < ROWS
        # A filter that selects nothing or everything says little.
        check(f"{FILTERS} filters select the same; {selecting} of them some rows and not others", selecting > FILTERS / 2)

        for rule, text, right in differences(made):
            found = await here(api, text)
            equal(f"{rule}: {text}", found, {body["id"] for body in made if right(body)})
            try:
                other = there(session, text)
            except (ODataException, ValueError, TypeError) as refusal:
                other = type(refusal).__name__
            check(f"the other side differs ({len(other) if isinstance(other, set) else other})", found != other)


run(main)
