"""What the server says of itself, held against the standards: OpenAPI 3.1, CSDL in XML and in JSON."""

import asyncio
import json
import re
import sys
import xml.etree.ElementTree as Xml
from pathlib import Path

import httpx
from checks import URL, check, equal, run
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for
from openapi_spec_validator import OpenAPIV31SpecValidator

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
CSDL_SCHEMA = Path(__file__).parent.parent / "node/node_modules/odata-csdl/schemas/csdl.schema.json"


def openapi(document):
    faults = [fault.message for fault in OpenAPIV31SpecValidator(document).iter_errors()]
    equal("a valid OpenAPI 3.1 document", faults, [])
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        check(f"schema {name}", schema)
    check("both faces are in it", {"/security/securityActions", "/api/v1/audit"} <= set(document["paths"]))


def metadata(xml, csdl):
    root = Xml.fromstring(xml)
    equal("well-formed XML of its version", root.get("Version"), "4.01")
    names = {element.get("Name") for element in root.iter() if element.get("Name")}
    declared = csdl["microsoft.graph"]
    for name, value in declared.items():
        if not name.startswith("$"):
            check(f"{name} is declared in both", name in names)
            if isinstance(value, dict):
                equal(f"members of {name}", {member for member in value if member[0] not in "$@"} - names, set())
    singleton = root.find(f".//{EDM}EntityContainer/{EDM}Singleton")
    equal("the way in", (singleton.get("Name"), singleton.get("Type")), ("security", "graph.security"))
    action = root.find(f".//{EDM}Action")
    equal("the bound action", (action.get("Name"), action.get("IsBound")), ("cancelSecurityAction", "true"))
    if not CSDL_SCHEMA.exists():
        sys.exit(f"{CSDL_SCHEMA} is missing: run `cargo xtask setup`")
    # Python knows no Unicode categories in patterns; its \w stands for those of letters and digits.
    schema = json.loads(re.sub(r"\\\\p\{\w+\}", r"\\\\w", CSDL_SCHEMA.read_text()))
    faults = [fault.message for fault in validator_for(schema)(schema).iter_errors(csdl)]
    equal("valid CSDL JSON", faults, [])


async def main():
    async with httpx.AsyncClient(base_url=URL) as open_client:
        document, xml, csdl, service = await asyncio.gather(
            open_client.get("/openapi.json"),
            open_client.get("/v1.0/$metadata"),
            open_client.get("/v1.0/$metadata", params={"$format": "json"}),
            open_client.get("/v1.0"),
        )
    openapi(document.json())
    metadata(xml.text, csdl.json())
    equal("the service document", service.json()["value"][0]["name"], "security")


run(main)
