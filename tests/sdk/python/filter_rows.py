"""The rows of filters.py: what is filed with the server, and the same in tables of SQLAlchemy's."""

import random
from datetime import datetime, timedelta, timezone
from uuid import UUID

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, create_engine, event
from sqlalchemy.orm import Session, declarative_base, relationship

Base = declarative_base()
TEXTS = ["", "a", "B", "Block", "block ip", "ä€😀", "O'Neil", " a ", "null"]
NAMES = ["BlockIp", "blockip", "IsolateHost", "RunScan", "O'Neil", "ä€😀", "a%_b"]
STATUSES = ["NotStarted", "Running", "Completed", "Failed"]
PROVIDERS = ["Windows Defender ATP", "Contoso EDR", "contoso edr", "B"]
USERS = ["ann@contoso.com", "Bob@contoso.com", "a"]
START = datetime(2024, 1, 1, tzinfo=timezone.utc)


class Part:
    key = Column("key", Integer, primary_key=True)


class Vendor(Part, Base):
    __tablename__ = "vendor"
    action = Column("action", ForeignKey("action.id"))
    vendor, provider = Column(String), Column(String)
    subProvider, providerVersion = Column(String), Column(String)


class Fault(Part, Base):
    """Every row has one, of nulls where there is no `errorInfo`: the other side joins what a path goes through."""

    __tablename__ = "fault"
    action = Column("action", ForeignKey("action.id"))
    code, subcode, message = Column(Integer), Column(Integer), Column(String)


class Parameter(Part, Base):
    __tablename__ = "parameter"
    action = Column("action", ForeignKey("action.id"))
    name, value = Column(String), Column(String)


class State(Part, Base):
    __tablename__ = "state"
    action = Column("action", ForeignKey("action.id"))
    status, user, appId = Column(String), Column(String), Column(String)


class Action(Base):
    __tablename__ = "action"
    id, name, actionReason = Column(String, primary_key=True), Column(String), Column(String)
    status, user, clientContext, appId = Column(String), Column(String), Column(String), Column(String)
    createdDateTime, lastActionDateTime = Column(DateTime), Column(DateTime)
    vendorInformation, errorInfo = relationship(Vendor, uselist=False), relationship(Fault, uselist=False)
    parameters, states = relationship(Parameter), relationship(State)


def instant(ticks):
    """An instant of so many ticks of 100 ns after the start of 2024, as it is written."""
    moment = START + timedelta(microseconds=ticks // 10)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{ticks % 10}Z"


def bodies(seed, count):
    """Actions as a client with the permission Provenance files them."""
    draw = random.Random(seed)
    some = lambda values: draw.choice([None, *values])
    made = []
    for at in range(count):
        created = draw.choice([0, 86_400, 43_200, draw.randrange(20_000_000)]) * 10_000_000
        created += draw.choice([0, 1_234_567, 5_000_000])
        body = {
            "id": str(UUID(int=draw.getrandbits(128), version=4)),
            "name": draw.choice(NAMES),
            "actionReason": some([*TEXTS, "\tlooked at"]),
            "status": draw.choice(STATUSES),
            "user": some(USERS),
            "clientContext": some([f"c{at}"]),
            "appId": draw.choice(["a", "B", "app"]),
            "createdDateTime": instant(created),
            "lastActionDateTime": instant(created + draw.choice([0, 10_000_000, 36_000_000_000])),
            "vendorInformation": {
                "vendor": draw.choice(["Microsoft", "Contoso"]),
                "provider": draw.choice(PROVIDERS),
                "subProvider": some(TEXTS),
                "providerVersion": some(["1", "10", "2"]),
            },
            "parameters": [
                {"name": draw.choice(["IP", "url", "a"]), "value": some([*TEXTS, "1.2.3.4"])}
                for _ in range(draw.randrange(4))
            ],
            "states": [
                {"status": draw.choice(STATUSES), "user": some(USERS), "appId": draw.choice(["a", "B"])}
                for _ in range(draw.randrange(4))
            ],
        }
        if draw.random() < 0.6:
            body["errorInfo"] = {"code": draw.randrange(-4, 8), "subcode": draw.randrange(3), "message": some(TEXTS)}
        made.append(body)
    return made


def tables(made):
    """The same rows, each property a column of the same name."""
    engine = create_engine("sqlite://", future=True)

    @event.listens_for(engine, "connect")
    def prepare(connection, _):
        # What contains, startswith and endswith become: LIKE, which else ignores case on SQLite alone.
        connection.execute("PRAGMA case_sensitive_like = ON")
        # What the other side calls and only PostgreSQL has.
        null = lambda function: lambda *given: None if None in given else function(*given)
        connection.create_function("char_length", 1, null(len))
        connection.create_function("strpos", 2, null(lambda text, part: text.find(part) + 1))
        connection.create_function("concat", 2, null(lambda left, right: left + right))

    Base.metadata.create_all(engine)
    session = Session(engine, future=True)
    naive = lambda text: datetime.strptime(text[:26], "%Y-%m-%dT%H:%M:%S.%f")
    for body in made:
        parts = {
            "createdDateTime": naive(body["createdDateTime"]),
            "lastActionDateTime": naive(body["lastActionDateTime"]),
            "vendorInformation": Vendor(**body["vendorInformation"]),
            "errorInfo": Fault(**body.get("errorInfo", {})),
            "parameters": [Parameter(**parameter) for parameter in body["parameters"]],
            "states": [State(**state) for state in body["states"]],
        }
        session.add(Action(**{**body, **parts}))
    session.commit()
    return session
