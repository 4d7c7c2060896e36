"""Chooses: first deployment, then risk, then the tree, then the table; each turn with its sentence."""

from msgspec import Struct

from shipway.model.risk import LEVELS, Risk
from shipway.planning.choice.situation import Situation
from shipway.planning.choice.tables import EXPAND_CONTRACT, FLAGS, ROOT, SELECTION, SHIPPED_BY, THEN, TREE, Row

WITH = " + "
INSTEAD = ("canary", "rolling")
"""In place of what cannot be done here, in this order."""


class Turn(Struct, frozen=True, kw_only=True):
    """A question, its answer, and why."""

    question: str
    answer: str
    says: str


class Other(Struct, frozen=True, kw_only=True):
    """A row that recommends something else."""

    row: str
    strategies: str
    why: str


class Choice(Struct, frozen=True, kw_only=True):
    """What is done, by what, and who disagreed."""

    strategy: str
    extras: tuple[str, ...]
    """`feature-flags`, `expand-contract`."""
    by: str
    """`first deployment`, `risk`, `tree`, `table`, or `level`: the risk's own row, where nothing else knew."""
    path: tuple[Turn, ...]
    others: tuple[Other, ...]
    risk: Risk
    needs: tuple[str, ...]
    """What has to be there before users meet it."""

    @property
    def words(self) -> str:
        """`canary + feature-flags`."""
        return WITH.join((self.strategy, *self.extras))


class _Answer(Struct, frozen=True):
    wanted: str
    by: str
    path: tuple[Turn, ...]


def choose(now: Situation) -> Choice:
    """Whatever is known or not, there is an answer."""
    found = _first(now) or _risk(now) or _tree(now)
    wanted, *more = found.wanted.split(WITH)
    strategy, path = _possible(SHIPPED_BY.get(wanted, wanted), now, found.path)
    extras = [FLAGS] if FLAGS in (wanted, *more) else []
    extras += [adds for row in SELECTION if row.applies(now) for adds in row.adds if adds == EXPAND_CONTRACT]
    return Choice(
        strategy=strategy,
        extras=tuple(extras),
        by=found.by,
        path=path if now.is_first else (*path, _turn(THEN, now)),
        others=_others(now, WITH.join((wanted, *more)), strategy),
        risk=now.risk,
        needs=() if now.is_first else LEVELS[now.risk].needs,
    )


def _first(now: Situation) -> _Answer | None:
    if not now.is_first:
        return None
    row = SELECTION[0]
    turn = Turn(question="first deployment?", answer="yes", says=row.why)
    return _Answer(row.strategies[0], "first deployment", (turn,))


def _risk(now: Situation) -> _Answer | None:
    """High and critical decide by themselves; of their row's strategies the first that can be done here."""
    if now.risk < Risk.HIGH:
        return None
    rows = LEVELS[now.risk].strategies
    wanted = next((one for one in rows if one.split(WITH)[0] in now.possible), rows[0])
    turn = Turn(question="risk?", answer=now.risk.word, says=f"{' or '.join(rows)}; {LEVELS[now.risk].how}")
    return _Answer(wanted, "risk", (_not_first(), turn))


def _tree(now: Situation) -> _Answer:
    says = "not high: size and traffic decide"
    path = [_not_first(), Turn(question="risk?", answer=now.risk.word, says=says)]
    at = ROOT
    while at in TREE:
        path.append(_turn(at, now))
        answer = TREE[at].answer(now)
        if answer is None:
            return _table(now, tuple(path))
        at = TREE[at].yes if answer else TREE[at].no
    return _Answer(at, "tree", tuple(path))


def _table(now: Situation, path: tuple[Turn, ...]) -> _Answer:
    """The first row that fits and names a strategy; else what the risk's own row says."""
    row = next((row for row in SELECTION if row.strategies and row.applies(now)), None)
    if row is not None:
        return _Answer(_named(row), "table", (*path, Turn(question=f"{row.name}?", answer="yes", says=row.why)))
    level = LEVELS[now.risk]
    turn = Turn(question="no row of the table fits", answer=now.risk.word, says=level.approach)
    return _Answer(level.strategies[0], "level", (*path, turn))


def _named(row: Row) -> str:
    return WITH.join((*row.strategies, *row.adds))


def _turn(name: str, now: Situation) -> Turn:
    question = TREE[name]
    answer = question.answer(now)
    if answer is None:
        return Turn(question=question.name, answer="unknown", says="`auto.users` is not set; the table is asked")
    says = question.yes_says if answer else question.no_says
    return Turn(question=question.name, answer="yes" if answer else "no", says=says)


def _not_first() -> Turn:
    return Turn(
        question="first deployment?", answer="no", says="there is a version to compare with and to return to"
    )


def _possible(wanted: str, now: Situation, path: tuple[Turn, ...]) -> tuple[str, tuple[Turn, ...]]:
    if wanted in now.possible:
        return wanted, path
    instead = next((one for one in INSTEAD if one in now.possible), now.possible[0])
    says = f"neither the kind of this service nor its platform can do {wanted}"
    return instead, (*path, Turn(question=f"{wanted} possible?", answer="no", says=f"{says}: {instead}"))


def _others(now: Situation, wanted: str, strategy: str) -> tuple[Other, ...]:
    """Rows that apply and do not recommend what is done; alternatives of the risk's own row as well."""
    found = [
        Other(row=row.name, strategies=_named(row), why=row.why) for row in _rows(now) if _named(row) != wanted
    ]
    level = LEVELS[now.risk]
    rest = [one for one in level.strategies if one != wanted]
    if rest and not now.is_first:
        found.insert(0, Other(row=f"{now.risk.word} risk", strategies=" or ".join(rest), why=level.how))
    if now.risk >= Risk.HIGH and not now.is_first:
        other = _tree(now)
        if other.by == "tree" and other.wanted not in (wanted, strategy):
            found.append(Other(row="tree", strategies=other.wanted, why=other.path[-1].says))
    return tuple(found)


def _rows(now: Situation) -> tuple[Row, ...]:
    return tuple(row for row in SELECTION if row.strategies and row.applies(now))
