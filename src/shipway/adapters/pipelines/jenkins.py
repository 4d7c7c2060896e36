"""The shell steps of a Jenkinsfile. Groovy is not parsed: comments are taken out,`sh` with a text is found."""

import re
from collections.abc import Iterator

from shipway.adapters.pipelines.step import Step

TEXT = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<sh>\bsh\b\s*\(?\s*(?:script\s*:\s*)?)?
     (?P<text>'''(?:.*?)'''|\"\"\"(?:.*?)\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")""",
    re.DOTALL | re.VERBOSE,
)
"""In one pass, so that a comment inside a text is none, and a quote inside a comment neither."""
INPUT = re.compile(r"^\s*input\b", re.MULTILINE)


def steps(text: str, name: str) -> Iterator[Step]:
    """Every `sh` outside of comments. One `input` in the file makes somebody press a button."""
    bare = TEXT.sub(lambda found: "" if found["comment"] else '""', text)
    automatic = not INPUT.search(bare)
    for found in TEXT.finditer(text):
        if found["sh"]:
            quote = 3 if found["text"][:3] in ("'''", '"""') else 1
            line = text.count("\n", 0, found.start("text")) + 1
            yield Step(line=line, script=found["text"][quote:-quote], is_automatic=automatic)
