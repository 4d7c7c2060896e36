"""What queries say for one revision, and what is wrong with a query's answer."""

from collections.abc import Mapping, Sequence

from shipway.errors import PortError
from shipway.model.doubt import Doubt
from shipway.model.revision import RevisionId

SHOWN_MAX = 120


class QueryWrong(PortError):
    """A query cannot be asked, or what it gives is not what is meant."""

    code = "metric-query"


def filled(query: str, service: str, revision: RevisionId) -> str:
    """The query for one revision. Versions have letters, digits and `._+-` only: nothing needs an escape."""
    version = revision.rpartition("-")[0] or revision
    return query.replace("{version}", version).replace("{revision}", revision).replace("{service}", service)


def told_apart(query: str, service: str, revisions: Sequence[RevisionId]) -> Mapping[RevisionId, str]:
    """One query for each. Raises `QueryWrong` where two revisions would be asked the same."""
    queries = {revision: filled(query, service, revision) for revision in revisions}
    if len(set(queries.values())) == len(queries):
        return queries
    raise QueryWrong(
        f"the query cannot tell {' and '.join(revisions)} apart",
        where=shown(query),
        why="They have the same version, and differ in configuration only.",
        fix="Use {revision} in it: give your metrics a label with the revision.",
    )


def nothing(asked: str, revision: RevisionId, *, during: str = "now") -> Doubt:
    """No value came back."""
    return Doubt(
        what=f"returns nothing for {revision}",
        why=f"Nothing came back {during} for {shown(asked)}",
        fix="Try it on the source's own page: a label or a name may be another, or nothing is counted yet.",
        is_empty=True,
    )


def shown(text: str) -> str:
    """On one line, and short."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN_MAX else f"{line[: SHOWN_MAX - 3]}..."
