"""Every operation of the management interface, in one table: routes and the OpenAPI document come from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shipway.adapters.flag_store.values import Changed, Environment, Exposure, Proposal, Token
from shipway.server.flags import flags, people, proposals
from shipway.server.flags.calls import Handler
from shipway.server.flags.flags import ENTRY, Entries

FILE_BYTES_MAX = 10_000_000
BODY_BYTES_MAX = 1_000_000

Schema = Mapping[str, object]
OBJECT: Schema = {"type": "object"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    handler: Handler
    action: str = "manage"
    """What its token has to be good for; see `access.MAY`."""
    body: type | Schema | None = None
    answer: type | Schema | None = None
    status: int = 200
    query: tuple[str, ...] = ()
    bytes_max: int = BODY_BYTES_MAX
    is_text: bool = False
    """Whether it takes or gives YAML."""
    may_wait: bool = False
    """Whether it may become a proposal."""
    is_of_one: bool = True
    """Whether it is about one environment."""

    @property
    def summary(self) -> str:
        """Its first sentence."""
        return (self.handler.__doc__ or "").split("\n")[0]


def operations() -> tuple[Operation, ...]:
    """All of them."""
    return (*_entries(), *_whole(), *_proposals(), *_beside(), *_counted())


def _entries() -> Iterator[Operation]:
    for kind in ENTRY:
        entries = Entries(kind)
        one, all = f"/{_word(kind)}/{{name}}", f"/{_word(kind)}"
        shown: Schema = {"type": "object", "required": ["name", "version"]}
        yield Operation(method="GET", path=all, handler=entries.list, answer={"type": "array", "items": shown})
        yield Operation(method="GET", path=one, handler=entries.get, answer=shown)
        yield Operation(
            method="PUT",
            path=one,
            handler=entries.put,
            body=OBJECT,
            answer=shown,
            query=("reason",),
            may_wait=True,
        )
        yield Operation(
            method="PATCH",
            path=one,
            handler=entries.patch,
            body=OBJECT,
            answer=shown,
            query=("reason",),
            may_wait=True,
        )
        yield Operation(
            method="DELETE", path=one, handler=entries.delete, status=204, query=("reason",), may_wait=True
        )


def _word(kind: str) -> str:
    return "flags" if kind == "features" else kind


def _whole() -> Iterator[Operation]:
    yield Operation(method="GET", path="/export", handler=flags.export, is_text=True)
    yield Operation(
        method="POST",
        path="/import",
        handler=flags.import_file,
        is_text=True,
        answer=OBJECT,
        query=("reason", "keep"),
        bytes_max=FILE_BYTES_MAX,
        may_wait=True,
    )
    yield Operation(
        method="GET",
        path="/audit",
        handler=flags.audit,
        answer=list[Changed],
        query=("name", "before", "limit"),
    )


def _proposals() -> Iterator[Operation]:
    yield Operation(method="GET", path="/proposals", handler=proposals.proposals, answer=list[Proposal])
    yield Operation(method="POST", path="/proposals/{id}/approve", handler=proposals.approve, answer=OBJECT)
    yield Operation(method="POST", path="/proposals/{id}/reject", handler=proposals.reject, status=204)


def _beside() -> Iterator[Operation]:
    shown = list[Environment]
    yield Operation(method="GET", path="/environments", handler=people.environments, answer=shown, is_of_one=False)
    yield Operation(
        method="POST",
        path="/environments",
        handler=people.add_environment,
        body=people.NewEnvironment,
        answer=Environment,
        status=201,
        is_of_one=False,
    )
    yield Operation(method="GET", path="/tokens", handler=people.tokens, answer=list[Token], is_of_one=False)
    yield Operation(
        method="POST",
        path="/tokens",
        handler=people.add_token,
        body=people.NewToken,
        answer=OBJECT,
        status=201,
        is_of_one=False,
    )
    yield Operation(method="DELETE", path="/tokens/{id}", handler=people.revoke_token, status=204, is_of_one=False)
    hooks: Schema = {"type": "array", "items": OBJECT}
    yield Operation(method="GET", path="/webhooks", handler=people.webhooks, answer=hooks)
    yield Operation(
        method="POST",
        path="/webhooks",
        handler=people.add_webhook,
        body=people.NewWebhook,
        answer=OBJECT,
        status=201,
    )
    yield Operation(method="DELETE", path="/webhooks/{id}", handler=people.remove_webhook, status=204)


def _counted() -> Iterator[Operation]:
    yield Operation(
        method="POST",
        path="/exposures",
        handler=people.count,
        action="evaluate",
        body=people.Counted,
        answer=OBJECT,
    )
    yield Operation(
        method="GET", path="/exposures", handler=people.exposures, answer=list[Exposure], query=("since",)
    )
