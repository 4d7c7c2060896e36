"""`shipway check`."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import File, Json

NoStart = Annotated[bool, Parameter(name="--no-start", negative=(), help="Do not start a replica.")]
Manifests = Annotated[
    tuple[str, ...],
    Parameter(
        name="--manifests",
        negative=(),
        allow_leading_hyphen=True,
        help="Only these Kubernetes manifests: a file, a folder, or `-` for standard input. May be repeated.",
    ),
]
Release = Annotated[
    bool,
    Parameter(name="--release", negative=(), help="Go through the ten items before a release; sign them."),
]
Rollback = Annotated[
    bool,
    Parameter(name="--rollback", negative=(), help="Show what to verify before going back and after it."),
]
Confirm = Annotated[
    tuple[str, ...],
    Parameter(
        name="--confirm",
        help="With --release: an item that nobody can see, and how you know.",
        metavar="ITEM=NOTE",
        negative=(),
    ),
]
Waive = Annotated[
    tuple[str, ...],
    Parameter(
        name="--waive",
        help="With --release: an item that is not so, and why you ship.",
        metavar="ITEM=REASON",
        negative=(),
    ),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Signing:
    """The checklist before a release."""

    release: Release = False
    confirm: Confirm = ()
    waive: Waive = ()


@Parameter(name="*")
@dataclass(frozen=True)
class Trying:
    """How much is tried."""

    no_start: NoStart = False
    manifests: Manifests = ()
    rollback: Rollback = False


NOTHING, ALL = Signing(), Trying()


def check(
    version: Annotated[str | None, Parameter(help="The version to try; its `prepare` must have run.")] = None,
    *,
    file: File = Path("shipway.yaml"),
    trying: Trying = ALL,
    signing: Signing = NOTHING,
    json: Json = False,
) -> int:
    """Try whether the release file and this machine work together, without releasing anything.

    It reads the file, looks whether ports are free, the command exists, Envoy is installed, the
    disk has room and the store opens; then it starts one replica on a free port, beside
    everything else, asks its health endpoints, and stops it. Exit code 3 when something fails.

    Of Kubernetes manifests it says what in them would lose requests, each with what to write instead.

    With --release it goes through the ten items before a release instead: each is looked at where
    `checklist` in the release file says where, and asked for where nobody can see it. When all
    are settled the list is signed and kept with the release; `checklist.required` refuses a
    deploy without one.

    With --rollback it goes through what to verify before going back and after it: what the
    guard, the plan and the counters say of it, and what only people know. It changes nothing.

    Examples:
        shipway check
        shipway check 1.9.0
        shipway check --no-start
        shipway check --manifests k8s/
        helm template chart | shipway check --manifests -
        shipway check 1.9.0 --release
        shipway check 1.9.0 --release --confirm load-test="run 81, p99 120 ms"
        shipway check --rollback

    Then:
        `shipway plan VERSION` shows what a deploy would do.
    """
    _refuse(version, trying, signing)
    if trying.rollback:
        from shipway.cli.shell.checklist.going_back import shown

        return shown(file, as_json_wanted=json)
    if trying.manifests:
        from shipway.cli.shell.manifests import checked_alone

        return checked_alone(trying.manifests, as_json_wanted=json)
    from shipway.cli.shell.checking import checked

    if signing.release:
        wanted = _list(file, version, signing, starts=not trying.no_start, as_json_wanted=json)
        return asyncio.run(wanted)
    return asyncio.run(checked(file, version, starts=not trying.no_start, as_json_wanted=json))


def _refuse(version: str | None, trying: Trying, signing: Signing) -> None:
    """Raises `WrongWords` for words that do not go together: none of them is left out silently."""
    from shipway.cli.shell.commands import WrongWords

    said = [f"--{name}" for name in ("release", "confirm", "waive") if getattr(signing, name)]
    if trying.rollback and (version or said or trying.manifests or trying.no_start):
        raise WrongWords(
            "`--rollback` stands alone",
            where="shipway check",
            why="It looks at the release that may go back, and tries and signs no version.",
            fix="Write `shipway check --rollback`.",
        )
    if trying.manifests and said:
        raise WrongWords(
            f"`--manifests` and `{said[0]}` do not go together",
            where="shipway check",
            why="With --manifests nothing but manifests is looked at, and no version is signed.",
            fix="Run both, one after the other.",
        )
    if said and not signing.release:
        raise WrongWords(
            f"`{said[0]}` belongs to `--release`",
            where="shipway check",
            why="Only the checklist before a release has items, and it is signed and kept.",
            fix=f"Write `shipway check VERSION --release {said[0]} …`.",
        )


async def _list(file: Path, version: str | None, signing: Signing, *, starts: bool, as_json_wanted: bool) -> int:
    from shipway.cli.render import as_json
    from shipway.cli.render import checklist as render
    from shipway.cli.shell.checklist.running import gone_through, said
    from shipway.cli.shell.checklist.subject import subject
    from shipway.cli.shell.commands import WrongWords
    from shipway.cli.shell.terminal import out
    from shipway.errors import Exit
    from shipway.home import find
    from shipway.planning.checklist import is_complete
    from shipway.spec.load import load

    if version is None:
        raise WrongWords(
            "Which version is to be released?",
            where="shipway check --release",
            why="A checklist is signed for one version.",
            fix="Write `shipway check 1.9.0 --release`.",
        )
    confirmed, waived = said(signing.confirm, "--confirm"), said(signing.waive, "--waive")
    about = subject(find(), load(file), version, starts=starts)
    found = await gone_through(about, confirmed, waived, asks=not as_json_wanted)
    screen = out()
    if as_json_wanted:
        screen.say(as_json.text(render.as_data(found, version)))
    else:
        screen.all(render.lines(found, version, screen.paint))
    return Exit.DONE if is_complete(found.items) else Exit.REFUSED
