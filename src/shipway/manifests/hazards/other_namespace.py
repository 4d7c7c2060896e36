"""Manifests of another namespace than the release file's."""

from collections.abc import Iterator

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting


def find(setting: Setting) -> Iterator[Found]:
    """Of what versions are derived from."""
    for workload in setting.workloads():
        written = workload.at("metadata", "namespace")
        if setting.is_derived and setting.namespace and written and written != setting.namespace:
            yield Found(
                what=f"{workload.called} says namespace {written}; the release file says {setting.namespace}.",
                on=workload,
                at=("metadata", "namespace"),
                fix="Let both say the same: Shipway goes by the release file.",
                patch={**workload.patch(), "metadata": {"name": workload.name, "namespace": setting.namespace}},
            )


HAZARD = Hazard(
    name="other-namespace",
    title="Another namespace",
    why="The Secrets, accounts and Services that its pods need are where the manifests say, and the pods are not.",
    find=find,
)
