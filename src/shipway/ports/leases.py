"""Makes one controller the owner of a service, on the store's clock."""

from typing import Protocol

from msgspec import Struct


class Lease(Struct, frozen=True, kw_only=True):
    """`token` grows each time a lease is given to another owner, or again after it ran out."""

    service: str
    owner: str
    token: int
    expires_at: float


class Leases(Protocol):
    """At most one live lease per service."""

    async def acquire(self, service: str, owner: str, *, seconds: float) -> Lease | None:
        """The lease, new or renewed with the same token; none while another owner's is live."""
        ...

    async def renew_all(self, owner: str, *, seconds: float) -> tuple[Lease, ...]:
        """Renew every live lease of the owner at once; one that is not in the answer is lost."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give it up; nothing happens if it is not ours any more."""
        ...

    async def release_all(self, owner: str) -> None:
        """Give up every lease of the owner."""
        ...

    async def holder(self, service: str) -> Lease | None:
        """The live lease, whoever has it."""
        ...
