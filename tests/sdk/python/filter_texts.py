"""Random filters of what both sides of filters.py support, and mean alike.

What they mean differently is left out by these rules; filters.py shows for each that they do. A property that may be
null stands in comparisons that are false where it is null, and not below `not`, `ne`, `all` or a comparison with
`true`: `sure` says that a place is one of those. Other rules are beside what they leave out.
"""

import random

from filter_rows import NAMES, PROVIDERS, STATUSES, TEXTS, USERS

# Per place: the texts that are never null, and those that may be.
TEXT_PATHS = {
    "": (
        ["name", "appId", "vendorInformation/vendor", "vendorInformation/provider"],
        ["actionReason", "user", "clientContext", "errorInfo/message", "vendorInformation/subProvider"],
    ),
    "p/": (["p/name"], ["p/value"]),
    "s/": (["s/appId"], ["s/user"]),
}
NUMBERS = ["errorInfo/code", "errorInfo/subcode"]
INSTANTS = ["createdDateTime", "lastActionDateTime"]
ORDERED = ["eq", "lt", "le", "gt", "ge"]


class Filters:
    def __init__(self, seed, ids):
        self.draw = random.Random(seed)
        self.ids = ids

    def condition(self, depth, place="", sure=False):
        pick = self.draw.random()
        if depth == 0 or pick < 0.35:
            return self.comparison(place, sure)
        inner = lambda sure=sure: self.condition(depth - 1, place, sure)
        if pick < 0.6:
            # Without parentheses: `and` binds tighter on both sides.
            return self.draw.choice([" and ", " or "]).join(self.operand(inner()) for _ in range(2))
        if pick < 0.7:
            return f"{self.comparison(place, sure)} or {self.comparison(place, sure)} and {self.comparison(place, sure)}"
        if pick < 0.8:
            return f"not ({inner(True)})"
        if pick < 0.85 or place:
            return f"({self.test(place, True)}) {self.draw.choice(['eq', 'ne'])} {self.draw.choice(['true', 'false'])}"
        collection, variable = self.draw.choice([("parameters", "p"), ("states", "s")])
        if self.draw.random() < 0.2:
            return f"{collection}/any()"
        quantifier = self.draw.choice(["any", "all"])
        element = self.condition(depth - 1, f"{variable}/", sure or quantifier == "all")
        return f"{collection}/{quantifier}({variable}:{element})"

    def operand(self, condition):
        return f"({condition})" if self.draw.random() < 0.7 or " or " in condition else condition

    def comparison(self, place, sure):
        kinds = [self.texts, self.texts, self.test, self.member]
        kinds += [self.nulls, self.status] if place != "p/" else [self.nulls]
        if not place:
            kinds += [self.times, self.times, self.parts, self.guid]
            # An action without an error has no numbers.
            kinds += [] if sure else [self.numbers, self.numbers, self.numbers]
        return self.draw.choice(kinds)(place, sure)

    def path(self, place, sure):
        never, maybe = TEXT_PATHS[place]
        return self.draw.choice(never if sure else never + maybe)

    def quoted(self, texts=(*TEXTS, *NAMES, *PROVIDERS, *USERS)):
        return "'" + self.draw.choice(texts).replace("'", "''") + "'"

    def text(self, place, sure, depth=1):
        path = self.path(place, sure)
        if depth == 0 or self.draw.random() < 0.5:
            return path
        inner = self.text(place, sure, depth - 1)
        # A negative start counts from the end here. `trim` meets no other white space than spaces.
        trimmed = self.path(place, True)
        start, length = self.draw.randrange(4), self.draw.randrange(4)
        return self.draw.choice([
            f"tolower({inner})", f"toupper({inner})", f"trim({trimmed})", f"concat({inner},{self.quoted()})",
            f"substring({inner},{start})", f"substring({inner},{start},{length})",
        ])

    def texts(self, place, sure):
        left, operator = self.text(place, sure, 2), self.draw.choice([*ORDERED, "ne"])
        if operator == "ne":
            left = self.text(place, True)
        # Two that are null are equal here: one of the two never is.
        right = self.draw.choice([self.quoted(), self.text(place, sure or operator in ("eq", "ne"))])
        return f"{left} {operator} {right}"

    def test(self, place, sure):
        if self.draw.random() < 0.3:
            pattern = self.draw.choice(["^B", "a$", "[aä].*", "^.lock", "I[pP]"])
            return f"matchesPattern({self.path(place, sure)},'{pattern}')"
        function = self.draw.choice(["contains", "startswith", "endswith"])
        # A `%` and a `_` are wildcards on the other side.
        plain = [text for text in [*TEXTS, *NAMES, "Ip", "contoso", "o"] if not set(text) & set("%_")]
        tested = self.draw.choice([self.path(place, sure), f"tolower({self.path(place, sure)})"])
        return f"{function}({tested},{self.quoted(plain)})"

    def member(self, place, sure):
        # Lists of one are written otherwise on the other side, and null is equal to none of a list.
        return f"{self.path(place, sure)} in ({','.join(self.quoted() for _ in range(self.draw.randrange(2, 6)))})"

    def nulls(self, place, _):
        return f"{self.path(place, False)} {self.draw.choice(['eq', 'ne'])} null"

    def status(self, place, _):
        status = lambda: self.quoted(STATUSES)
        # Texts on the other side: no order, and one spelling.
        operator = self.draw.choice(["eq", "ne", "in"])
        return f"{place}status {operator} {status() if operator != 'in' else f'({status()},{status()})'}"

    def guid(self, *_):
        one = lambda: self.draw.choice(self.ids)
        return self.draw.choice([f"id eq {one()}", f"id ne {one()}", f"id in ({one()},{one()},{one()})"])

    def times(self, *_):
        # Offsets and the seventh digit are dropped on the other side, and dates are texts that begin alike.
        second, fraction = self.draw.randrange(20_000_000), self.draw.choice(["", ".5", ".123456"])
        if self.draw.random() < 0.4:
            second, fraction = self.draw.choice([0, 43_200, 86_400]), self.draw.choice(["", ".5"])
        day, rest = divmod(second, 86_400)
        month, day = divmod(day, 28)
        clock = f"{rest // 3_600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        literal = f"2024-{month + 1:02}-{day + 1:02}T{clock}{fraction}Z"
        return f"{self.draw.choice(INSTANTS)} {self.draw.choice([*ORDERED, 'ne'])} {self.draw.choice([literal, 'now()'])}"

    def parts(self, *_):
        function, limit = self.draw.choice([("year", 2026), ("month", 13), ("day", 32), ("hour", 24), ("minute", 60)])
        operator = self.draw.choice([*ORDERED, "ne"])
        return f"{function}({self.draw.choice(INSTANTS)}) {operator} {self.draw.randrange(limit)}"

    def numbers(self, *_):
        number, other = self.draw.choice(NUMBERS), self.draw.randrange(-4, 8)
        # Halves and quarters are exact in binary too; sums stay far from the ends of 64 bits.
        computed = self.draw.choice([
            number, f"{number} add {other}", f"{number} sub {other}", f"{number} mul {other} add 1",
            f"{number} div {abs(other) + 1}", f"{number} mod {abs(other) + 1}", f"floor({number} mul 0.5)",
            f"ceiling({number} mul 0.25)", f"round({number} mul 0.5)", f"length({self.text('', False)})",
            f"indexof({self.text('', False)},{self.quoted(['a', 'o', 'Ip'])})",
        ])
        return f"{computed} {self.draw.choice(ORDERED)} {self.draw.choice([str(other), '0.5', '2', '-1'])}"
