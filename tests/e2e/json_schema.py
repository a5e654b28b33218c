"""The part of JSON Schema that the files of core/api/schemas use. What it does not know is an error, so that no part of a
schema goes unchecked."""

import json
import re

from hooks import HERE

SCHEMAS = HERE.parent.parent / "core/api/schemas"

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
ASIDES = {"$schema", "$defs", "title", "description"}


def schema_of(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text())


def is_kind(value, kind):
    if kind in KINDS:
        return isinstance(value, KINDS[kind])
    return isinstance(value, (int, float)) and not isinstance(value, bool) and (kind == "number" or value == int(value))


def kinds_of(schema):
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def referred(schema, root):
    """A $ref names a definition of the same document, or another file."""
    if "$ref" not in schema:
        return schema, root
    name = schema["$ref"]
    if name.startswith("#/$defs/"):
        return root["$defs"][name.removeprefix("#/$defs/")], root
    found = schema_of(name)
    return found, found


def check_members(value, schema, place, root):
    properties = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            raise AssertionError(f"{place}: {name} is missing")
    for name, member in value.items():
        if name in properties:
            check_shape(member, properties[name], f"{place}.{name}", root)
        elif schema.get("additionalProperties", True) is False:
            raise AssertionError(f"{place}: {name} is not in the schema")


def fits(value, schema, root):
    try:
        check_shape(value, schema, "$", root)
    except AssertionError:
        return False
    return True


def check_shape(value, schema, place="$", root=None):
    schema, root = referred(schema, root or schema)
    known = {"type", "properties", "required", "additionalProperties", "items", "enum", "minimum", "maximum", "minLength",
             "minItems", "pattern", "anyOf", "oneOf"} | ASIDES
    if set(schema) - known:
        raise ValueError(f"{place}: this reader of schemas does not know {set(schema) - known}")
    kinds = kinds_of(schema)
    if kinds and not any(is_kind(value, kind) for kind in kinds):
        raise AssertionError(f"{place}: {value!r} is no {' or '.join(kinds)}")
    if "enum" in schema and value not in schema["enum"]:
        raise AssertionError(f"{place}: {value!r} is not one of {schema['enum']}")
    if is_kind(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise AssertionError(f"{place}: {value!r} is out of range")
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0) or not re.search(schema.get("pattern", ""), value):
            raise AssertionError(f"{place}: {value!r} is too short, or does not match")
    for keyword, enough in (("anyOf", lambda count: count > 0), ("oneOf", lambda count: count == 1)):
        if keyword in schema and not enough(sum(fits(value, one, root) for one in schema[keyword])):
            raise AssertionError(f"{place}: {value!r} does not meet {keyword}")
    if isinstance(value, dict):
        check_members(value, schema, place, root)
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            raise AssertionError(f"{place}: is too short")
        for index, element in enumerate(value):
            check_shape(element, schema.get("items", {}), f"{place}[{index}]", root)


def paths_of(schema, place="", root=None, seen=()):
    """{path: schema} of every member that a document of this schema may have: "hours[].ok"."""
    if "$ref" in schema and schema["$ref"] in seen:
        return {}
    seen += (schema["$ref"],) if "$ref" in schema else ()
    schema, root = referred(schema, root or schema)
    paths = {}
    for name, member in schema.get("properties", {}).items():
        path = f"{place}.{name}".lstrip(".")
        paths[path] = member
        paths |= paths_of(member, path, root, seen)
    if "items" in schema:
        paths |= paths_of(schema["items"], place + "[]", root, seen)
    for other in schema.get("anyOf", []):
        paths |= paths_of(other, place, root, seen)
    return paths


def paths_in(value, place=""):
    """Of every member that a document has."""
    paths = set()
    if isinstance(value, dict):
        for name, member in value.items():
            path = f"{place}.{name}".lstrip(".")
            paths |= {path} | paths_in(member, path)
    if isinstance(value, list):
        for element in value:
            paths |= paths_in(element, place + "[]")
    return paths
