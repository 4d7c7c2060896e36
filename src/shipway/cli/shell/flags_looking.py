"""Commands that look at flags and change nothing."""

import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from shipway.cli.shell.arguments import Json
from shipway.cli.shell.flags_arguments import HERE, Name, Where
from shipway.cli.shell.terminal import out
from shipway.errors import Exit


def list_flags(*, where: Where = HERE, json: Json = False) -> int:
    """List all flags: who has them, their variants, who answers for them.

    Examples:
        shipway flags list
        shipway flags list --server https://flags.example.com --json

    Then:
        `shipway flags show FLAG` has all of one flag, `shipway flags explain` why a user has it.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import flags as render
    from shipway.cli.shell.flag_desk import desk, state
    from shipway.flags.schedule import as_of
    from shipway.home import find

    found = state(desk(where.server, where.file, where.environment, find())).file
    features = as_of(found, time.time()).features
    if json:
        out().say(as_json.text([render.data(flag) for flag in features.values()]))
    else:
        out().all(render.lines(features.values(), out().paint))
    return 0


def show(
    flag: Name,
    *,
    where: Where = HERE,
    json: Json = False,
) -> int:
    """Print all that is said of a flag; where a server keeps them, its last changes and who got which answer.

    Examples:
        shipway flags show new-checkout
        shipway flags show new-checkout --json

    Then:
        `shipway flags set new-checkout KEY=VALUE` changes what it says.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import flags as render
    from shipway.cli.shell.flag_desk import desk, entry
    from shipway.flags.documents import text_of
    from shipway.home import find

    found = desk(where.server, where.file, where.environment, find())
    said, trail, counts = entry(found.document(), flag), found.trail(flag), found.exposures(flag)
    if json:
        made = {"name": flag, "flag": said, "changes": list(trail), "exposures": list(counts)}
        out().say(as_json.text(made))
        return 0
    document = {"features": {flag: said}, "segments": {}, "exclusive": {}, "holdouts": {}}
    out().write(text_of(document))
    out().all(render.trail(trail, out().paint, now=time.time()))
    out().all(render.exposures(counts, out().paint))
    return 0


def explain(
    flag: Name,
    /,
    *attributes: Annotated[str, Parameter(help="The user: user_id=42 region=us-west.", metavar="NAME=VALUE")],
    where: Where = HERE,
    json: Json = False,
) -> int:
    """Say whether a user has a flag, and why.

    Examples:
        shipway flags explain new-checkout user_id=42 region=us-west
        shipway flags explain new-checkout user_id=42 --json

    Then:
        The reason names what decided: the kill switch, a list, a rule, the user's place on the
        line from 0 to 100%.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import flags as render
    from shipway.cli.shell.flag_desk import desk, entry, text
    from shipway.flags import FeatureFlags
    from shipway.home import find

    found = desk(where.server, where.file, where.environment, find())
    entry(found.document(), flag)
    explanation = FeatureFlags.of(text(found)).explain(flag, render.user_of(attributes))
    out().say(as_json.text(render.explained(explanation)) if json else str(explanation))
    return 0


def test(
    expectations: Annotated[
        Path, Parameter(help="A list in YAML: flag, user, expect.", metavar="PATH", show_default=True)
    ] = Path("feature-flags.tests.yaml"),
    *,
    where: Where = HERE,
    json: Json = False,
) -> int:
    """Check what certain users have against a list of expectations, and end with 3 if one fails.

    Each item of the list has a flag, a user (its attributes) and what is expected: true, false
    or the name of a variant.

    Examples:
        shipway flags test
        shipway flags test expectations.yaml --file feature-flags.yaml

    Then:
        In a pipeline, run it before `shipway flags import`.
    """
    from shipway.cli.render import as_json
    from shipway.cli.render import flags as render
    from shipway.cli.shell.flag_desk import desk, text
    from shipway.flags.expecting import outcomes, read
    from shipway.home import find

    wanted = read(expectations)
    found = outcomes(wanted, text(desk(where.server, where.file, where.environment, find())))
    if json:
        out().say(as_json.text([render.outcome(one) for one in found]))
    else:
        out().all(render.outcomes(found, out().paint))
    return Exit.DONE if all(one.is_met for one in found) else Exit.REFUSED


def export(*, where: Where = HERE, json: Json = False) -> int:
    """Print all flags of an environment as a file of flags.

    Examples:
        shipway flags export > feature-flags.yaml
        shipway flags export --environment staging --json

    Then:
        `shipway flags import feature-flags.yaml` brings them to another server.
    """
    from shipway.cli.render import as_json
    from shipway.cli.shell.flag_desk import desk, text
    from shipway.home import find

    found = desk(where.server, where.file, where.environment, find())
    out().write(f"{as_json.text(found.document())}\n" if json else text(found))
    return 0
