"""Holds a request of ours against the published OpenAPI description: requests only, for it is wrong about answers."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SPECS = [json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "openapi").glob("*.json"))]
TYPES = {"string": str, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def faults_of(request: Any) -> list[str]:
    """What the description has against a prepared request; an endpoint it does not know is a fault as well."""
    address = urlsplit(request.url)
    spec, operation = _operation(request.method, address.path)
    given = {
        "query": {name: values[0] for name, values in parse_qs(address.query).items()},
        "header": dict(request.headers),
    }
    faults = []
    for place, values in given.items():
        known = {parameter["name"]: parameter for parameter in operation["parameters"] if parameter["in"] == place}
        faults += [
            f"{name} is missing" for name, parameter in known.items() if parameter["required"] and name not in values
        ]
        if place == "query":
            faults += [f"{name} is unknown" for name in values if name not in known]
        for name in known.keys() & values.keys():
            faults += _parameter_faults(name, values[name], known[name]["schema"])
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        faults += _faults(spec, "body", json.loads(request.body), schema)
    return faults


def _operation(method: str, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    for spec in SPECS:
        for template, operations in sorted(spec["paths"].items(), key=lambda item: item[0].count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations:
                return spec, operations[method.lower()]
    raise AssertionError(f"the published description has no {method} {path}")


def _parameter_faults(name: str, text: str, schema: Mapping[str, Any]) -> list[str]:
    if "enum" in schema and text not in schema["enum"]:
        return [f"{name} is {text}, not one of {schema['enum']}"]
    if schema.get("type") != "number":
        return []
    number = float(text)
    within = schema.get("minimum", number) <= number <= schema.get("maximum", number)
    return [] if within else [f"{name} is out of bounds"]


def _faults(spec: Mapping[str, Any], where: str, value: Any, schema: Mapping[str, Any]) -> list[str]:
    if "$ref" in schema:
        return _faults(spec, where, value, spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    if "anyOf" in schema:
        choices = [_faults(spec, where, value, choice) for choice in schema["anyOf"]]
        return min(choices, key=len)
    if value is None and schema.get("nullable"):
        return []
    if not isinstance(value, TYPES[schema["type"]]):
        return [f"{where} is no {schema['type']}"]
    if schema["type"] == "array":
        return [fault for item in value for fault in _faults(spec, f"{where}[]", item, schema["items"])]
    properties = schema.get("properties")
    if schema["type"] != "object" or not properties:
        return []
    faults = [f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value]
    faults += [f"{where}.{name} is unknown" for name in value if name not in properties]
    known = [(name, item) for name, item in value.items() if name in properties]
    return faults + [
        fault for name, item in known for fault in _faults(spec, f"{where}.{name}", item, properties[name])
    ]
