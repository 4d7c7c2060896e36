"""What a service's ramps asked for last, flag by flag, in one file: the fence against controllers that slept."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shipway.adapters.supervisor import durable
from shipway.errors import StaleGeneration
from shipway.model.share import Share


class Raised(Struct, frozen=True, kw_only=True):
    """The newest wish for one flag."""

    generation: int
    share: Share
    is_applied: bool = False


class RaisedFlags:
    """The file of one service. Every method blocks."""

    def __init__(self, home: Path, service: str) -> None:
        self._folder = home / "services" / service
        self._file = self._folder / "flags.json"

    def all(self) -> Mapping[str, Raised]:
        """By flag. Raises `PortError`."""
        content = durable.read(self._file)
        return msgspec.json.decode(content, type=dict[str, Raised]) if content else {}

    @contextmanager
    def raising(self, flag: str, share: Share, generation: int) -> Iterator[None]:
        """Alone among all controllers of this home; what is done inside is known as applied when it did not fail.

        Raises `StaleGeneration` where a newer wish was heard.
        """
        durable.directory(self._folder)
        with durable.locked(self._folder / ".flags.lock"):
            before = self.all()
            if flag in before and before[flag].generation > generation:
                raise StaleGeneration(
                    f"{flag} follows a newer decision.",
                    where=f"generation {generation}",
                    why=f"Generation {before[flag].generation} came first.",
                )
            wish = Raised(generation=generation, share=share)
            self._keep({**before, flag: wish})
            yield
            self._keep({**before, flag: replace(wish, is_applied=True)})

    def _keep(self, raised: Mapping[str, Raised]) -> None:
        durable.replace(self._file, msgspec.json.encode(raised))


def confirmed(raised: Mapping[str, Raised], shares: Mapping[str, Share]) -> dict[str, int]:
    """The newest generation by key that is in force: what was applied, or is seen all the same, as after an
    approval by a second person."""
    return {
        f"flag:{flag}": wish.generation
        for flag, wish in raised.items()
        if wish.is_applied or shares.get(flag) == wish.share
    }
