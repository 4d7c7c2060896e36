"""A metric of people's own takes a release back, is shown, and is recorded so that the guard can be run again."""

import json

from acceptance.counting import nothing_was_lost
from acceptance.stand import Stand, on_a_stand
from shipway.engine.replay import replay
from shipway.model.event import WentBack
from shipway.spec.policy_file import load_policy
from shipway.spec.recordings import recordings

SHOUTING = """
import runpy, sys, threading, time

def shout():
    while True:
        print("CRITICAL: charged twice", flush=True)
        time.sleep(0.5)

if sys.argv[-1] == "1.9.0":
    threading.Thread(target=shout, daemon=True).start()
runpy.run_module("shipway.demo.app.checkout", run_name="__main__")
"""
GUARD = {
    "metrics": {
        "charged_twice": {"resource": "error-lines", "critical": "any"},
        "memory": {"resource": "memory", "worse_by": "300%"},
    }
}


@on_a_stand(strategy="canary", canary={"stages": ["20%", "100%"], "bake": "60s"}, guard=GUARD)
async def test_what_must_not_happen_once_takes_the_release_back(stand: Stand) -> None:
    script = stand.folder / "shouting.py"
    script.write_text(SHOUTING)
    stand.command(str(script))
    await stand.ship_first("1.8.2")
    load = stand.users()
    past = await stand.deploy("1.9.0")
    assert past.outcome == "rolled-back"
    [back] = [event for event in await stand.events(WentBack) if isinstance(event, WentBack)]
    assert back.rule == "critical"
    assert "charged_twice happened on the candidate" in back.reason
    await nothing_was_lost(load)
    seen = json.loads(stand.home.status(stand.service).read_bytes())
    [stable] = [one for one in seen["revisions"] if one["role"] == "stable"]
    assert stable["usage"]["memory_bytes"] > 1_000_000
    assert stable["usage"]["error_lines"] == 0
    [recording] = recordings(stand.home.recordings(stand.service))
    found = await replay(recording, load_policy(stand.loaded.path))
    assert found.back_at is not None
    assert "charged_twice" in found.verdict.sentence
