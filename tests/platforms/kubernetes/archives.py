"""Images as archives that containerd imports, in the layout of OCI: no registry is needed."""

import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

SOURCE = Path(__file__).parent / "pause.c"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def pause(folder: Path) -> bytes:
    """The files of a pod's sandbox: one static program."""
    program = folder / "pause"
    subprocess.run(["cc", "-O2", "-static", "-o", str(program), str(SOURCE)], check=True)
    return _tar({"pause": program.read_bytes()})


def image(layer: bytes, name: str, command: Sequence[str], variables: Mapping[str, str]) -> bytes:
    """An archive of one image with one layer."""
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Cmd": list(command), "Env": [f"{key}={value}" for key, value in variables.items()]},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
    }
    said = json.dumps(config).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _described(said, CONFIG),
        "layers": [_described(layer, LAYER)],
    }
    bound = json.dumps(manifest).encode()
    named = {**_described(bound, MANIFEST), "annotations": {"io.containerd.image.name": name}}
    files = {f"blobs/sha256/{_digest(blob)[7:]}": blob for blob in (said, layer, bound)}
    files["index.json"] = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}).encode()
    files["oci-layout"] = json.dumps({"imageLayoutVersion": "1.0.0"}).encode()
    return _tar(files)


def _described(blob: bytes, kind: str) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _tar(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    return written.getvalue()
