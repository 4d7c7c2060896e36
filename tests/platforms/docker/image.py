"""A small image with Python, made of Debian's packages: no registry of images is needed."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from platforms import kept

PACKAGES = (
    "libc6",
    "libgcc-s1",
    "python3-minimal",
    "python3.11-minimal",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libexpat1",
    "zlib1g",
    "libssl3",
    "libbz2-1.0",
    "liblzma5",
    "libffi8",
    "libuuid1",
    "libncursesw6",
    "libtinfo6",
    "libreadline8",
    "libsqlite3-0",
    "libcrypt1",
    "busybox-static",
    "media-types",
    "libnsl2",
    "libtirpc3",
    "libgssapi-krb5-2",
    "libkrb5-3",
    "libk5crypto3",
    "libcom-err2",
    "libkrb5support0",
    "libkeyutils1",
)
NOT_NEEDED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/lib/x86_64-linux-gnu/gconv")
FOLDERS = ("tmp", "proc", "sys", "dev", "etc", "root", "app")


def archive() -> Path:
    """The image's files as a tar of 40 MB. It is made once on a machine, in a few seconds; others wait for it."""
    named = " ".join((*PACKAGES, *NOT_NEEDED, *FOLDERS))
    made = kept.place(f"image-{hashlib.sha256(named.encode()).hexdigest()[:12]}.tar")
    with kept.alone("image"):
        if not made.exists():
            with tempfile.TemporaryDirectory(prefix="shipway-image-") as folder:
                _pack(Path(folder), made)
    return made


def _pack(folder: Path, target: Path) -> None:
    packages, root = folder / "packages", folder / "root"
    for made in (packages, root):
        made.mkdir()
    # Debian's own downloader drops its rights, and then could not write here.
    plain = ["-o", "APT::Sandbox::User=root"]
    _run("apt-get", "download", "--quiet", *plain, *PACKAGES, cwd=packages)
    for package in sorted(packages.glob("*.deb")):
        _run("dpkg", "-x", str(package), str(root), cwd=folder)
    for name in NOT_NEEDED:
        shutil.rmtree(root / name, ignore_errors=True)
    for name in FOLDERS:
        (root / name).mkdir(exist_ok=True)
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    (root / "usr" / "bin" / "python3").unlink(missing_ok=True)
    (root / "usr" / "bin" / "python3").symlink_to("python3.11")
    _run("chroot", str(root), "/bin/busybox", "--install", "-s", "/bin", cwd=folder)
    unfinished = target.with_suffix(".unfinished")
    _run("tar", "-C", str(root), "-cf", str(unfinished), ".", cwd=folder)
    unfinished.rename(target)


def _run(*words: str, cwd: Path) -> None:
    subprocess.run(words, cwd=cwd, check=True, capture_output=True, timeout=300)
