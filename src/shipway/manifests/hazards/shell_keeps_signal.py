"""A shell as the first process, which keeps the word to end for itself."""

from collections.abc import Iterator, Sequence

from shipway.manifests.hazard import Found, Hazard
from shipway.manifests.setting import Setting

SHELLS = {"sh", "bash", "ash", "dash"}


def find(setting: Setting) -> Iterator[Found]:
    """A shell replaces itself by its last command only where that says `exec` or is alone."""
    for workload, container in setting.serving():
        key = "command" if container.body.get("command") else "args"
        words = [str(word) for word in container.body.get(key) or ()]
        script = _script(words)
        if script is None or not _keeps(script):
            continue
        first, _, last = script.rpartition("&&") if "&&" in script else script.rpartition(";")
        joint = "&&" if "&&" in script else ";"
        rewritten = f"{first.rstrip()} {joint} exec {last.strip()}"
        yield Found(
            what=f"Container {container.name} of {workload.called} runs below a shell, which does not pass "
            "SIGTERM on.",
            on=workload,
            at=(*container.place, key),
            fix="Let the program take the shell's place.",
            patch=container.patch({}, **{key: [*words[:-1], rewritten]}),
        )


def _script(words: Sequence[str]) -> str | None:
    if len(words) != 3 or words[0].rpartition("/")[2] not in SHELLS or not words[1].endswith("c"):
        return None
    return words[2].strip().rstrip(";").strip()


def _keeps(script: str) -> bool:
    last = script.replace("&&", ";").replace("\n", ";").rpartition(";")[2].strip()
    return any(mark in script for mark in ("&&", ";")) and not last.startswith("exec ") and bool(last)


HAZARD = Hazard(
    name="shell-keeps-signal",
    title="A shell that keeps SIGTERM",
    why="The program never hears that it is to end. It takes requests until the grace period is over, and is "
    "killed "
    "with those it has.",
    find=find,
)
