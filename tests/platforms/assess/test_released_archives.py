"""Histories of well-known projects, made of their released archives: each assessment was reviewed by hand.

What the review looked at stands beside each: the release's own notes, and the diff.
"""

from pathlib import Path

import pytest
from msgspec import Struct

from platforms.assess.archives import archive, unpacked
from shipway.cli.shell.assessing import Asked, Assessed, assessed
from shipway.home import Home
from unit.adapters.git.repository import Repository


class Reviewed(Struct, frozen=True, kw_only=True):
    """One change, and what must be said of it."""

    project: str
    before: tuple[str, str]
    """Version and SHA-256."""
    after: tuple[str, str]
    risk: str
    touches: tuple[str, ...]
    lines: int
    says: tuple[tuple[str, str, str], ...]
    """Risk, sentence, the first file."""
    details: tuple[str, ...] = ()


REVIEWED = (
    # New features and 509 lines in the core; what it stands on is raised. Nothing that guards access.
    Reviewed(
        project="flask",
        before=("3.0.3", "ceb27b0af3823ea2737928a4d99d125a06175b8512c445cbd9a9ce200ef76842"),
        after=("3.1.0", "5f873c5184c897c8d9d1b05df1e3d01b14910ce69607a117bd3277098a5836ac"),
        risk="medium",
        touches=("configuration",),
        lines=509,
        says=(
            ("medium", "509 lines of code, more than 500", "src/flask/cli.py"),
            ("low", "touches configuration", "src/flask/config.py"),
        ),
        details=("werkzeug >=3.0.0 → >=3.1",),
    ),
    # Reformatted as a whole, and its basic and digest authentication with it.
    Reviewed(
        project="httpx",
        before=("0.26.0", "451b55c30d5185ea6b23c2c793abf9bb237d2a7dfb901ced6ff69ad37ec1dfaf"),
        after=("0.27.0", "a0cb88a46f32dc874e04ee956e4c2764aba2aa228f650b06788ba6bda2962ab5"),
        risk="high",
        touches=("authentication", "public API"),
        lines=1268,
        says=(
            ("high", "touches authentication or permissions", "httpx/_auth.py"),
            ("medium", "touches the public API", "httpx/_api.py"),
            ("medium", "1,268 lines of code, more than 500", "httpx/_client.py"),
        ),
    ),
    # OAuth scopes are read otherwise, and ten translations are new; they are no code.
    Reviewed(
        project="django-allauth",
        before=("65.0.2", "6b5b3a7a65b1c28078b6eb0dd234310b58a44e8addfd187dc30437b0b2bc41a5"),
        after=("65.1.0", "ab2c32c51797bab1e7a334f37afa61ef4a88c6f13dfd7bd898a16e2b7e567ef0"),
        risk="high",
        touches=("authentication",),
        lines=112,
        says=(
            (
                "high",
                "touches authentication or permissions",
                "allauth/socialaccount/providers/oauth2/provider.py",
            ),
            ("medium", "112 lines of code, 50 to 500", "allauth/socialaccount/providers/facebook/flows.py"),
        ),
        details=("asgiref >=3.8.1 is new",),
    ),
    # A migration hashes clients' secrets that are stored already: nothing brings them back.
    Reviewed(
        project="django-oauth-toolkit",
        before=("2.3.0", "cf1cb1a5744672e6bd7d66b4a110a463bcef9cf5ed4f27e29682cc6a4d0df1ed"),
        after=("2.4.0", "8975eaf697413a8d54208ee068bc5ad6d1ed76f1df84e4882fbb25e7e6966e1b"),
        risk="critical",
        touches=("data migration", "schema", "authentication", "public API", "configuration"),
        lines=548,
        says=(
            (
                "critical",
                "touches rows that exist already, in a migration",
                "oauth2_provider/migrations/0006_alter_application_client_secret.py",
            ),
            ("medium", "touches the public API", "oauth2_provider/urls.py"),
            ("low", "touches configuration", "oauth2_provider/settings.py"),
        ),
        details=("django >=2.2,!=4.0.0 → >=3.2,!=4.0.0, another major version",),
    ),
    # All of it is payments.
    Reviewed(
        project="stripe",
        before=("9.0.0", "dd2e37369c1db2e13dba71e1b3f3bc3cf56b1a465c0fe6c2a3704e1347454b53"),
        after=("9.1.0", "e9cb74f42e0a5bb345b0412071a03d070edda0fc6120a97543eb0e1afff285b8"),
        risk="high",
        touches=("payments",),
        lines=1000,
        says=(("medium", "1,000 lines of code, more than 500", "stripe/_payment_intent.py"),),
    ),
    # Types and a moved build; what developers install moved by ten major versions, and weighs nothing.
    Reviewed(
        project="itsdangerous",
        before=("2.1.2", "5dbbc68b317e5e42f327f9021763545dc3fc3bfe22e6deb96aaf1fc38874156a"),
        after=("2.2.0", "e0050c0b7da1eea53ffaf149c0cfbb5c6e2e2b69c4bef22c81fa6eb73e5f6173"),
        risk="medium",
        touches=(),
        lines=479,
        says=(
            ("medium", "479 lines of code, 50 to 500", "src/itsdangerous/serializer.py"),
            ("low", "62 dependencies differ, 10 by another major version", "requirements/build.txt"),
        ),
    ),
    # `alembic/runtime/migration.py` is about migrations, and is none.
    Reviewed(
        project="alembic",
        before=("1.13.3", "203503117415561e203aa14541740643a611f641517f0209fcae63e9fa09f1a2"),
        after=("1.14.0", "b00892b53b3642d0b8dbedba234dbf1924b69be83a9a769d5a624b01094e304b"),
        risk="medium",
        touches=(),
        lines=110,
        says=(("medium", "110 lines of code, 50 to 500", "alembic/ddl/impl.py"),),
    ),
)


def history(change: Reviewed, folder: Path) -> Repository:
    """Two commits, each the archive of one version, with its tag."""
    repository = Repository(folder / change.project)
    for version, sha256 in (change.before, change.after):
        if repository.git("ls-files"):
            repository.git("rm", "-rqf", ".")
        unpacked(archive(change.project, version, sha256), repository.path)
        repository.git("add", "-Af")
        repository.git("commit", "-q", "-m", version)
        repository.git("tag", version)
    return repository


@pytest.mark.parametrize("change", REVIEWED, ids=lambda change: str(change.project))
def test_a_release_is_judged_as_a_person_did(change: Reviewed, tmp_path: Path) -> None:
    found = judged(history(change, tmp_path), change, tmp_path)
    result = found.assessment
    assert (result.risk.word, result.touches, result.lines) == (change.risk, change.touches, change.lines)
    said = [(one.risk.word, one.sentence, one.files[0]) for one in result.reasons if one.files]
    assert [one for one in change.says if one not in said] == []
    details = {detail for one in result.reasons for detail in one.details}
    assert set(change.details) <= details


def judged(repository: Repository, change: Reviewed, folder: Path) -> Assessed:
    words = f"{change.before[0]}..{change.after[0]}"
    return assessed(Home(folder / "home"), Asked(range=words, repository=repository.path))
