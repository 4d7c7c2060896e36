"""How a strategy was chosen: each turn with its sentence, who disagreed, and what it costs."""

from shipway.cli.render.paint import Paint, filled, table
from shipway.cli.shell.choosing import Resolved
from shipway.planning.choice.tables import COMPARISON, EXPAND_CONTRACT, FLAGS

CAUSES = 3


def lines(found: Resolved, paint: Paint, *, instead: str | None = None) -> list[str]:
    """`instead`: the strategy that a person took in its place."""
    choice = found.choice
    by = "the risk's own row" if choice.by == "level" else choice.by
    taken = f"; {instead} was asked for" if instead else ""
    shown = filled(f"{paint.strong(choice.words)} by {by}{taken}", head="auto  ")
    shown += [
        f"  {line}" for line in table([[one.question, one.answer, one.says] for one in choice.path], columns=78)
    ]
    shown += [line for one in _causes(found) for line in filled(one, head=f"  {paint.faint('because')} ")]
    for other in choice.others:
        shown += filled(f"{other.row}: {other.strategies}; {other.why}", head=f"  {paint.faint('against')} ")
    cost = COMPARISON[choice.strategy]
    said = f"{cost.rollback} to go back; replicas: {cost.cost}"
    shown += filled(said, head=f"  {paint.faint('costs')}   ")
    return [*shown, *(line for one in _advice(choice.extras) for line in filled(one, head="  · "))]


def _causes(found: Resolved) -> list[str]:
    """The heaviest reasons, with the first of their files."""
    if found.assessed is None:
        return []
    result = found.assessed.assessment
    heaviest = [one for one in result.reasons if one.risk == result.risk][:CAUSES]
    return [f"{one.sentence}{f': {one.files[0]}' if one.files else ''}" for one in heaviest]


def _advice(extras: tuple[str, ...]) -> list[str]:
    found = {
        FLAGS: "Put what is new behind a flag: `flags.ramps` shows it step by step.",
        EXPAND_CONTRACT: "The schema expands first and contracts last: `schema.changes` moves it along.",
    }
    return [found[one] for one in extras]


def as_data(found: Resolved) -> dict[str, object]:
    """For `--json`."""
    choice = found.choice
    return {
        "strategy": choice.strategy,
        "extras": list(choice.extras),
        "by": choice.by,
        "risk": choice.risk.word if found.assessed else None,
        "range": found.assessed.range.name if found.assessed else None,
        "needs": list(choice.needs),
        "path": [{"question": one.question, "answer": one.answer, "says": one.says} for one in choice.path],
        "others": [{"row": one.row, "strategies": one.strategies, "why": one.why} for one in choice.others],
    }
