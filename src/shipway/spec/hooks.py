"""What is called at moments of a release, as the file says it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_validator

from shipway.spec import units
from shipway.spec.fields import DurationPositive, Section
from shipway.spec.problems import Wrong

CALLS_MAX = 20
"""Of one moment."""
FLAGGER = {
    "confirm-rollout": "before_stage",
    "pre-rollout": "before_stage",
    "confirm-traffic-increase": "before_stage",
    "rollout": "during_stage",
    "confirm-promotion": "before_switch",
}
"""Flagger's webhook types that are one of ours (docs/guides/hooks.md)."""
ELSEWHERE = {
    "post-rollout": "after_stage is called when each stage is over, also the last one.",
    "rollback": "There it asks whether to go back; here a script tells it with `shipway abort`.",
    "event": "`shipway watch --json` and `shipway history --json` tell what happens.",
}
ADDRESSES = ("http://", "https://")
CALL = {"type": ["string", "object"]}


@dataclass(frozen=True)
class Call:
    """One call: its kind is the gate adapter's name."""

    kind: str
    target: str
    timeout: float | None = None
    """Seconds; none: what its moment has."""


def _calls(written: object) -> tuple[Call, ...]:
    each = written if isinstance(written, list | tuple) else [written]
    if len(each) > CALLS_MAX:
        raise Wrong(f"has {len(each)} calls", why=f"{CALLS_MAX} are the most.", fix="Put them into one script.")
    return tuple(one if isinstance(one, Call) else _call(one, number) for number, one in enumerate(each))


def _call(written: object, number: int) -> Call:
    named = dict(written) if isinstance(written, Mapping) else _named(units.text_of(written))
    timeout = named.pop("timeout", None)
    if len(named) != 1 or not {"command", "url"} & named.keys():
        raise Wrong(
            "names nothing to call" if not named else f"has {', '.join(sorted(named))}",
            why="A hook is a command or an address, and a time that it may take.",
            fix="Write `{command: ./warm-up, timeout: 1m}` or `{url: https://…}`.",
            at=(number,),
        )
    ((kind, target),) = named.items()
    text = units.text_of(target)
    if kind == "url" and not text.startswith(ADDRESSES):
        raise Wrong(
            f"{units.quoted(text)} is not an address",
            why="It is asked over HTTP.",
            fix="Begin it with http:// or https://; a command stands below `command`.",
            at=(number,),
        )
    seconds = None if timeout is None else units.seconds_positive(timeout)
    return Call("http" if kind == "url" else "command", text, seconds)


def _named(text: str) -> dict[str, object]:
    return {"url" if text.startswith(ADDRESSES) else "command": text}


Calls = Annotated[
    tuple[Call, ...],
    BeforeValidator(_calls),
    WithJsonSchema({"type": ["string", "object", "array"], "items": CALL}),
]


def _one(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    if len(calls) == 1:
        return calls
    raise Wrong(f"has {len(calls)} calls", why="One of them answers.", fix="Put them into one script.")


one_call = AfterValidator(_one)


class Hooks(Section):
    """By moment."""

    before_stage: Calls = ()
    before_switch: Calls = ()
    during_stage: Calls = ()
    after_stage: Calls = ()
    on_rollback: Calls = ()
    back_after: DurationPositive | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_flagger_calls_them(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        if other := next((key for key in given if key in ELSEWHERE), None):
            raise Wrong(f"{other} is no moment here", why=ELSEWHERE[other], fix="Remove it.", at=(other,))
        found = {key: written for key, written in given.items() if key not in FLAGGER}
        for alias, ours in FLAGGER.items():
            if alias in given:
                found[ours] = [*_listed(found.get(ours)), *_listed(given[alias])]
        return found


def _listed(written: object) -> list[object]:
    if written is None:
        return []
    return written if isinstance(written, list) else [written]
