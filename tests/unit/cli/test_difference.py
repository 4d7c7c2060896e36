"""What differs between two revisions, without telling secrets."""

from msgspec.structs import replace

from shipway.cli.render.difference import changes, lines
from shipway.cli.render.paint import Paint, width
from shipway.model.revision import Revision, RevisionId

BEFORE = Revision(
    id=RevisionId("1.8.2-a1b2c3d4"),
    service="checkout",
    version="1.8.2",
    platform={
        "command": "./app --port {port}",
        "env": {"LOG_LEVEL": "info", "API_KEY": "hunter1", "DATABASE": "postgres://shop:hunter2@db/shop"},
    },
    health={"ready": {"path": "/health/ready"}},
    files={"config/app.toml": "a" * 64},
)


def test_only_what_changed_is_named() -> None:
    after = replace(
        BEFORE,
        platform={**BEFORE.platform, "env": {**BEFORE.platform["env"], "LOG_LEVEL": "debug"}},  # type: ignore[dict-item]
        files={"config/app.toml": "b" * 64},
    )
    assert changes(BEFORE, after) == [
        ("env.LOG_LEVEL", "info", "debug"),
        ("files.config/app.toml", "a" * 12, "b" * 12),
    ]


def test_secrets_are_changed_without_being_told() -> None:
    after = replace(
        BEFORE,
        platform={
            "command": "./app --port {port}",
            "env": {"LOG_LEVEL": "info", "API_KEY": "hunter3", "DATABASE": "postgres://shop:hunter4@db/shop"},
        },
    )
    said = "\n".join(lines(BEFORE, after, Paint()))
    assert "hunter" not in said
    assert "env.API_KEY" in said and "***@db/shop" in said


def test_long_commands_are_shown_from_where_they_differ() -> None:
    long = "python -m gunicorn --workers 4 --bind 127.0.0.1:{port} --timeout 30 shop.checkout:app --version "
    one = replace(BEFORE, platform={"command": long + "1.8.2"})
    two = replace(BEFORE, platform={"command": long + "1.9.0"})
    said = lines(one, two, Paint())
    assert all(width(line) <= 80 for line in said)
    assert said[2].endswith("1.8.2") and said[3].endswith("1.9.0")


def test_the_same_revision_differs_in_nothing() -> None:
    assert lines(BEFORE, BEFORE, Paint()) == ["1.8.2 is exactly what is live."]
