"""A proxy that people have already, as our adapter runs it: with a program beside it that counts."""

import shlex
from pathlib import Path

from benchmarks.serving import Server
from shipway.adapters.supervisor import Program
from shipway.errors import Refused


class Together(Server):
    """A proxy with the program that counts what it logs: both are what a request costs."""

    def __init__(self, name: str, one: Program, beside: Server, *, port: int) -> None:
        super().__init__(name.replace(" ", "-"), shlex.split(one.command), port=port, folder=Path(one.directory))
        self.name, self.beside = name, beside

    def cpu_seconds(self) -> float:
        """Of both."""
        return super().cpu_seconds() + self.beside.cpu_seconds()

    def stop(self) -> None:
        """End both."""
        super().stop()
        self.beside.stop()


class Started:
    """Takes the place of a supervisor: it starts what it is given, once."""

    def __init__(self, name: str, port: int) -> None:
        self.name, self.port = name, port
        self.server: Server

    async def put(self, *programs: Program) -> None:
        """Start them here, as they would be started under a supervisor."""
        counting, carrying = programs
        beside = Server(counting.name, shlex.split(counting.command), port=0, folder=Path(counting.directory))
        self.server = Together(self.name, carrying, beside, port=self.port)

    async def remove(self, name: str) -> None:
        """Nothing is taken away while it is measured."""
        raise Refused(f"{name} was to be stopped in the middle of a measurement.")
