"""Kinds of objects that are no part of Kubernetes, from the Go modules of those who define them."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from platforms import kept

SECONDS = 300.0
GATEWAY_API = "sigs.k8s.io/gateway-api@v1.5.0", "config/crd/standard/*.yaml"
ISTIO = "istio.io/api@v1.28.0", "kubernetes/customresourcedefinitions.gen.yaml"


def manifest(module: str, pattern: str) -> Path:
    """All of their definitions in one file, kept between runs. The checksum is verified by `go`."""
    made = kept.place(f"crds-{module.replace('/', '-')}.yaml")
    with kept.alone("crds"):
        if not made.exists():
            texts = [path.read_text() for path in sorted(_folder(module).glob(pattern))]
            assert texts, f"{module} has no {pattern}"
            unfinished = made.with_suffix(".unfinished")
            unfinished.write_text("\n---\n".join(texts))
            unfinished.rename(made)
    return made


def only(defined: tuple[str, str], kinds: Sequence[str]) -> Path:
    """Those of these kinds."""
    whole = manifest(*defined)
    made = whole.with_name(f"{whole.stem}-{'-'.join(kinds)}.yaml")
    with kept.alone("crds"):
        if not made.exists():
            texts = [text for text in whole.read_text().split("\n---\n") if _kind(text) in kinds]
            assert len(texts) == len(kinds), texts
            unfinished = made.with_suffix(".unfinished")
            unfinished.write_text("\n---\n".join(texts))
            unfinished.rename(made)
    return made


def _kind(text: str) -> str:
    """Of the objects that it defines, as a definition is written."""
    found = re.search(r"^    kind: (\w+)$", text, re.MULTILINE)
    return found[1] if found else ""


def _folder(module: str) -> Path:
    words = ["go", "mod", "download", "-json", module]
    ended = subprocess.run(words, check=True, capture_output=True, text=True, timeout=SECONDS, cwd="/")
    return Path(json.loads(ended.stdout)["Dir"])
