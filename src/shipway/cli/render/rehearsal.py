"""What would have happened: one rehearsal as a timeline, several as a table."""

from shipway.cli.render.paint import Paint, clip, filled, table
from shipway.cli.render.words import duration, known, named, plural, rate, work
from shipway.simulation.rehearse import SECONDS, UNITS, Fault, Rehearsal

SIGNS = {"finished": "✓", "rolled-back": "✗", "held": "!"}


def timeline(played: Rehearsal, paint: Paint) -> list[str]:
    """One fault, line by line."""
    called = named(known(played.plan))
    base = f"{called[played.plan.base]} → " if played.plan.base else ""
    head = f"{paint.strong(played.plan.service)}  {base}{called[played.plan.candidate]} by {played.plan.strategy}"
    found = [head, *filled(f"With {size(played.fault)}: {played.fault.meaning}."), ""]
    for line in played.lines:
        found += filled(line.text, head=f"  {'+' + duration(line.at):>14}  ")
    return [*found, "", *_closing(played, paint)]


def size(fault: Fault) -> str:
    """`candidate-errors=20%`."""
    if fault.size is None:
        return fault.name
    unit, factor = UNITS.get(fault.name, SECONDS)
    return f"{fault.name}={fault.size / factor:g}{unit}"


def _closing(played: Rehearsal, paint: Paint) -> list[str]:
    what, did = ("requests", "answered") if work(played.plan) == "traffic" else ("jobs", "did")
    users = _users(played.noticed) if what == "requests" else ""
    said = (
        f"{played.outcome.replace('-', ' ')} after {duration(played.seconds)}. Of {played.requests:,} {what} "
        f"the new version {did} {rate(played.exposed)}; {played.noticed:,} failed that would not have "
        f"failed without the release{users}."
    )
    return filled(said, head=f"{_sign(played, paint)} ")


def _users(noticed: int) -> str:
    """Each failed request is somebody's; the simulator does not know whose."""
    return f", so at most {plural(noticed, 'user')} noticed" if noticed else ", so nobody noticed"


def _sign(played: Rehearsal, paint: Paint) -> str:
    sign = SIGNS.get(played.outcome, "·")
    return {"✓": paint.good, "✗": paint.bad}.get(sign, paint.warn)(sign)


def overview(all_played: list[Rehearsal], paint: Paint) -> list[str]:
    """A line for each fault."""
    is_of_jobs = bool(all_played) and work(all_played[0].plan) == "jobs"
    told = ["it did", "jobs hurt"] if is_of_jobs else ["it answered", "requests hurt"]
    rows = [["", "fault", "ends", "after", *told]]
    for played in all_played:
        reached = rate(played.exposed)
        ends = played.outcome.replace("-", " ")
        noticed = f"{played.noticed:,} of {played.requests:,}"
        rows.append([_sign(played, paint), size(played.fault), ends, duration(played.seconds), reached, noticed])
    head, *body = table(rows)
    closing = f"{plural(len(all_played), 'rehearsal')}; `--fault NAME` shows one of them step by step."
    return [paint.faint(clip(head, 80)), *(clip(line, 80) for line in body), "", *filled(closing)]
