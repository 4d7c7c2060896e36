"""Writers and readers that never stop, of old code, of new code, or of both; and what every row must say."""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

WAIT_SECONDS = 30.0
Values = Mapping[str, object]


@dataclass
class Shape:
    """How one version of the code sees the table."""

    column: str
    """Or several, with commas between them."""
    value: str
    """How a number is written in this shape, as SQL over %(n)s; in brackets where it is several values."""

    def insert(self, table: str) -> str:
        """Answers with the new row's id."""
        value = self.value if self.value.startswith("(") and "," in self.column else f"({self.value})"
        return f"INSERT INTO {table} ({self.column}) VALUES {value} RETURNING id"

    def update(self, table: str) -> str:
        """The row %(id)s."""
        column = f"({self.column})" if "," in self.column else self.column
        return f"UPDATE {table} SET {column} = {self.value} WHERE id = %(id)s RETURNING {self.column}"

    def read(self, table: str) -> str:
        """Ids and what is written, of every row."""
        return f"SELECT id, {self.column} FROM {table}"


@dataclass
class Writer:
    """Inserts and updates rows of its own, and knows what it wrote last into each."""

    uri: str
    table: str
    shape: Shape
    seed: int
    prepares: bool = True
    """Prepared statements fail once where a column that they answer with changes its type."""
    others: tuple[Shape, ...] = ()
    """Shapes that it writes the same rows in, now one and now the other, as users whom both versions serve."""
    pause_seconds: float = 0.0
    """After each write: what writes as fast as it can takes the processor from what it is to disturb."""
    wrote: dict[int, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    stalls: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        numbers = random.Random(self.seed)
        name, threshold = f"app {self.shape.column}", 5 if self.prepares else None
        with psycopg.connect(
            self.uri, autocommit=True, application_name=name, prepare_threshold=threshold
        ) as connection:
            while not self.stop.is_set():
                try:
                    self._one(connection, numbers)
                except psycopg.Error as error:
                    self.errors.append(f"{self.shape.column}: {error}")
                self.stop.wait(self.pause_seconds)

    def _one(self, connection: "psycopg.Connection[tuple[object, ...]]", numbers: random.Random) -> None:
        n, shape = numbers.randrange(1, 1_000_000), numbers.choice([self.shape, *self.others])
        if self.wrote and numbers.random() < 0.7:
            row = numbers.choice(list(self.wrote))
            found = connection.execute(shape.update(self.table), {"n": n, "id": row}).fetchone()  # type: ignore[arg-type]
            assert found is not None, f"row {row} is there"
            self.wrote[row] = n
        else:
            found = connection.execute(shape.insert(self.table), {"n": n}).fetchone()  # type: ignore[arg-type]
            assert found is not None
            self.wrote[int(str(found[0]))] = n
        connection.execute(f"{shape.read(self.table)} WHERE id = 1")  # type: ignore[arg-type]


@contextmanager
def writing(*writers: Writer) -> Iterator[None]:
    """While these write. What failed is in their `errors`."""
    threads = [threading.Thread(target=writer, daemon=True) for writer in writers]
    for writer in writers:
        writer.stop.clear()
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for writer in writers:
            writer.stop.set()
        for thread in threads:
            thread.join(WAIT_SECONDS)
