"""The JSON Schema (2020-12) of run.json, derived from the records that are written to it."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from specharness.runfile import FORMAT, Run

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    NoneType: "null",
}

Schema = dict[str, Any]
_DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}  # of the file, no record has it


def render_schema() -> str:
    """The schema of what `write_run` writes, as JSON; runs of another format do not match it."""
    schema = record_schema(Run)
    schema["properties"] |= {"format": {"const": FORMAT}, "digest": _DIGEST}
    return json.dumps({"$schema": _DIALECT, "title": "specharness run", **schema}, indent=1)


def record_schema(record: type) -> Schema:
    """The schema of a dataclass, with those it holds as `$defs`; TypeError for what JSON lacks.

    Fields with a default may be missing, other members than the fields may not be there.
    """
    found: dict[str, Schema] = {}
    schema = _record(record, found)
    return {**schema, "$defs": dict(sorted(found.items()))} if found else schema


def _record(record: type, found: dict[str, Schema]) -> Schema:
    hints = get_type_hints(record)
    known = fields(record)
    return {
        "type": "object",
        "description": (inspect.getdoc(record) or "").replace("`", ""),
        "properties": {field.name: _schema(hints[field.name], found) for field in known},
        "required": [
            field.name
            for field in known
            if field.default is MISSING and field.default_factory is MISSING
        ],
        "additionalProperties": False,
    }


def _schema(kind: Any, found: dict[str, Schema]) -> Schema:
    """The schema of an annotation; records go into `found`, and a reference stands for them."""
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if isinstance(kind, type) and is_dataclass(kind):
        if kind.__name__ not in found:
            found[kind.__name__] = {}  # known from here on: a record may hold its own kind
            found[kind.__name__] = _record(kind, found)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    return _generic(kind, get_origin(kind), get_args(kind), found)


def _generic(kind: Any, origin: Any, given: tuple[Any, ...], found: dict[str, Schema]) -> Schema:
    if origin is Literal:
        return {"enum": list(given)}
    if origin in (UnionType, Union):
        return {"anyOf": [_schema(each, found) for each in given]}
    if origin is tuple and given[-1] is ...:
        return {"type": "array", "items": _schema(given[0], found)}
    if origin is tuple:
        items = [_schema(each, found) for each in given]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    if origin in (dict, Mapping) and given[0] is str:
        return {"type": "object", "additionalProperties": _schema(given[1], found)}
    raise TypeError(f"{kind} has no JSON schema here")
