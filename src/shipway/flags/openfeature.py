"""Shipway's flags for the OpenFeature SDK (extra `openfeature`).

`openfeature.api.set_provider_and_wait(ShipwayProvider(FeatureFlags()))`. The targeting key is `user_id`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.hook import Hook
from openfeature.provider import AbstractProvider, Metadata

from shipway.flags.client import FeatureFlags
from shipway.flags.evaluate import Decision, Evaluator
from shipway.flags.meaning import USER, needs_key, reason, value_of
from shipway.flags.model import Json
from shipway.flags.rules import User

V = TypeVar("V")
NUMBERS = (float,)
Objects = Sequence[FlagValueType] | Mapping[str, FlagValueType]
Answer = tuple[Json, Reason, Mapping[str, Any], bool, Decision]
"""Value, reason, metadata, whether the user's key has to be looked for; the decision, which holds its place."""


class _Ready:
    """A flag, with each of its outcomes written once. Decisions are made before anybody asks, so they are few."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator, self.decide = evaluator, evaluator.decide
        self.has_variants = bool(evaluator.flag.variants)
        self.by = evaluator.flag.rollout.by
        self.answers: dict[int, Answer] = {}
        self._variants: dict[str, dict[int, Answer]] = {}

    def by_variant(self, variant: str) -> dict[int, Answer]:
        return self._variants.setdefault(variant, {})

    def answer(self, decision: Decision, variant: str | None) -> Answer:
        value = value_of(self.evaluator, decision, variant)
        metadata = {"because": decision.reason} | ({"by": decision.by} if decision.by else {})
        may_lack_key = decision.reason == "rollout" and not decision.enabled
        made = (value, Reason(reason(self.evaluator, decision)), metadata, may_lack_key, decision)
        answers = self.answers if variant is None else self.by_variant(variant)
        answers[id(decision)] = made
        return made


class ShipwayProvider(AbstractProvider):
    """Answers from memory. Shutting it down closes the flags."""

    def __init__(self, flags: FeatureFlags) -> None:
        super().__init__()
        self._flags = flags
        self._counts = flags.counts_exposures
        self._ready: dict[str, _Ready] = {}
        flags.subscribe(self._changed)
        flags.subscribe_staleness(self._heard)

    def get_metadata(self) -> Metadata:
        """Its name."""
        return Metadata(name="Shipway")

    def get_provider_hooks(self) -> list[Hook]:
        """None."""
        return []

    def shutdown(self) -> None:
        """Follow nothing any more."""
        self._flags.close()

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """True or false."""
        return self._resolve(flag_key, default_value, evaluation_context, (bool,))

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """A text; the variant's name where variants have no values."""
        return self._resolve(flag_key, default_value, evaluation_context, (str,))

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """A whole number."""
        return self._resolve(flag_key, default_value, evaluation_context, (int,))

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """A number."""
        return self._resolve(flag_key, default_value, evaluation_context, NUMBERS)

    def resolve_object_details(
        self, flag_key: str, default_value: Objects, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[Objects]:
        """A list or a mapping."""
        return self._resolve(flag_key, default_value, evaluation_context, (dict, list))

    def _resolve(
        self, key: str, default: V, context: EvaluationContext | None, kinds: tuple[type, ...]
    ) -> FlagResolutionDetails[V]:
        evaluator = self._flags.evaluators().get(key)
        if evaluator is None:
            return _failed(default, ErrorCode.FLAG_NOT_FOUND, f"there is no flag {key}")
        ready = self._ready.get(key)
        if ready is None or ready.evaluator is not evaluator:
            ready = self._ready[key] = _Ready(evaluator)
        user = _user(context)
        try:
            decision = ready.decide(user)
            variant = ready.evaluator.variant(user, decision) if ready.has_variants else None
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            return _failed(default, ErrorCode.INVALID_CONTEXT, str(error))
        if self._counts:
            self._flags.count(key, decision, variant, user)
        answers = ready.answers if variant is None else ready.by_variant(variant)
        value, why, metadata, may_lack_key, _ = answers.get(id(decision)) or ready.answer(decision, variant)
        if may_lack_key and needs_key(ready.evaluator, decision, user):
            return _failed(default, ErrorCode.TARGETING_KEY_MISSING, f"users are known by {ready.by}")
        if value is None:
            value = default
        elif type(value) not in kinds:
            if kinds is not NUMBERS or type(value) is not int:
                return _failed(default, ErrorCode.TYPE_MISMATCH, f"{key} is {value!r}")
            value = float(value)
        return FlagResolutionDetails(value, None, None, why, variant, metadata)

    def _changed(self, names: frozenset[str]) -> None:
        self.emit_provider_configuration_changed(ProviderEventDetails(flags_changed=sorted(names)))

    def _heard(self, is_stale: bool) -> None:
        """Answers go on as the server said last; whoever wants to know is told."""
        if is_stale:
            self.emit_provider_stale(ProviderEventDetails(message="the flag server cannot be heard"))
        else:
            self.emit_provider_ready(ProviderEventDetails())


def _user(context: EvaluationContext | None) -> User:
    if context is None:
        return {}
    if context.targeting_key is None or USER in context.attributes:
        return context.attributes
    return {**context.attributes, USER: context.targeting_key}


def _failed(default: V, code: ErrorCode, why: str) -> FlagResolutionDetails[V]:
    return FlagResolutionDetails(default, error_code=code, error_message=why, reason=Reason.ERROR)
