"""Changes that wait for a second person."""

from collections.abc import Sequence
from secrets import token_hex
from typing import Literal

import msgspec

from shipway.adapters.flag_store.values import Author, Loaded, Proposal, Superseded
from shipway.flags.state import Change
from shipway.server.flags.approving import waits
from shipway.server.flags.calls import Answer, Call, WrongBody
from shipway.server.flags.live import Make
from shipway.server.flags.problems import missing


async def proposed(call: Call, make: Make) -> Answer | None:
    """Let a change wait where it has to; none where it may be made."""
    loaded = call.live.loaded
    changes = tuple(make(loaded))
    if not waits(loaded, changes, call.at):
        return None
    author = call.author
    proposal = Proposal(
        id=token_hex(8),
        environment=loaded.environment.name,
        at=author.at,
        by=author.by,
        why=author.why,
        changes=changes,
        versions=_versions(loaded, changes),
    )
    await call.environments.store.desk.propose(proposal)
    return Answer(status=202, content=proposal)


async def proposals(call: Call) -> Answer:
    """What waits for a second person, and what became of earlier ones."""
    return Answer(content=await call.environments.store.desk.proposals(call.live.environment.name))


async def approve(call: Call) -> Answer:
    """Agree with what somebody else has proposed: it is changed."""
    proposal = await _open_proposal(call)
    if proposal.by == call.token.name:
        raise WrongBody(
            "nobody approves what they have proposed themselves",
            where=f"proposal {proposal.id}",
            why=f"It was proposed with the token {proposal.by}, which is yours.",
            fix="Let a colleague approve it with their own token.",
        )

    def make(before: Loaded) -> Sequence[Change]:
        if _versions(before, proposal.changes) != proposal.versions:
            raise _overtaken(proposal)
        return proposal.changes

    author = Author(by=f"{proposal.by}, approved by {call.token.name}", at=call.at, why=proposal.why)
    loaded = await call.live.change(make, author)
    await _close(call, proposal, "applied")
    return Answer(content={"revision": loaded.environment.revision, "entries": len(proposal.changes)})


async def reject(call: Call) -> Answer:
    """Do not agree: nothing is changed."""
    proposal = await _open_proposal(call)
    if not await _close(call, proposal, "rejected"):
        raise missing("open proposal", proposal.id)
    return Answer(status=204)


def _versions(loaded: Loaded, changes: Sequence[Change]) -> tuple[int, ...]:
    return tuple(loaded.versions.get((change.kind, change.name), 0) for change in changes)


def _overtaken(proposal: Proposal) -> Superseded:
    return Superseded(
        "the flags have changed since this was proposed",
        where=f"proposal {proposal.id}",
        why="To apply it would undo what came later, perhaps a kill.",
        fix="Reject it, and propose the change again.",
    )


async def _open_proposal(call: Call) -> Proposal:
    id = call.path["id"]
    for proposal in await call.environments.store.desk.proposals(call.live.environment.name):
        if proposal.id == id and proposal.state == "open":
            return proposal
    raise missing("open proposal", id)


async def _close(call: Call, proposal: Proposal, state: Literal["applied", "rejected"]) -> bool:
    closed = msgspec.structs.replace(proposal, state=state, decided_at=call.at, decided_by=call.token.name)
    return await call.environments.store.desk.decide(closed)
