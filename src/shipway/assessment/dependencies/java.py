"""pom.xml, and what a build of Gradle says in its plain form."""

import re
from xml.etree import ElementTree

NAMESPACE = re.compile(r"\{[^}]*\}")
PROPERTY = re.compile(r"\$\{([^}]+)\}")
GRADLE = re.compile(r"""["']([\w.-]+:[\w.-]+):([\w.+-]+)["']""")


def pom(text: str) -> dict[str, str]:
    """Dependencies and the parent, with versions that are properties filled in."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it declares entities, which are not expanded")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError("not XML") from error
    for one in root.iter():
        one.tag = NAMESPACE.sub("", str(one.tag))
    properties = {one.tag: (one.text or "").strip() for one in root.iterfind("properties/*")}
    named = [*root.iter("dependency"), *root.iter("parent")]
    return {name: _filled(_text(one, "version"), properties) for one in named if (name := _name(one))}


def gradle(text: str) -> dict[str, str]:
    """`"group:name:version"` wherever it stands."""
    return dict(GRADLE.findall(text))


def _name(one: ElementTree.Element) -> str:
    group, artifact = _text(one, "groupId"), _text(one, "artifactId")
    return f"{group}:{artifact}" if artifact else ""


def _text(one: ElementTree.Element, tag: str) -> str:
    return (one.findtext(tag) or "").strip()


def _filled(version: str, properties: dict[str, str]) -> str:
    return PROPERTY.sub(lambda found: properties.get(found[1], found[0]), version)
