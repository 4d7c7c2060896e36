"""What `kubectl patch --type strategic` makes of an object; the platform's tests ask a real one the same."""

import copy
from typing import Any

Object = dict[str, Any]
KEYS = {"containers": "name", "ports": "containerPort", "volumes": "name", "env": "name"}


def merged(object: Object, patch: Object) -> Object:
    """A new one: maps are merged, null removes, lists with a key by their key, other lists are replaced."""
    made = copy.deepcopy(object)
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, dict) and isinstance(made.get(key), dict):
            made[key] = merged(made[key], value)
        elif isinstance(value, list) and key in KEYS and isinstance(made.get(key), list):
            made[key] = _by_key(made[key], value, "port" if "port" in value[0] else KEYS[key])
        else:
            made[key] = _without_nulls(value)
    return made


def _by_key(there: list[Object], patches: list[Object], key: str) -> list[Object]:
    known = {one.get(key): one for one in there}
    for patch in patches:
        known[patch.get(key)] = merged(known.get(patch.get(key), {}), patch)
    return list(known.values())


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return value
