"""What a service's replicas are as units of systemd and as lines of a Procfile, so that others can keep them."""

import shlex
from collections.abc import Iterator, Sequence

from shipway.adapters.replicas.records import ReplicaRecord

QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "%": "%%"})


def unit(record: ReplicaRecord) -> str:
    """One replica. https://www.freedesktop.org/software/systemd/man/systemd.service.html"""
    lines = [
        "[Unit]",
        f"Description={record.service} {record.version}, replica {record.id}",
        "After=network.target",
        "",
        "[Service]",
        f"ExecStart={' '.join(_quoted(word).replace('$', '$$') for word in shlex.split(record.command))}",
        f"WorkingDirectory={record.directory.replace('%', '%%')}",
        *(f"Environment={_quoted(f'{name}={text}')}" for name, text in sorted(record.environment.items())),
        *_secrets(record),
        *_account(record),
        "Restart=always",
        f"TimeoutStopSec={record.stop_grace:g}",
        *([f"MemoryMax={record.memory_max}"] if record.memory_max else []),
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As systemd reads a word. In a command, a dollar begins a variable besides."""
    return f'"{text.translate(QUOTED)}"'


def _secrets(record: ReplicaRecord) -> Iterator[str]:
    for source in record.secrets.sources if record.secrets else ():
        ((kind, target),) = source.items()
        yield f"EnvironmentFile={target}" if kind == "file" else f"# Secrets come from this command: {target}"


def _account(record: ReplicaRecord) -> Iterator[str]:
    account = record.bounds.account if record.bounds else None
    if account:
        yield f"User={account.name}"


def procfile(records: Sequence[ReplicaRecord]) -> str:
    """A line for each, for foreman and its like."""
    return "".join(f"{_word(record.id)}: {_line(record)}\n" for record in records)


def _line(record: ReplicaRecord) -> str:
    variables = [f"{name}={text}" for name, text in sorted(record.environment.items())]
    return f"cd {shlex.quote(record.directory)} && exec env {shlex.join(variables)} {record.command}"


def _word(name: str) -> str:
    """Letters, digits and underscores, as Procfiles have them."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)
