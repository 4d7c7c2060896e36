"""What the linter found: for people, for GitHub, as SARIF, as JSON."""

from collections.abc import Callable

from shipway.cli.render import as_json
from shipway.cli.render.paint import Paint, filled
from shipway.cli.render.sarif import sarif
from shipway.cli.render.words import plural, size
from shipway.cli.shell.linting import Looked
from shipway.schema.lint.hazard import Finding
from shipway.schema.lint.tables import POSTGRES

GUIDE = "docs/guides/schema-lint.md"
INDENT = 7
Lines = list[str]


def lines_in(form: str, looked: Looked, paint: Paint) -> Lines:
    """In one of the forms."""
    if form == "text":
        return text(looked, paint)
    return FORMS[form](looked)


def text(looked: Looked, paint: Paint) -> Lines:
    """Hazards whole, advice in a few words."""
    found: Lines = []
    for one in looked.findings:
        found += [*_hazard(one, looked, paint), ""] if one.is_hazard else [*_advice(one, paint), ""]
    return [*found, _sum(looked, paint)]


def _hazard(one: Finding, looked: Looked, paint: Paint) -> Lines:
    shown = [f"{paint.bad('✗')} {paint.strong(one.where)}  {one.hazard.name}"]
    shown += filled(one.found.what, head="  ")
    if one.hazard.lock is not None:
        held = f"{one.hazard.lock.label}: stops {one.hazard.lock.stops}, {one.hazard.duration.held}"
        shown += filled(held, head=f"  {paint.faint('lock ')} ")
    if one.found.table in looked.server.tables:
        shown += [f"  {paint.faint('table')} {_size(one, looked)}"]
    shown += filled(one.hazard.why, head=f"  {paint.faint('why  ')} ")
    return [*shown, *_fix(one, paint)]


def _fix(one: Finding, paint: Paint) -> Lines:
    """As it is: it is to be copied."""
    lines = [line for part in one.found.fix for line in part.splitlines()]
    return [f"  {paint.faint('fix  ') if not at else '     '} {line}" for at, line in enumerate(lines)]


def _size(one: Finding, looked: Looked) -> str:
    table = looked.server.tables[one.found.table]
    return f"{one.found.table}: {plural(table.rows, 'row')}, {size(table.size_bytes)}"


def _advice(one: Finding, paint: Paint) -> Lines:
    return [
        f"{paint.warn('!')} {one.where}  {one.hazard.name}",
        *filled(one.found.what, head="  "),
        *_fix(one, paint),
    ]


def _sum(looked: Looked, paint: Paint) -> str:
    hazards = sum(one.is_hazard for one in looked.findings)
    advice = len(looked.findings) - hazards
    files = plural(looked.files, "file")
    if hazards:
        return f"{paint.bad('✗')} {plural(hazards, 'hazard')} in {files}; advice: {advice}. {GUIDE} explains them."
    return f"{paint.good('✓')} No hazard in {files}; advice: {advice}."


def github(looked: Looked) -> Lines:
    """Workflow commands, which GitHub shows beside the line."""
    return [
        f"::{'error' if one.is_hazard else 'notice'} file={_property(one.file)},line={one.line},col={one.column},"
        f"title={_property(one.hazard.name)}::{_message(_told(one))}"
        for one in looked.findings
    ]


def _told(one: Finding) -> str:
    return "\n".join((one.found.what, "", *one.found.fix))


def _message(text: str) -> str:
    """As GitHub's toolkit escapes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def as_data(looked: Looked) -> dict[str, object]:
    """For `--json`."""
    return {
        "postgres": looked.server.version if looked.server.dialect in ("", POSTGRES) else None,
        "dialect": looked.server.dialect or None,
        "files": looked.files,
        "hazards": sum(one.is_hazard for one in looked.findings),
        "findings": [_data(one, looked) for one in looked.findings],
    }


def _data(one: Finding, looked: Looked) -> dict[str, object]:
    table, lock = looked.server.tables.get(one.found.table), one.hazard.lock
    return {
        "hazard": one.hazard.name,
        "level": one.hazard.level.value,
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "what": one.found.what,
        "why": one.hazard.why,
        "lock": lock.label if lock else None,
        "held": one.hazard.duration.label if lock else None,
        "fix": list(one.found.fix),
        "table": one.found.table or None,
        "rows": table.rows if table else None,
        "bytes": table.size_bytes if table else None,
        "statement": one.statement,
    }


FORMS: dict[str, Callable[[Looked], Lines]] = {
    "github": github,
    "sarif": lambda looked: [as_json.text(sarif(looked.findings))],
    "json": lambda looked: [as_json.text(as_data(looked))],
}
