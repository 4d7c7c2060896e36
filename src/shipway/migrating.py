"""The database of a release, and the changes of its schema as their files are when it is asked for."""

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from shipway.model.phase import Phase
from shipway.model.release import Chosen
from shipway.model.revision import Revision, SchemaRange
from shipway.spec.changes import Move
from shipway.spec.load import Loaded
from shipway.spec.problems import InputErrors, WrongValue

ANY = "sql"
"""The adapter where the address is not known here: it finds the dialect when it is used."""


def database_chosen(loaded: Loaded) -> Chosen | None:
    """The adapter with all that it needs: what a file says later changes nothing. Raises `InputErrors`."""
    written = loaded.file.schema_
    if written is None or not written.changes:
        return None
    root = loaded.root.absolute()
    changes = {name: _change(loaded, root, name, move) for name, move in written.changes.items()}
    options = {"database": written.database, "directory": str(root), "changes": changes}
    return Chosen(name=_dialect(written.database, root) or ANY, options=options)


def _dialect(reference: str, root: Path) -> str:
    """Its name, which is the adapter's; empty where only the controller has the variable or the file."""
    from shipway.adapters.databases.opening import dialect_of
    from shipway.adapters.web.credentials import CredentialMissing, Credentials

    try:
        return dialect_of(Credentials({"database": reference}, directory=root).read()["database"])
    except CredentialMissing:
        return ""


def _change(loaded: Loaded, root: Path, name: str, move: Move) -> dict[str, str]:
    """Its file's place and content, once it is known to be one, of this name."""
    from shipway.schema.change_file import load

    path = root / move.file
    change = load(path)
    if change.name != name:
        wrong = WrongValue(
            f"schema.changes: {move.file} is about {change.name}, not {name}",
            where=loaded.where("schema", "changes", name, "file"),
            why="A change is known to its database by the name that its own file gives it.",
            fix=f"Write `{change.name}:` here, or name another file.",
        )
        raise InputErrors([wrong], file=str(loaded.path))
    return {"file": move.file, "text": path.read_text(encoding="utf-8-sig")}


def knowing_the_new_shape(revision: Revision, phases: Mapping[str, Phase]) -> Revision:
    """The same revision, which is deployed for the first time: of changes that were contracted before it knows
    the new shape alone, even where it does not name them."""
    ended = (name for name, phase in phases.items() if phase == Phase.CONTRACTED and name not in revision.schema)
    new = {name: SchemaRange(Phase.CONTRACTED, Phase.CONTRACTED) for name in ended}
    return replace(revision, schema={**revision.schema, **new}) if new else revision
