"""lcov's tracefiles: SF, DA, end_of_record (geninfo(1))."""


def read(text: str) -> dict[str, dict[int, bool]]:
    """Raises `ValueError` where it names no file."""
    found: dict[str, dict[int, bool]] = {}
    lines: dict[int, bool] = {}
    for line in text.splitlines():
        key, _, rest = line.strip().partition(":")
        if key == "SF":
            lines = found.setdefault(rest.replace("\\", "/").removeprefix("./"), {})
        elif key == "DA":
            number, hits, *_ = rest.split(",")
            lines[int(number)] = lines.get(int(number), False) or int(float(hits)) > 0
    if not found:
        raise ValueError("it has no SF: line")
    return found
