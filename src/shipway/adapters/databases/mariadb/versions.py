"""Which release a server says it is."""


def version_of(said: str) -> tuple[int, ...]:
    """`10.11.19-MariaDB-0+deb12u1` → (10, 11, 19)."""
    return tuple(int(part) for part in said.partition("-")[0].split(".") if part.isdigit())
