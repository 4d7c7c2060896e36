"""Environments, tokens, webhooks and exposures: what stands beside the flags."""

import re
import secrets
from urllib.parse import urlsplit

import msgspec

from shipway.adapters.flag_store.values import Environment, Kind, Token, Told, Webhook
from shipway.flags.distinct import unpacked
from shipway.flags.fields import NAME
from shipway.server.flags.access import new_token
from shipway.server.flags.calls import Answer, Call, wrong_body
from shipway.server.flags.live import Live
from shipway.server.flags.problems import missing

ENVIRONMENTS_MAX = 100
TOKENS_MAX = 10_000
WEBHOOKS_MAX = 100
EXPOSURES_MAX = 1_000
COUNT_MAX = 10**9
WEEK_SECONDS = 7 * 86_400
SECRET_BYTES = 32


class NewEnvironment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes an environment."""

    name: str
    needs_approval: bool = False


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a token."""

    name: str
    kind: Kind
    environment: str | None = None


class NewWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a webhook."""

    url: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """How often a flag was answered how, and `users`: who got it, as `shipway.flags.distinct` packs it."""

    flag: str
    variant: str
    count: int
    users: str = ""


class Counted(msgspec.Struct, frozen=True):
    """What an SDK has counted since it told last."""

    exposures: tuple[Line, ...]


async def environments(call: Call) -> Answer:
    """All of them."""
    found = await call.environments.store.entries.environments()
    return Answer(content=[one for one in found if call.token.environment in (None, one.name)])


async def add_environment(call: Call) -> Answer:
    """Make one, or change whether its changes wait for approval."""
    _check_is_of_all(call)
    new = call.read(NewEnvironment)
    _check_name(new.name)
    if len(call.environments.by_name) >= ENVIRONMENTS_MAX and new.name not in call.environments.by_name:
        raise wrong_body(f"There are {ENVIRONMENTS_MAX} environments already.")
    revision = 0
    await call.environments.add(Environment(name=new.name, revision=revision, needs_approval=new.needs_approval))
    return Answer(status=201, content=call.environments.named(new.name).environment)


async def tokens(call: Call) -> Answer:
    """All of them, without what they are."""
    found = call.environments.access.by_hash.values()
    return Answer(content=[one for one in found if call.token.environment in (None, one.environment)])


async def add_token(call: Call) -> Answer:
    """Make a token. This answer is the only place where it is ever shown."""
    new = call.read(NewToken)
    _check_name(new.name)
    if new.environment is not None:
        call.environments.named(new.environment)
    if call.token.environment is not None and new.environment != call.token.environment:
        raise wrong_body(f"This token makes tokens for {call.token.environment} only.")
    names = [one.name for one in call.environments.access.by_hash.values() if one.revoked_at is None]
    if new.name in names or len(names) >= TOKENS_MAX:
        raise wrong_body(f"There is a token {new.name} already; who changes something is known by this name.")
    text, digest = new_token(new.kind)
    token = Token(
        id=secrets.token_hex(8),
        name=new.name,
        kind=new.kind,
        environment=new.environment,
        at=call.at,
        by=call.token.name,
    )
    await call.environments.store.desk.add_token(token, digest)
    await call.environments.look()
    return Answer(status=201, content={"token": text, **msgspec.structs.asdict(token)})


async def revoke_token(call: Call) -> Answer:
    """Take a token's rights away, at once."""
    id = call.path["id"]
    known = {one.id: one for one in call.environments.access.by_hash.values()}
    if id not in known or call.token.environment not in (None, known[id].environment):
        raise missing("token", id)
    await call.environments.store.desk.revoke(id, call.at)
    await call.environments.look()
    return Answer(status=204)


async def webhooks(call: Call) -> Answer:
    """Those of this environment, without their secrets."""
    found = await call.environments.store.desk.webhooks()
    here = call.live.environment.name
    return Answer(content=[_shown(one) for one in found if one.environment == here])


async def add_webhook(call: Call) -> Answer:
    """Tell an address of every change. The secret that signs what is sent is shown only here."""
    url = call.read(NewWebhook).url
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= 2_000
    except ValueError:
        is_good = False
    if not is_good:
        raise wrong_body("A webhook's address begins with https:// or http:// and names a host.")
    found = await call.environments.store.desk.webhooks()
    if len(found) >= WEBHOOKS_MAX:
        raise wrong_body(f"There are {WEBHOOKS_MAX} webhooks already.")
    webhook = Webhook(
        id=secrets.token_hex(8),
        environment=call.live.environment.name,
        url=url,
        secret=f"whsec_{secrets.token_urlsafe(SECRET_BYTES)}",
        at=call.at,
        by=call.token.name,
    )
    await call.environments.store.desk.add_webhook(webhook)
    return Answer(status=201, content={**_shown(webhook), "secret": webhook.secret})


async def remove_webhook(call: Call) -> Answer:
    """Tell it no longer."""
    id = call.path["id"]
    if not await call.environments.store.desk.remove_webhook(call.live.environment.name, id):
        raise missing("webhook", id)
    return Answer(status=204)


async def count(call: Call) -> Answer:
    """Add what an SDK has counted. Flags and variants that are not there are left out."""
    counted = call.read(Counted).exposures
    if len(counted) > EXPOSURES_MAX:
        raise wrong_body(f"At most {EXPOSURES_MAX} lines are counted at once.")
    known = [_told(one) for one in counted if _is_known(call.live, one) and 0 < one.count <= COUNT_MAX]
    await call.environments.store.counts.count(call.live.environment.name, known, call.at)
    return Answer(content={"counted": len(known)})


async def exposures(call: Call) -> Answer:
    """What was counted, by flag and variant; the query's `since` in seconds since 1970, a week without it."""
    since = call.number("since", int(call.at - WEEK_SECONDS))
    counts = call.environments.store.counts
    return Answer(content=await counts.exposures(call.live.environment.name, since=since))


def _told(one: Line) -> Told:
    try:
        registers = unpacked(one.users) if one.users else None
    except ValueError as error:
        raise wrong_body(f"The users of {one.flag} cannot be read: {error}.") from error
    return Told(flag=one.flag, variant=one.variant, count=one.count, registers=registers)


def _is_known(live: Live, one: Line) -> bool:
    flag = live.loaded.state.file.features.get(one.flag)
    return flag is not None and one.variant in ("on", "off", *(variant.name for variant in flag.variants))


def _shown(webhook: Webhook) -> dict[str, object]:
    return {key: value for key, value in msgspec.structs.asdict(webhook).items() if key != "secret"}


def _check_is_of_all(call: Call) -> None:
    if call.token.environment is not None:
        raise wrong_body("This takes a token of all environments.", where="the token")


def _check_name(name: str) -> None:
    if not re.fullmatch(NAME, name, re.ASCII):
        raise wrong_body(
            "Names have 1 to 100 letters, digits and the signs - _ . and begin with a letter or digit."
        )
