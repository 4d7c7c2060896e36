"""Which hooks of a run are to be called, wait for an answer, or have failed. Pure: `hooking.py` calls them.

Those of one moment are called one after the other, in the order of the file; those that accompany a stage all
at once. Their answers are kept by row; those of a take-back below `BACK`.
"""

from shipway.engine.state import Asked, Run
from shipway.model.hook import AFTER_STAGE, BEFORE_STAGE, BEFORE_SWITCH, DURING_STAGE, ON_ROLLBACK, Hook

AFTER = "after-hooks"
"""The rule that waits for them; only then those after a stage are called."""
BACK = -1


def key(row: int, number: int) -> str:
    """Under which a run keeps an answer."""
    return f"{row}/{number}"


def first_ones(run: Run) -> str:
    """What has to succeed before the row is begun; empty once all have."""
    return _waiting(run, run.row, BEFORE_STAGE, BEFORE_SWITCH)


def last_ones(run: Run) -> str:
    """What has to succeed before the row is left, or has to answer before a take-back is over."""
    if run.back is None:
        return _waiting(run, run.row, AFTER_STAGE)
    unanswered = next((n for n in _numbers(run, ON_ROLLBACK) if _passed(run, BACK, n) is None), None)
    return "" if unanswered is None else f"{_called(run, unanswered)} has not answered"


def failure(run: Run) -> str:
    """Why the first failed hook of this row failed; those of a take-back stop nothing."""
    failed = (run.hooks[name] for n in range(len(_calls(run))) if (name := key(run.row, n)) in run.hooks)
    return next((asked.detail for asked in failed if asked.passed is False), "") if run.back is None else ""


def due(run: Run, rule: str) -> tuple[tuple[int, int], ...]:
    """(row, number) of what should run now, by the rule of the last decision; some of it may run already."""
    if run.back is not None:
        return _next(run, BACK, ON_ROLLBACK)
    if failure(run) or run.drift:
        return ()
    before = _next(run, run.row, BEFORE_STAGE, BEFORE_SWITCH)
    if before or run.settled_at is None:
        return before
    during = tuple((run.row, n) for n in _numbers(run, DURING_STAGE) if _passed(run, run.row, n) is None)
    return (*during, *(_next(run, run.row, AFTER_STAGE) if rule == AFTER else ()))


def waiting_since(run: Run) -> float | None:
    """When the newest call was made whose answer may come at any time."""
    rows = {str(run.row), str(BACK)}
    open_ones = (asked for name, asked in run.hooks.items() if name.partition("/")[0] in rows)
    return max((asked.at for asked in open_ones if asked.passed is None), default=None)


def ends_with_stage(run: Run, row: int, number: int) -> bool:
    """Whether it accompanies a stage, so that leaving the stage is its proper end."""
    return row != BACK and _calls(run)[number].moment == DURING_STAGE


def _calls(run: Run) -> tuple[Hook, ...]:
    return run.plan.hooks.calls


def _numbers(run: Run, *moments: str) -> tuple[int, ...]:
    """Of these moments; the switch is the row from which all traffic is on the candidate."""
    is_switch = run.row == run.plan.promoted
    return tuple(
        number
        for number, hook in enumerate(_calls(run))
        if hook.moment in moments and (hook.moment != BEFORE_SWITCH or is_switch)
    )


def _passed(run: Run, row: int, number: int) -> bool | None:
    return run.hooks.get(key(row, number), Asked()).passed


def _next(run: Run, row: int, *moments: str) -> tuple[tuple[int, int], ...]:
    """The first that has not answered; a failed one on the way back is passed over."""
    stops = (None,) if row == BACK else (None, False)
    return tuple((row, n) for n in _numbers(run, *moments) if _passed(run, row, n) in stops)[:1]


def _waiting(run: Run, row: int, *moments: str) -> str:
    found = _next(run, row, *moments)
    return f"{_called(run, found[0][1])} has not agreed" if found else ""


def _called(run: Run, number: int) -> str:
    hook = _calls(run)[number]
    return f"{hook.moment} {hook.target}"
