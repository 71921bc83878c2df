"""Verdicts by a JSON Schema that the repository holds. Schemas are of unknown origin too: nothing is fetched for a
`$ref`, and patterns are matched in linear time."""

from __future__ import annotations

from typing import Any

import jsonschema_rs


class SchemaUnusable(Exception):
    """A schema that cannot be compiled; the message says why."""


class Schema:
    """A compiled schema. `path` is where it stands."""

    def __init__(self, path: str, document: dict[str, Any]) -> None:
        """SchemaUnusable if it is no schema, or needs another document."""
        self.path = path
        try:
            self._validator = jsonschema_rs.validator_for(
                document, retriever=_refuse, pattern_options=jsonschema_rs.RegexOptions()
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise SchemaUnusable(_first_line(error)) from None

    def verdict(self, document: dict[str, Any]) -> str | None:
        """Why a document does not satisfy the schema; None if it does."""
        try:
            error = next(iter(self._validator.iter_errors(document)), None)
        except ValueError as unusable:  # a number that the validator cannot hold
            return _first_line(unusable)
        if error is None:
            return None
        place = "/".join(str(part) for part in error.instance_path)
        return f"{error.message} (at {place or 'the top'})"[:300]


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is not fetched; a schema must stand in one file")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
