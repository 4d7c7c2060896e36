"""What kinds of workloads differ in. Pure: none of it asks the cluster."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from shipway.adapters.platforms.kubernetes.in_place.rolled import Order, Rolled, There
from shipway.adapters.platforms.kubernetes.kinds import Kind
from shipway.adapters.platforms.kubernetes.told import Told
from shipway.model.revision import RevisionId

Object = dict[str, Any]


def awaited(revision: RevisionId) -> str:
    """Stands for its pods that are to be and have no place: who wants none of them any more has to say so."""
    return f"next-{revision}"


class Form(Protocol):
    """One kind."""

    @property
    def kind(self) -> Kind:
        """Where the API server has it."""
        ...

    @property
    def word(self) -> str:
        """As manifests call it."""
        ...

    @property
    def halts(self) -> bool:
        """Whether it has to stand still before another template gets in: no pod of it may be available."""
        ...

    @property
    def waits(self) -> bool:
        """Whether its controller waits for a pod to get ready before it replaces that very pod."""
        ...

    @property
    def grows(self) -> bool:
        """Whether an autoscaler may add pods while those of two templates are there."""
        ...

    @property
    def per_node(self) -> bool:
        """Whether each node has one: then nodes say how many, and Shipway itself ends them."""
        ...

    def scaled(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With at least so many pods of the revision that do not drain; those that do are taken back first."""
        ...

    def drained(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With these marked, or as many others where its controller chooses."""
        ...

    def stopped(self, state: Rolled, there: There, order: Order) -> Rolled:
        """With these on their way out, and so many fewer of the revision."""
        ...

    def said(self, state: Rolled, pod: str, revision: RevisionId) -> Told:
        """What a pod that is there was told."""
        ...

    def coming(self, state: Rolled, there: Collection[RevisionId]) -> Mapping[RevisionId, Told]:
        """Revisions that are to have pods and have none, and what was said of those; `there` are all that have.

        None where the workload makes them itself.
        """
        ...

    def before(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """What the user says of how it is updated."""
        ...

    def spec(self, spec: Mapping[str, Any], state: Rolled) -> Object:
        """What it is to say but for its template."""
        ...

    def changed(self, spec: Mapping[str, Any], state: Rolled) -> Iterator[str]:
        """What other hands did to it, in the words after their name; `{}` stands for the workload's."""
        ...
