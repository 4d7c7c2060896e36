"""What processes may: as whom they run, and how much they get."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema, model_serializer

from shipway.spec import units
from shipway.spec.fields import Section, Text
from shipway.spec.problems import Wrong

ACCOUNT = r"^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$"
UMASK = r"^0?[0-7]{3}$"
MEMORY_LEAST = 2**20
OPEN_FILES_LEAST, OPEN_FILES_MOST = 64, 2**30
NICE_LEAST, NICE_MOST = -20, 19


def _account(name: str) -> str:
    if re.fullmatch(ACCOUNT, name, re.ASCII):
        return name
    raise Wrong(
        f"{units.quoted(name)} cannot name a user or a group",
        why="Names are as in /etc/passwd and /etc/group; numbers are not taken.",
        fix="Write a name such as www-data.",
    )


def _umask(text: str) -> str:
    if re.fullmatch(UMASK, text, re.ASCII):
        return text.zfill(4)
    raise Wrong(
        f"{units.quoted(text)} is no umask",
        why="It is three octal digits: what user, group and others are denied.",
        fix="Write 027 or 077.",
    )


def _memory(value: object) -> int:
    if (found := units.size(value)) >= MEMORY_LEAST:
        return found
    raise Wrong(
        f"{units.quoted(value)} is less than any process needs", why="1MiB is the least.", fix="Write more."
    )


def _open_files(value: object) -> int:
    return units.whole(value, lowest=OPEN_FILES_LEAST, highest=OPEN_FILES_MOST)


def _nice(value: object) -> int:
    return units.whole(value, lowest=NICE_LEAST, highest=NICE_MOST)


Account = Annotated[Text, AfterValidator(_account), WithJsonSchema({"type": "string", "pattern": ACCOUNT})]
Umask = Annotated[
    str,
    BeforeValidator(units.text_of),
    AfterValidator(_umask),
    WithJsonSchema({"type": ["string", "integer"], "pattern": UMASK}),
]
Memory = Annotated[int, BeforeValidator(_memory), WithJsonSchema({"type": "string", "pattern": units.SIZE})]
OpenFiles = Annotated[
    int,
    BeforeValidator(_open_files),
    WithJsonSchema({"type": "integer", "minimum": OPEN_FILES_LEAST, "maximum": OPEN_FILES_MOST}),
]
Nice = Annotated[
    int,
    BeforeValidator(_nice),
    WithJsonSchema({"type": "integer", "minimum": NICE_LEAST, "maximum": NICE_MOST}),
]


class Limits(Section):
    """How much one replica gets."""

    memory: Memory | None = None
    open_files: OpenFiles | None = None
    nice: Nice | None = None

    @model_serializer
    def _only_what_is_written(self) -> dict[str, int]:
        written = {"memory": self.memory, "open_files": self.open_files, "nice": self.nice}
        return {name: value for name, value in written.items() if value is not None}
