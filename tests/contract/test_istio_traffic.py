"""What a real Envoy does with requests that goes by a VirtualService and a DestinationRule.

The contract of the port's values is kept on a real API server, in `platforms/kubernetes/test_istio_contract.py`.
"""

import functools

import pytest

from contract.backends import ask_many
from contract.mesh_stand import open_mesh
from contract.mirrored import MirrorContract
from contract.requests import CarryingContract, DecidingContract
from contract.stored import in_loop
from contract.traffic import A, publish, route, split, until
from shipway.model.revision import RevisionId
from shipway.model.route import Endpoint


class TestRequests(MirrorContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return functools.partial(open_mesh, tmp_path / "mesh")

    test_shares = CarryingContract.test_requests_are_divided_as_the_shares_say
    test_users = DecidingContract.test_chosen_users_go_to_their_revision_whatever_the_shares

    @in_loop
    async def test_a_drained_pod_leaves_the_subset_though_the_service_has_it(self, opened):
        async with opened() as stand:
            pods = [await stand.backends.start(A) for _ in range(3)]
            drained, *others = [Endpoint(revision=RevisionId(one.revision), address=one.address) for one in pods]
            await publish(stand, drained, *others, generation=1)
            await route(stand, split(0), generation=2)
            assert len({one.headers["x-replica"] for one in await ask_many(stand.address, 60)}) == 3
            leaving = Endpoint(revision=A, address=drained.address, draining=True)
            await publish(stand, leaving, *others, generation=3)

            async def has_left() -> bool:
                answers = await ask_many(stand.address, 60)
                return {one.headers["x-replica"] for one in answers} == {one.address for one in others}

            await until(has_left)
            counts = await stand.traffic.in_flight([drained.address, others[0].address])
            assert counts == {drained.address: 1, others[0].address: 0}
