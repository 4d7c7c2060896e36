"""Shares as `split_clients` says them (nginx.org, ngx_http_split_clients_module).

Its percents have two decimals; a share has three. So a line of 10,000 cells is divided first, and a cell that a
boundary cuts is divided again, by another hash, into ten parts. The newest revision lies at the line's
start: as it grows, it only gains users, also within a cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from shipway.adapters.traffic.nginx.words import block, quoted
from shipway.model.share import TOTAL

CELLS = 10_000
UNITS = TOTAL // CELLS
"""Of a share, in one cell."""
Parts = Sequence[tuple[str, int]]


def split(name: str, key: str, shares: Mapping[str, int]) -> list[str]:
    """Sets `$name` to one of the words by a hash of the key; the shares, in this order, sum to the total."""
    line, cut = _divided([(word, share) for word, share in shares.items() if share])
    if not cut:
        return _split(key, f"${name}", line)
    lines = _split(key, f"${name}_line", line)
    for cell, parts in cut.items():
        tenths = [(word, part * CELLS // UNITS) for word, part in parts]
        lines += _split(f"{key}|cell", _variable(name, cell), tenths)
    chosen = [f"{quoted(cell)} {_variable(name, cell)};" for cell in cut]
    return lines + block(f"map ${name}_line ${name}", [*chosen, f"default ${name}_line;"])


def _variable(name: str, cell: str) -> str:
    return f"${name}_{cell.removeprefix('/')}"


def _divided(shares: Parts) -> tuple[Parts, Mapping[str, Parts]]:
    """Cells along the line, and the parts of each that is cut: it is named by its place, as `/1234`."""
    line: list[tuple[str, int]] = []
    cut: dict[str, list[tuple[str, int]]] = {}
    for word, start, end in _pieces(shares):
        if start % UNITS == end % UNITS == 0:
            line.append((word, (end - start) // UNITS))
            continue
        cell = f"/{start // UNITS}"
        if cell not in cut:
            line.append((cell, 1))
        cut.setdefault(cell, []).append((word, end - start))
    return line, cut


def _pieces(shares: Parts) -> Iterator[tuple[str, int, int]]:
    """Each share as at most three: the end of a cell, whole cells, the start of a cell."""
    start = 0
    for word, share in shares:
        end = start + share
        first, last = -(-start // UNITS) * UNITS, end // UNITS * UNITS
        cuts = [start, first, last, end] if first <= last else [start, end]
        yield from ((word, one, other) for one, other in pairwise(cuts) if one < other)
        start = end


def _split(key: str, variable: str, parts: Parts) -> list[str]:
    """The last part is what is left, so that no hash falls beside."""
    *first, (last, _) = parts
    lines = [f"{count // 100}.{count % 100:02d}% {quoted(word)};" for word, count in first]
    return block(f"split_clients {quoted(key)} {variable}", [*lines, f"* {quoted(last)};"])
