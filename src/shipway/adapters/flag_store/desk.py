"""What stands beside the flags in SQL: tokens, proposals, webhooks."""

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from shipway.adapters.flag_store.tables import PROPOSALS, STORE, TOKENS, WEBHOOKS
from shipway.adapters.flag_store.values import Proposal, Token, Webhook
from shipway.adapters.stores.lanes import Lanes

PROPOSALS_MAX = 1_000


class SqlDesk:
    """Tokens by their hash, what waits for approval, who is told."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes

    async def secrets(self) -> dict[str, str]:
        """The store's own `id` and `key`."""
        rows = select(STORE.c.name, STORE.c.value)
        return await self._lanes.read(lambda connection: {row.name: row.value for row in connection.execute(rows)})

    async def tokens(self) -> dict[str, Token]:
        """By hash, also revoked ones."""
        return await self._lanes.read(_tokens)

    async def add_token(self, token: Token, digest: str) -> None:
        """Keep a token's hash."""
        row = msgspec.structs.asdict(token) | {"hash": digest}
        await self._lanes.write(lambda connection: connection.execute(insert(TOKENS), row))

    async def revoke(self, id: str, at: float) -> bool:
        """Whether there was such a token."""
        statement = update(TOKENS).where(TOKENS.c.id == id).values(revoked_at=at)
        return await self._lanes.write(lambda connection: connection.execute(statement).rowcount == 1)

    async def propose(self, proposal: Proposal) -> None:
        """Let changes wait."""
        proposed = {"changes": proposal.changes, "versions": proposal.versions}
        row = msgspec.structs.asdict(proposal) | {"changes": msgspec.json.encode(proposed).decode()}
        row.pop("versions")
        await self._lanes.write(lambda connection: connection.execute(insert(PROPOSALS), row))

    async def proposals(self, environment: str) -> list[Proposal]:
        """The newest first."""
        newest = PROPOSALS.c.at.desc()
        rows = (
            select(PROPOSALS).where(PROPOSALS.c.environment == environment).order_by(newest).limit(PROPOSALS_MAX)
        )
        return await self._lanes.read(
            lambda connection: [_proposal(dict(row)) for row in connection.execute(rows).mappings()]
        )

    async def decide(self, proposal: Proposal) -> bool:
        """Close an open proposal as it says; whether it was open still."""
        closed = {name: getattr(proposal, name) for name in ("state", "decided_at", "decided_by")}
        still = (PROPOSALS.c.id == proposal.id, PROPOSALS.c.state == "open")
        statement = update(PROPOSALS).where(*still).values(closed)
        return await self._lanes.write(lambda connection: connection.execute(statement).rowcount == 1)

    async def webhooks(self) -> list[Webhook]:
        """Those of all environments."""
        rows = select(WEBHOOKS).order_by(WEBHOOKS.c.at)
        return await self._lanes.read(
            lambda connection: [Webhook(**row) for row in connection.execute(rows).mappings()]
        )

    async def add_webhook(self, webhook: Webhook) -> None:
        """Another one."""
        row = msgspec.structs.asdict(webhook)
        await self._lanes.write(lambda connection: connection.execute(insert(WEBHOOKS), row))

    async def remove_webhook(self, environment: str, id: str) -> bool:
        """Whether there was one."""
        statement = delete(WEBHOOKS).where(WEBHOOKS.c.environment == environment, WEBHOOKS.c.id == id)
        return await self._lanes.write(lambda connection: connection.execute(statement).rowcount == 1)


def _tokens(connection: Connection) -> dict[str, Token]:
    made = {}
    for row in connection.execute(select(TOKENS).order_by(TOKENS.c.at)).mappings():
        fields = dict(row)
        digest = fields.pop("hash")
        made[digest] = Token(**fields)
    return made


def _proposal(fields: dict[str, object]) -> Proposal:
    said = {
        str(name): value for name, value in fields.items()
    }  # SQLAlchemy's names are a kind of text of their own
    return msgspec.convert(said | msgspec.json.decode(str(said["changes"])), Proposal)
