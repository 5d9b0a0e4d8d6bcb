#!/usr/bin/env python3
"""Verifies an export of Interdict's journals on its own: python3 verify_journal.py [KEY-ID...] < export.jsonl

Names the first line and entry that do not hold, and exits with 1. With key ids, as they were noted when the keys were
made, seals of other keys do not hold. What is checked is described in reference/journal.md.
"""

import base64
import collections
import hashlib
import json
import struct
import sys
from uuid import UUID

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None


def check(holds, why):
    if not holds:
        raise ValueError(why)


def entry_hash(entry):
    head = struct.pack(">c32s16sqq16s16sB", b"\x01", bytes.fromhex(entry["previous"]), UUID(entry["tenant"]).bytes,
                       entry["sequence"], entry["at"], UUID(entry["subject"]).bytes, UUID(entry["request"]).bytes,
                       entry["kind"])
    texts = (entry[name].encode() for name in ("actor", "change"))
    return hashlib.sha256(head + b"".join(struct.pack(">I", len(text)) + text for text in texts)).hexdigest()


class Journals:
    """What was read so far: `last` is the last entry of the tenant whose entries are being read."""

    def __init__(self, trusted):
        self.trusted, self.promised, self.totals, self.last = trusted, None, None, None
        self.keys, self.revoked, self.complete, self.counts = {}, {}, set(), collections.Counter()
        self.pruning, self.kept, self.recorded = None, [], None

    def line(self, text):
        ((name, value),) = json.loads(text).items()
        check((self.promised is None) == (name == "export"), "the header is missing, or stands twice")
        check(self.totals is None, "something stands behind the end")
        getattr(self, f"on_{name}")(value)
        self.counts[name] += 1

    def on_export(self, header):
        check(header["format"] == 1, "the format is unknown")
        self.promised = {name: header[name] for name in ("tenants", "entries")}

    def on_key(self, key):
        public = bytes.fromhex(key["publicKey"])
        named = base64.urlsafe_b64encode(hashlib.sha256(public).digest()[:12]).decode()
        check(len(public) == 32 and named == key["id"], "the key does not have its name")
        if not self.trusted or named in self.trusted:
            self.keys[named] = public
            self.revoked[named] = key.get("revoked")

    def on_pruning(self, pruning):
        check(not self.last and not self.pruning, "it does not stand before its tenant's entries")
        self.pruning = pruning

    def on_entry(self, entry):
        nothing = {"tenant": (self.pruning or entry)["tenant"], "sequence": 0, "hash": "00" * 32, "at": -2**63}
        if self.pruning and entry["sequence"] > self.pruning["sequence"] >= (self.last or nothing)["sequence"]:
            hashes = hashlib.sha256(bytes.fromhex("".join(self.kept))).hexdigest()
            kept = {"kept": len(self.kept), "digest": hashes}
            check(kept.items() <= self.pruning.items(), "the entries before it are not those that were kept")
            self.last = self.pruning
        last, is_kept = self.last or nothing, self.pruning and entry["sequence"] <= self.pruning["sequence"]
        check(entry["tenant"] == last["tenant"], "the tenant before it has no head: its end is missing")
        check(entry["tenant"] not in self.complete, "the tenant was complete before")
        follows = entry["sequence"] == last["sequence"] + 1
        check(follows or is_kept and entry["sequence"] > last["sequence"], "an entry is missing or out of order")
        check(not follows or entry["previous"] == last["hash"], "it does not name the hash of the entry before it")
        check(entry["at"] > last["at"], "it is not later than the entry before it")
        check(entry["hash"] == entry_hash(entry), "it was altered: its content does not give its hash")
        if is_kept:
            self.kept.append(entry["hash"])
        if entry["kind"] == 32:
            recorded = json.loads(entry["change"])
            self.recorded = max(self.recorded or recorded, recorded, key=lambda pruning: pruning["sequence"])
        self.last = entry

    def on_seal(self, seal):
        self.fits(seal, "the seal")
        check(seal["key"] in self.keys, f"the seal's key {seal['key']} is not known")
        revoked = self.revoked[seal["key"]]
        check(revoked is None or seal["at"] < revoked, f"the seal's key {seal['key']} was revoked before")
        message = struct.pack(">16s16sqq32s", b"interdict-seal-1", UUID(seal["tenant"]).bytes, seal["sequence"],
                              seal["at"], bytes.fromhex(seal["hash"]))
        if Ed25519PublicKey:
            public = Ed25519PublicKey.from_public_bytes(self.keys[seal["key"]])
            try:
                public.verify(bytes.fromhex(seal["signature"]), message)
            except InvalidSignature:
                raise ValueError("the seal's signature does not hold") from None

    def on_head(self, head):
        if head["sequence"] > 0 or self.last:
            self.fits(head, "the head")
        check(head["tenant"] not in self.complete, "the tenant was complete before")
        said = self.pruning and {name: self.pruning[name] for name in self.pruning if name != "tenant"}
        check(said == self.recorded, "how far the journal was pruned is not what its entries record")
        self.complete.add(head["tenant"])
        self.last, self.pruning, self.kept, self.recorded = None, None, [], None

    def on_end(self, totals):
        counted = {"tenants": len(self.complete), "entries": self.counts["entry"]}
        check(self.last is None, "the last tenant has no head: its end is missing")
        check(self.promised == counted == totals, f"header and end do not both say what there is: {counted}")
        self.totals = totals

    def fits(self, other, what):
        places = [place for place in (self.last, self.pruning if what == "the seal" else None) if place]
        same = any(all(other[name] == place[name] for name in ("tenant", "sequence", "hash")) for place in places)
        check(same, f"{what} is not that of the entry before it: entries are missing, or it was altered")


def main():
    journals, number = Journals(set(sys.argv[1:])), 0
    try:
        for number, text in enumerate(sys.stdin.buffer, 1):
            journals.line(text)
        number += 1
        check(journals.totals, "there is no end: the export was cut off")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
        last, why = journals.last, str(error) or "it cannot be read"
        after = f", after entry {last['sequence']} of tenant {last['tenant']}" if last else ""
        sys.exit(f"line {number}{after}: {why}")
    if not Ed25519PublicKey:
        print("signatures were not checked: there is no module `cryptography`", file=sys.stderr)
    print(f"tenants {len(journals.complete)}, entries {journals.counts['entry']}, seals {journals.counts['seal']}: they hold")
    print("keys of seals:", ", ".join(journals.keys) or "none")


if __name__ == "__main__":
    main()
