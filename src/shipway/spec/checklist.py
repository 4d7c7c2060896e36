"""The section `checklist`: where the ten items before a release can be looked up, and whether they must be."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from shipway.spec.fields import DurationPositive, Section, Switch, Text
from shipway.spec.platforms.process import Environment
from shipway.spec.problems import Wrong
from shipway.spec.units import quoted

FORGED = r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+$"
ADDRESS = r"^https?://\S+$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


def _repository(written: str) -> str:
    if re.fullmatch(FORGED, written, re.ASCII):
        return written
    raise Wrong(
        f"{quoted(written)} names no repository",
        why="It is the owner and the name, as in the repository's address.",
        fix="Write one such as acme/shop.",
    )


def _address(written: str) -> str:
    if re.fullmatch(ADDRESS, written, re.ASCII):
        return written
    raise Wrong(
        f"{quoted(written)} is no address",
        why="It begins with https:// or http://, and has no spaces.",
        fix="Copy it from the browser.",
    )


def _variable(written: str) -> str:
    if re.fullmatch(VARIABLE, written, re.ASCII):
        return written
    raise Wrong(
        f"{quoted(written)} names no variable",
        why="The address is a secret, so it stands in the environment and not in this file.",
        fix="Write the variable's name, such as SLACK_URL.",
    )


Repository = Annotated[Text, AfterValidator(_repository), WithJsonSchema({"type": "string", "pattern": FORGED})]
Address = Annotated[Text, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": ADDRESS})]
Variable = Annotated[Text, AfterValidator(_variable), WithJsonSchema({"type": "string", "pattern": VARIABLE})]


class Checklist(Section):
    """All of it. `checklist: required` alone looks nothing up, and asks for each item."""

    SHORT: ClassVar[str] = "required"
    required: Switch = False
    valid: DurationPositive = 86_400.0
    github: Repository | None = None
    gitlab: Repository | None = None
    api: Address | None = None
    staging: Text | None = None
    dashboards: tuple[Address, ...] = ()
    prometheus: Address | None = None
    alerts: tuple[Text, ...] = ()
    notify: Variable | None = None
    without: Environment = Field(default={})
    load_tests: tuple[Text, ...] = ("loadtest*/**", "load_test*/**", "k6/**", "**/locustfile.py", "**/*.jmx")
    runbook: tuple[Text, ...] = ("**/runbook*", "**/RUNBOOK*", "**/runbooks/**")
    endpoints: tuple[Text, ...] = ("**/openapi*", "**/*.proto", "**/routes*", "**/routes/**", "**/urls.py")

    @model_validator(mode="after")
    def _one_forge(self) -> "Checklist":
        if self.github and self.gitlab:
            raise Wrong(
                "a commit is tested in one place",
                why="Both github and gitlab are named.",
                fix="Keep the one whose pipeline has to be green.",
                at=("gitlab",),
            )
        return self

    @model_validator(mode="after")
    def _alerts_are_of_a_prometheus(self) -> "Checklist":
        if bool(self.alerts) == bool(self.prometheus):
            return self
        there, missing = ("alerts", "prometheus") if self.alerts else ("prometheus", "alerts")
        raise Wrong(
            f"says nothing without `checklist.{missing}`",
            why="Alerts are looked for by name, in the Prometheus that evaluates them.",
            fix=f"Add `{missing}` below `checklist`, or remove `{there}`.",
            at=(there,),
        )
