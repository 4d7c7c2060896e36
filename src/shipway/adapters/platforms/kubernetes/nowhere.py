"""Pods that no node takes: a DaemonSet has no number of them that could be 0. Pure."""

from collections.abc import Mapping
from typing import Any

from shipway.adapters.platforms.kubernetes import marks

Object = dict[str, Any]
KEY = "nodeSelector"


def sent(template: Mapping[str, Any]) -> Object:
    """The template, which asks for a node that there is none of."""
    pod = template["spec"]
    return {**template, "spec": {**pod, KEY: {**(pod.get(KEY) or {}), marks.NOWHERE: marks.YES}}}


def called_back(template: Mapping[str, Any]) -> Object:
    """The template as its user has it."""
    pod = dict(template["spec"])
    asked = {key: value for key, value in (pod.pop(KEY, None) or {}).items() if key != marks.NOWHERE}
    return {**template, "spec": {**pod, KEY: asked} if asked else pod}
