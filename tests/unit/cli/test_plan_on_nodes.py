"""A plan says which nodes lack a replica while another one comes."""

import pytest
from msgspec.structs import replace

from kernel import V1, V2
from shipway.cli.render.paint import Paint
from shipway.cli.render.plan import lines
from shipway.model.release import Chosen, Release
from shipway.model.revision import RevisionId
from shipway.planning.facts import Facts
from shipway.planning.plan import plan

ON_NODES = Chosen(name="kubernetes", options={"update": {"kind": "DaemonSet"}})
RELEASE = Release(service="agent", revision=V2, strategy="rolling", replicas=1, platform=ON_NODES)


@pytest.mark.parametrize(
    ("base", "nodes", "said"),
    [
        (V1, 1, "the only node has no replica while another one comes: nobody answers"),
        (V1, 4, "Gap: one node at a time has no replica"),
        (V1, 10, "Gap: 3 of 10 nodes at once have no replica"),
        (None, 0, "Each node of the cluster has one replica"),
    ],
)
def test_a_gap_is_told(base: RevisionId | None, nodes: int, said: str) -> None:
    made = plan(RELEASE, Facts(base=base, replicas=nodes))
    assert said in " ".join(lines(made, Paint(), start_seconds=5.0, is_measured=True))


def test_where_new_ones_come_beside_others_there_is_none() -> None:
    made = plan(replace(RELEASE, platform=Chosen(name="process"), replicas=4), Facts(base=V1, replicas=4))
    assert "Gap" not in "\n".join(lines(made, Paint(), start_seconds=5.0, is_measured=True))
