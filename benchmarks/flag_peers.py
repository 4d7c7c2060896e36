"""SDKs of feature flags, each with the same two flags as data and no server.

25% of users have the first. The second has three rules before those 25%, none of which holds for the users that
ask. Users are made beforehand where the SDK has objects for them, events are off.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

Ask = Callable[[Any], object]
USERS = tuple(f"user-{number}" for number in range(1000))
ATTRIBUTES: dict[str, Any] = {"region": "eu", "plan": "free", "email": "someone@example.com", "age": 30}
STATSIG_EMPTY = (
    "dynamic_configs",
    "layer_configs",
    "layers",
    "id_lists",
    "experiment_to_layer",
    "sdk_keys_to_app_ids",
    "hashed_sdk_keys_to_app_ids",
)
NOWHERE = "http://127.0.0.1:9"


class Asked(Struct, frozen=True):
    """An SDK that is ready."""

    users: Sequence[Any]
    """As the SDK wants them, in the order of `USERS`."""
    rollout: Ask
    rules: Ask


def shipway(folder: Path) -> Asked:
    from shipway.flags import FeatureFlags

    flags = FeatureFlags.of(
        "features:\n"
        "  f: {rollout: {percentage: 25}}\n"
        "  r:\n"
        "    rollout: {percentage: 25}\n"
        "    targeting:\n"
        "    - rule: user.region == 'us-west' && user.plan == 'enterprise'\n"
        "    - rule: user.email.endsWith('@acme.com')\n"
        "    - {rule: user.age >= 65, enabled: false}\n"
    )
    ask = flags.is_enabled
    return Asked(
        USERS,
        lambda user: ask("f", user_id=user),
        lambda user: ask("r", user_id=user, region="eu", plan="free", email="someone@example.com", age=30),
    )


def launchdarkly(folder: Path) -> Asked:
    from ldclient import Context, LDClient
    from ldclient.config import Config
    from ldclient.integrations import Files

    split = {"rollout": {"variations": [{"variation": 0, "weight": 25000}, {"variation": 1, "weight": 75000}]}}
    fixed = {"on": True, "version": 1, "salt": "s", "variations": [True, False], "fallthrough": split}

    def clause(attribute: str, sign: str, value: object) -> dict[str, object]:
        return {"contextKind": "user", "attribute": attribute, "op": sign, "values": [value]}

    rules = [
        {"clauses": [clause("region", "in", "us-west"), clause("plan", "in", "enterprise")], "variation": 0},
        {"clauses": [clause("email", "endsWith", "@acme.com")], "variation": 0},
        {"clauses": [clause("age", "greaterThanOrEqual", 65)], "variation": 1},
    ]
    flags = {"f": {"key": "f", **fixed}, "r": {"key": "r", **fixed, "rules": rules}}
    path = folder / "launchdarkly.json"
    path.write_text(json.dumps({"flags": flags}))
    source = Files.new_data_source(paths=[str(path)])
    client = LDClient(Config("key", update_processor_class=source, send_events=False, diagnostic_opt_out=True), 10)
    made = [_filled(Context.builder(user), ATTRIBUTES) for user in USERS]
    return Asked(
        made, lambda user: client.variation("f", user, False), lambda user: client.variation("r", user, False)
    )


def _filled(builder: Any, attributes: dict[str, Any]) -> Any:
    for name, value in attributes.items():
        builder.set(name, value)
    return builder.build()


def unleash(folder: Path) -> Asked:
    from UnleashClient import UnleashClient
    from UnleashClient.cache import FileCache

    def strategy(*constraints: dict[str, object], rollout: int = 100) -> dict[str, object]:
        settings = {"rollout": str(rollout), "stickiness": "userId", "groupId": "f"}
        return {"name": "flexibleRollout", "parameters": settings, "constraints": constraints}

    def constraint(name: str, sign: str, value: str, **more: object) -> dict[str, object]:
        return {"contextName": name, "operator": sign, "values": [value], "value": value, **more}

    last = strategy(constraint("age", "NUM_LT", "65"), rollout=25)
    first = strategy(constraint("region", "IN", "us-west"), constraint("plan", "IN", "enterprise"))
    second = strategy(constraint("email", "STR_ENDS_WITH", "@acme.com"))
    features = [
        {"name": name, "type": "release", "enabled": True, "strategies": strategies}
        for name, strategies in (("f", [strategy(rollout=25)]), ("r", [first, second, last]))
    ]
    cache = FileCache("benchmark", directory=str(folder))
    cache.bootstrap_from_dict({"version": 2, "features": features})
    client = UnleashClient(NOWHERE, "benchmark", cache=cache, disable_metrics=True, disable_registration=True)
    client.initialize_client(fetch_toggles=False)
    texts = {name: str(value) for name, value in ATTRIBUTES.items()}
    made = [{"userId": user, "properties": texts} for user in USERS]
    return Asked(made, lambda user: client.is_enabled("f", user), lambda user: client.is_enabled("r", user))


def growthbook(folder: Path) -> Asked:
    from growthbook import GrowthBook

    part = {"force": True, "coverage": 0.25, "hashAttribute": "id", "hashVersion": 2}
    rules = [
        {"condition": {"region": "us-west", "plan": "enterprise"}, "force": True},
        {"condition": {"email": {"$regex": "@acme\\.com$"}}, "force": True},
        {"condition": {"age": {"$gte": 65}}, "force": False},
    ]
    features = {
        "f": {"defaultValue": False, "rules": [part]},
        "r": {"defaultValue": False, "rules": [*rules, part]},
    }
    client = GrowthBook(features=features)
    made = [{"id": user, **ATTRIBUTES} for user in USERS]

    def ask(name: str, user: dict[str, Any]) -> object:
        client.set_attributes(user)
        return client.is_on(name)

    return Asked(made, lambda user: ask("f", user), lambda user: ask("r", user))


def configcat(folder: Path) -> Asked:
    import configcatclient
    from configcatclient.configcatoptions import ConfigCatOptions
    from configcatclient.localfiledatasource import LocalFileFlagOverrides
    from configcatclient.overridedatasource import OverrideBehaviour
    from configcatclient.user import User

    def user_condition(attribute: str, sign: int, **value: object) -> dict[str, object]:
        return {"u": {"a": attribute, "c": sign, **value}}

    def rule(value: bool, *conditions: dict[str, object]) -> dict[str, object]:
        return {"c": conditions, "s": {"v": {"b": value}, "i": "x"}}

    part = [{"p": 25, "v": {"b": True}, "i": "a"}, {"p": 75, "v": {"b": False}, "i": "b"}]
    flag = {"t": 0, "v": {"b": False}, "i": "c", "p": part}
    rules = [
        rule(True, user_condition("region", 28, s="us-west"), user_condition("plan", 28, s="enterprise")),
        rule(True, user_condition("email", 32, l=["@acme.com"])),
        rule(False, user_condition("age", 15, d=65)),
    ]
    path = folder / "configcat.json"
    path.write_text(
        json.dumps({"p": {"u": NOWHERE, "r": 0, "s": "salt"}, "f": {"f": flag, "r": {**flag, "r": rules}}})
    )
    overrides = LocalFileFlagOverrides(str(path), OverrideBehaviour.LocalOnly)
    client = configcatclient.get(
        "configcat-sdk-1/" + "a" * 22 + "/" + "b" * 22, ConfigCatOptions(flag_overrides=overrides)
    )
    made = [User(user, custom=ATTRIBUTES) for user in USERS]
    return Asked(
        made, lambda user: client.get_value("f", False, user), lambda user: client.get_value("r", False, user)
    )


def split(folder: Path) -> Asked:
    from splitio import get_factory

    path = folder / "split.json"
    flags = [_split_flag("f", []), _split_flag("r", _split_rules())]
    path.write_text(json.dumps({"ff": {"d": flags, "s": -1, "t": 1}, "rbs": {"d": [], "s": -1, "t": -1}}))
    factory = get_factory("localhost", config={"splitFile": str(path), "localhostRefreshEnabled": False})
    factory.block_until_ready(10)
    client = factory.client()
    return Asked(
        USERS,
        lambda user: client.get_treatment(user, "f") == "on",
        lambda user: client.get_treatment(user, "r", ATTRIBUTES) == "on",
    )


def _split_flag(name: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    everybody = {
        "matcherType": "ALL_KEYS",
        "negate": False,
        "keySelector": {"trafficType": "user", "attribute": None},
    }
    last = _split_condition([everybody], on=25)
    fixed = {
        "trafficTypeName": "user",
        "trafficAllocation": 100,
        "trafficAllocationSeed": 7,
        "seed": 42,
        "algo": 2,
    }
    state = {
        "status": "ACTIVE",
        "killed": False,
        "defaultTreatment": "off",
        "changeNumber": 1,
        "configurations": {},
    }
    return {"name": name, **fixed, **state, "sets": [], "conditions": [*rules, last]}


def _split_rules() -> list[dict[str, Any]]:
    def matcher(attribute: str, kind: str, **data: object) -> dict[str, Any]:
        return {
            "matcherType": kind,
            "negate": False,
            "keySelector": {"trafficType": "user", "attribute": attribute},
            **data,
        }

    def listed(attribute: str, kind: str, value: str) -> dict[str, Any]:
        return matcher(attribute, kind, whitelistMatcherData={"whitelist": [value]})

    old = {"dataType": "NUMBER", "value": 65}
    return [
        _split_condition(
            [listed("region", "WHITELIST", "us-west"), listed("plan", "WHITELIST", "enterprise")], on=100
        ),
        _split_condition([listed("email", "ENDS_WITH", "@acme.com")], on=100),
        _split_condition([matcher("age", "GREATER_THAN_OR_EQUAL_TO", unaryNumericMatcherData=old)], on=0),
    ]


def _split_condition(matchers: list[dict[str, Any]], *, on: int) -> dict[str, Any]:
    parts = [{"treatment": "on", "size": on}, {"treatment": "off", "size": 100 - on}]
    group = {"combiner": "AND", "matchers": matchers}
    return {"conditionType": "ROLLOUT", "matcherGroup": group, "partitions": parts, "label": "l"}


def statsig(folder: Path) -> Asked:
    from statsig_python_core import DataStore, Statsig, StatsigOptions, StatsigUser
    from statsig_python_core.data_store import DataStoreResponse

    class Given(DataStore):  # type: ignore[misc]
        def get(self, key: str) -> Any:
            return DataStoreResponse(result=json.dumps(_statsig_specs()), time=1_700_000_000_000)

    options = StatsigOptions()
    options.data_store, options.disable_network, options.disable_all_logging = Given(), True, True
    options.output_log_level = "none"
    client = Statsig("secret-key", options)
    client.initialize().wait()
    custom = {name: value for name, value in ATTRIBUTES.items() if name != "email"}
    made = [StatsigUser(user, email=ATTRIBUTES["email"], custom=custom) for user in USERS]
    return Asked(made, lambda user: client.check_gate(user, "f"), lambda user: client.check_gate(user, "r"))


def _statsig_specs() -> dict[str, Any]:
    fixed: dict[str, Any] = {"isDeviceBased": False, "idType": "userID"}

    def condition(
        kind: str, field: str | None = None, operator: str | None = None, value: object = None
    ) -> object:
        return {
            "type": kind,
            "field": field,
            "operator": operator,
            "targetValue": value,
            "additionalValues": {},
            **fixed,
        }

    def rule(name: str, share: int, *conditions: str) -> object:
        named = {"name": name, "groupName": name, "id": name, "salt": name}
        return {**named, "passPercentage": share, "conditions": conditions, "returnValue": True, **fixed}

    def gate(*rules: object) -> object:
        kind = {"type": "feature_gate", "entity": "feature_gate", "salt": "salt", "enabled": True, "version": 1}
        return {**kind, "defaultValue": False, "rules": rules, **fixed}

    last = rule("part", 25, "all")
    rules = (rule("first", 100, "region", "plan"), rule("second", 100, "email"), rule("third", 0, "age"), last)
    conditions = {
        "all": condition("public"),
        "region": condition("user_field", "region", "any", ["us-west"]),
        "plan": condition("user_field", "plan", "any", ["enterprise"]),
        "email": condition("user_field", "email", "str_ends_with_any", ["@acme.com"]),
        "age": condition("user_field", "age", "gte", 65),
    }
    empty: dict[str, Any] = {name: {} for name in STATSIG_EMPTY}
    gates = {"f": gate(last), "r": gate(*rules)}
    return {
        **empty,
        "feature_gates": gates,
        "condition_map": conditions,
        "has_updates": True,
        "time": 1_700_000_000_000,
    }


def posthog(folder: Path) -> Asked:
    from posthog import Posthog

    def person(key: str, value: object, operator: str) -> dict[str, object]:
        return {"key": key, "value": value, "operator": operator, "type": "person"}

    groups = [
        {"properties": [person("region", "us-west", "exact"), person("plan", "enterprise", "exact")]},
        {"properties": [person("email", "@acme\\.com$", "regex")]},
        {"properties": [person("age", 65, "lt")], "rollout_percentage": 25},
    ]
    client = Posthog("key", host=NOWHERE, disabled=False, sync_mode=True, send=False)
    client.feature_flags = [
        {"id": number, "key": key, "active": True, "filters": {"groups": filters}}
        for number, (key, filters) in enumerate(
            (("f", [{"properties": [], "rollout_percentage": 25}]), ("r", groups))
        )
    ]

    def ask(key: str, user: str) -> object:
        return client.feature_enabled(
            key, user, person_properties=ATTRIBUTES, only_evaluate_locally=True, send_feature_flag_events=False
        )

    return Asked(USERS, lambda user: ask("f", user), lambda user: ask("r", user))


def flagd(folder: Path) -> Asked:
    from openfeature.contrib.tools.flagd.core import FlagdCore
    from openfeature.evaluation_context import EvaluationContext

    part = {"fractional": [["on", 25], ["off", 75]]}
    condition = {"and": [{"==": [{"var": "region"}, "us-west"]}, {"==": [{"var": "plan"}, "enterprise"]}]}
    mail = {"ends_with": [{"var": "email"}, "@acme.com"]}
    rules = {"if": [condition, "on", mail, "on", {">=": [{"var": "age"}, 65]}, "off", part]}
    fixed = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
    core = FlagdCore()
    core.set_flags(json.dumps({"flags": {"f": {**fixed, "targeting": part}, "r": {**fixed, "targeting": rules}}}))
    made = [EvaluationContext(user, dict(ATTRIBUTES)) for user in USERS]
    return Asked(
        made,
        lambda user: core.resolve_boolean_value("f", False, user).value,
        lambda user: core.resolve_boolean_value("r", False, user).value,
    )


SDKS: dict[str, Callable[[Path], Asked]] = {
    "Shipway": shipway,
    "LaunchDarkly": launchdarkly,
    "Unleash": unleash,
    "GrowthBook": growthbook,
    "ConfigCat": configcat,
    "Split": split,
    "Statsig": statsig,
    "PostHog": posthog,
    "flagd": flagd,
}
