"""Other hands change something while no release is under way."""

from shipway.engine.fold import fold
from shipway.engine.obey import obey
from shipway.engine.state import ServiceState
from shipway.model.command import Accept, Request
from shipway.model.event import Cleared, DriftAccepted, Entry

REQUEST = Request(id=1, service="checkout", at=1.0, by="ana", command=Accept())


def test_it_may_be_accepted_and_is_overwritten_until_it_is_gone() -> None:
    state = ServiceState(service="checkout")
    events = obey(state, REQUEST, {})
    assert DriftAccepted(by="ana") in events
    entries = [Entry(number, 1.0, event) for number, event in enumerate(events, start=1)]
    accepted = fold(state, entries)
    assert accepted.is_overwriting
    assert not fold(accepted, [Entry(9, 2.0, Cleared(name="drift"))]).is_overwriting
