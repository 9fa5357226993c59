"""Plain nested values checked against a dataclass: every mistake is one line."""

from __future__ import annotations

import difflib
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from teaching import UserError

Where = Callable[[str], str]
"""From a dotted key to the file or command line that set it."""


def to_dataclass(cls: type, values: Mapping[str, Any], key: str, where: Where) -> Any:
    """Build ``cls`` from `values`, checking each name and type.

    Args:
        cls: a dataclass.
        values: field name to value; what is left out keeps its default.
        key: the dotted key of this node, ``""`` for the root.
        where: names the origin of a dotted key, for messages.

    Raises:
        UserError: an unknown key, a wrong type, a missing value, or a value that the class refuses.

    """
    hints = get_type_hints(cls)
    known = {field.name: field for field in fields(cls)}
    for name in values:
        if name not in known:
            raise unknown_key(_join(key, str(name)), [_join(key, k) for k in known], where)
    checked = {
        name: convert(hints[name], value, _join(key, name), where) for name, value in values.items()
    }
    for name, field in known.items():
        required = field.default is MISSING and field.default_factory is MISSING
        if required and name not in checked:
            full = _join(key, name)
            raise UserError(f"{full} is missing: give it a value ({full}=…)")
    try:
        return cls(**checked)
    except (ValueError, TypeError) as error:
        raise UserError(f"{key or cls.__name__}: {_first_line(error)}") from error


def convert(hint: Any, value: Any, key: str, where: Where) -> Any:
    """`value` as the type that `hint` asks for, or a `UserError` that names the key."""
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _convert_union(args, value, key, where, hint)
    if origin is Literal:
        if value in args:
            return value
        raise _wrong(f"one of {', '.join(map(str, args))}", value, key, where)
    if is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, Mapping):
            return to_dataclass(hint, value, key, where)
        raise _wrong("a group of settings", value, key, where)
    if origin in (tuple, list) or hint in (tuple, list):
        return _convert_sequence(origin or hint, args, value, key, where)
    if origin is dict or hint is dict:
        if isinstance(value, Mapping):
            item = args[1] if args else Any
            return {k: convert(item, v, _join(key, str(k)), where) for k, v in value.items()}
        raise _wrong("a mapping", value, key, where)
    return _convert_scalar(hint, value, key, where)


def unknown_key(key: str, known: Iterable[str], where: Where) -> UserError:
    """The error for a key that nothing knows, with the closest one that exists."""
    names = sorted(known)
    leaf = key.rpartition(".")[2]
    # Compared by last name first: the group in front makes everything look alike.
    leaves = {name.rpartition(".")[2]: name for name in reversed(names)}
    close = difflib.get_close_matches(leaf, leaves, n=1, cutoff=0.6)
    if close:
        same_leaf = [name for name in names if name.rpartition(".")[2] == close[0]]
        best = difflib.get_close_matches(key, same_leaf, n=1, cutoff=0.0)
        hint = f"did you mean {best[0]}?"
    else:
        group = key.rpartition(".")[0]
        siblings = [name for name in names if name.rpartition(".")[0] == group] or names
        hint = f"known: {', '.join(siblings)}"
    return UserError(f"unknown key {key} ({where(key)}); {hint}")


def _convert_union(args: tuple, value: Any, key: str, where: Where, hint: Any) -> Any:
    if value is None and type(None) in args:
        return None
    options = [arg for arg in args if arg is not type(None)]
    # An exact match of type goes before a conversion: 1 stays int in `float | int`.
    options.sort(key=lambda arg: type(value) is not arg)
    for option in options:
        try:
            return convert(option, value, key, where)
        except UserError:
            if len(options) == 1:
                raise
    raise _wrong(str(hint).replace("typing.", ""), value, key, where)


def _convert_sequence(kind: Any, args: tuple, value: Any, key: str, where: Where) -> Any:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise _wrong("a list", value, key, where)
    values = list(value)
    if kind is tuple and args and args[-1] is not Ellipsis:
        if len(values) != len(args):
            raise _wrong(f"a list of {len(args)} values", value, key, where)
        hints = list(args)
    else:
        hints = [args[0] if args else Any] * len(values)
    return kind(
        convert(hint, v, f"{key}[{i}]", where)
        for i, (hint, v) in enumerate(zip(hints, values, strict=True))
    )


def _convert_scalar(hint: Any, value: Any, key: str, where: Where) -> Any:
    if hint is bool and isinstance(value, bool):
        return value
    if hint is int and isinstance(value, int | float) and not isinstance(value, bool):
        if float(value).is_integer():
            return int(value)
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif hint is str and isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    raise _wrong(names.get(hint, str(hint)), value, key, where)


def _wrong(expected: str, value: Any, key: str, where: Where) -> UserError:
    shown = "nothing (null)" if value is None else repr(value)
    return UserError(f"{key} must be {expected}, got {shown} ({where(key)})")


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
