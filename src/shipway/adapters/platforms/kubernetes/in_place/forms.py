"""The kinds of workloads that are updated in place, by the word of the release file."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.adapters.platforms.kubernetes.in_place.daemon_sets import DaemonSets
from shipway.adapters.platforms.kubernetes.in_place.deployments import Deployments
from shipway.adapters.platforms.kubernetes.in_place.form import Form
from shipway.adapters.platforms.kubernetes.in_place.stateful_sets import StatefulSets
from shipway.adapters.replicas.converting import converted

FORMS: Mapping[str, Form] = {form.word: form for form in (Deployments(), StatefulSets(), DaemonSets())}


class Update(Struct, frozen=True):
    """What is written below `update`."""

    kind: str = "Deployment"
    name: str | None = None


def form_of(options: Mapping[str, object]) -> Form | None:
    """The one that a release file asks for; none where each version has a deployment of its own."""
    written = options.get("update")
    if written is None:
        return None
    return FORMS[converted(written, Update, where="platform.kubernetes.update").kind]
