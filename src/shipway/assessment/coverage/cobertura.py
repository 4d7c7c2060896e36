"""Cobertura's XML, as coverage.py, JaCoCo's converters, gocover-cobertura and others write it."""

from xml.etree import ElementTree


def read(text: str) -> dict[str, dict[int, bool]]:
    """Names are relative to one of the report's sources. Raises `ValueError` where it is something else."""
    if "<!ENTITY" in text:
        raise ValueError("it declares entities, which are not expanded")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError("it is not XML") from error
    if root.tag != "coverage":
        raise ValueError(f"it begins with <{root.tag}>, not with <coverage>")
    found: dict[str, dict[int, bool]] = {}
    for part in root.iter("class"):
        lines = found.setdefault((part.get("filename") or "").replace("\\", "/").removeprefix("./"), {})
        for line in part.iterfind("lines/line"):
            number = int(line.get("number") or 0)
            lines[number] = lines.get(number, False) or int(line.get("hits") or 0) > 0
    return found
