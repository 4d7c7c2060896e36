"""`shipway assess`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json, Named

Changed = Annotated[
    str | None,
    Parameter(
        help="BASE..HEAD, BASE...HEAD from where they parted, or BASE; by default from the live version's tag, "
        "from where this branch left the remote's main one, or from the commit before.",
        metavar="RANGE",
    ),
]
Repository = Annotated[
    Path,
    Parameter(
        name="--repository", alias="-C", help="A folder of the git checkout.", metavar="PATH", show_default=True
    ),
]
RulesFile = Annotated[
    Path | None,
    Parameter(name="--rules", help="Rules of your own; `.shipway/assess.yaml` by default.", metavar="PATH"),
]
Coverage = Annotated[
    Path | None,
    Parameter(name="--coverage", help="A report: Cobertura's XML or lcov's lines.", metavar="PATH"),
]
AtMost = Annotated[
    Literal["low", "medium", "high"] | None,
    Parameter(name="--at-most", help="Exit code 3 where the risk is greater."),
]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Given:
    """Where it is read, and what else is known."""

    repository: Repository = Path()
    rules: RulesFile = None
    coverage: Coverage = None
    service: Named = None


USUAL = Given()


def assess(range: Changed = None, *, given: Given = USUAL, at_most: AtMost = None, json: Json = False) -> int:
    """Tell the risk of a change, low, medium, high or critical, with its reasons, from git alone.

    It looks at how much code changed, what it touches (schema migrations, authentication, payments,
    infrastructure, interfaces, dependencies by their lock files), whose files they are
    (CODEOWNERS), what became of them before (git, this machine's releases), and whether tests
    ran the changed lines (coverage.xml, lcov.info). The risk is that of the heaviest reason.

    Examples:
        shipway assess
        shipway assess v1.8.2..HEAD
        shipway assess origin/main...HEAD --at-most medium
        shipway assess HEAD~1 --coverage coverage.xml --json

    Then:
        `strategy: auto` in the release file chooses the strategy by it; `shipway plan VERSION`
        shows the way there.
    """
    from shipway.cli.shell.assessing import Asked
    from shipway.cli.shell.assessing_shown import shown

    asked = Asked(
        range=range,
        repository=given.repository,
        rules=given.rules,
        coverage=given.coverage,
        service=given.service,
    )
    return shown(asked, at_most=at_most, json=json)
