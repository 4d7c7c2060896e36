"""Cobertura's XML, as coverage.py, JaCoCo's converters, gocover-cobertura and others write it."""

import posixpath
from xml.etree import ElementTree


def read(text: str) -> dict[str, dict[int, bool]]:
    """Names are below the report's source, where it has one. Raises `ValueError` where it is no such report."""
    if "<!ENTITY" in text:
        raise ValueError("it declares entities, which are not expanded")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError("it is not XML") from error
    if root.tag != "coverage":
        raise ValueError(f"it begins with <{root.tag}>, not with <coverage>")
    found: dict[str, dict[int, bool]] = {}
    sources = [source.text.strip() for source in root.iterfind("sources/source") if source.text]
    folder = sources[0] if len(sources) == 1 else ""
    for part in root.iter("class"):
        name = (part.get("filename") or "").replace("\\", "/").removeprefix("./")
        lines = found.setdefault(posixpath.join(folder.replace("\\", "/"), name), {})
        for line in part.iterfind("lines/line"):
            number = int(line.get("number") or 0)
            lines[number] = lines.get(number, False) or int(line.get("hits") or 0) > 0
    return found
