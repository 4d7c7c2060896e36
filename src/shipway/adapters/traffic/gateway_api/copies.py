"""Copies of requests: a rule of Shipway's own, more exact than the user's by its methods. Pure.

https://gateway-api.sigs.k8s.io/guides/http-request-mirroring/
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from shipway.model.route import Mirror
from shipway.model.share import TOTAL

Object = dict[str, Any]
EVERY_METHOD = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
MIRROR, PERCENTAGE, METHODS = (
    "HTTPRouteRequestMirror",
    "HTTPRouteRequestPercentageMirror",
    "HTTPRouteMethodMatching",
)
"""What a GatewayClass says that its implementation supports."""


def needed(share: int) -> tuple[str, ...]:
    """Features without which so large a share, of 100,000, of some methods' requests cannot be copied."""
    return (MIRROR, METHODS) if share == TOTAL else (MIRROR, PERCENTAGE, METHODS)


def lacking(gateway_class: Mapping[str, Any], share: int) -> list[str]:
    """Those that the class does not declare; older ones declare plain names."""
    declared = (gateway_class.get("status") or {}).get("supportedFeatures") or ()
    names = {one["name"] if isinstance(one, dict) else str(one) for one in declared}
    return [name for name in needed(share) if name not in names]


def overtaken(rules: Sequence[Object], number: int) -> list[str]:
    """Other rules that would lose requests to the rule of copies, though not to the user's own: at an equal path a
    method goes before headers and parameters."""
    chosen = [one for one in _matches(rules[number]) if "method" not in one]

    def comes_first(place: int, match: Object) -> bool:
        return "method" not in match and any(
            _path(match) == _path(one) and (_rank(match), place < number) > (_rank(one), False) for one in chosen
        )

    return [
        str(other.get("name") or place)
        for place, other in enumerate(rules)
        if place != number and any(comes_first(place, match) for match in _matches(other))
    ]


def _matches(written: Object) -> list[Object]:
    return list(written.get("matches") or [{}])


def _path(match: Object) -> tuple[str, str]:
    path = match.get("path") or {}
    return str(path.get("type", "PathPrefix")), str(path.get("value", "/"))


def _rank(match: Object) -> tuple[int, int]:
    return len(match.get("headers") or ()), len(match.get("queryParams") or ())


def rule(written: Object, mirror: Mirror, *, to: Object, backends: Sequence[Object]) -> Object:
    """As the user's, for requests of which some are also sent to `to`; who answers is decided as ever."""
    made = {
        key: deepcopy(value) for key, value in written.items() if key not in ("name", "matches", "backendRefs")
    }
    asked: Object = {"backendRef": {key: value for key, value in to.items() if key != "weight"}}
    if mirror.share < TOTAL:
        asked["fraction"] = _fraction(mirror.share)
    copied = {"type": "RequestMirror", "requestMirror": asked}
    return {
        "matches": matches(written, mirror),
        **made,
        "filters": [*(made.get("filters") or ()), copied],
        "backendRefs": list(backends),
    }


def matches(written: Object, mirror: Mirror) -> list[Object]:
    """Of which requests some are copied. Where there are none no rule may be made: it would match every one."""
    return list(_of_methods(written.get("matches") or [{}], mirror.methods or EVERY_METHOD))


def _fraction(share: int) -> Object:
    unit = 1000 if share % 1000 == 0 else 1
    return {"numerator": share // unit, "denominator": TOTAL // unit}


def _of_methods(matches: Sequence[Object], methods: Sequence[str]) -> Iterator[Object]:
    """A match of one of the others is left to the user's own rule."""
    for match in matches:
        path = match.get("path") or {"type": "PathPrefix", "value": "/"}
        if "method" not in match:
            yield from ({**deepcopy(match), "path": path, "method": method} for method in methods)
        elif match["method"] in methods:
            yield {**deepcopy(match), "path": path}
