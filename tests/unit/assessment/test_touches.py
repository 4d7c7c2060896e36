"""The defaults on repositories of five languages, with what must not be mistaken for it."""

import pytest

from shipway.assessment.assess import assess
from shipway.assessment.change import File
from shipway.assessment.kinds import KINDS, by_kind
from shipway.assessment.patterns import matches, words
from shipway.assessment.rules import Rules
from shipway.assessment.touches import Touch
from shipway.model.risk import Risk
from unit.assessment.changes import changed, code, judged

TOUCHED = [
    ("shop/migrations/0007_email.py", "schema"),
    ("migrations/versions/1a2b_email.py", "schema"),
    ("alembic/versions/1a2b_email.py", "schema"),
    ("db/migrate/20260101_add_email.rb", "schema"),
    ("db/schema.rb", "schema"),
    ("src/main/resources/db/migration/V7__email.sql", "schema"),
    ("prisma/migrations/7/migration.sql", "schema"),
    ("prisma/schema.prisma", "schema"),
    ("internal/auth/token.go", "authentication"),
    ("app/controllers/sessions_controller.rb", "authentication"),
    ("src/main/java/com/shop/LoginFilter.java", "authentication"),
    ("src/middleware/jwt.ts", "authentication"),
    ("accounts/password_reset.py", "authentication"),
    ("src/billing/invoice.ts", "payments"),
    ("lib/stripe_client.rb", "payments"),
    ("cmd/payments/main.go", "payments"),
    ("infra/main.tf", "infrastructure"),
    ("ansible/site.yml", "infrastructure"),
    ("app/controllers/orders_controller.rb", "public API"),
    ("config/routes.rb", "public API"),
    ("shop/urls.py", "public API"),
    ("src/api/orders.ts", "public API"),
    ("asyncapi.yaml", "public API"),
    ("src/main/java/com/shop/OrderController.java", "public API"),
    ("Dockerfile", "how it runs"),
    ("deploy/helm/shop/values.yaml", "how it runs"),
    ("src/main/resources/application.yml", "configuration"),
    ("settings.py", "configuration"),
    (".github/workflows/ci.yml", "pipeline"),
]


@pytest.mark.parametrize(("path", "touch"), TOUCHED)
def test_a_path_says_what_is_touched(path: str, touch: str) -> None:
    assert touch in judged(File(path=path, added=1)).touches


UNTOUCHED = [
    "src/authors.py",
    "src/shop/author/views.py",
    "tests/auth/test_login.py",
    "docs/payments.md",
    "src/capital.py",
    "vendor/github.com/stripe/client.go",
    "spec/models/payment_spec.rb",
    "src/graphql.py",
    "src/openapi/tools.py",
    "grpc/server.go",
    "static/swagger/ui.css",
]


@pytest.mark.parametrize("path", UNTOUCHED)
def test_what_only_looks_like_it_is_not(path: str) -> None:
    assert not {"authentication", "payments", "public API"} & set(judged(File(path=path, added=1)).touches)


def test_a_file_that_is_moved_away_from_a_place_touches_it() -> None:
    assert judged(File(path="src/misc.py", former="src/auth/token.py", status="R")).touches == ("authentication",)


def test_a_migration_that_leads_nowhere_ends() -> None:
    text = "INSERT INTO a\n" * 60_000
    path = "shop/migrations/0007_email.sql"
    assert judged(File(path=path, added=1, after=text)).touches == ("schema",)
    assert "data migration" in judged(File(path=path, added=1, after=f"{text} (b) SELECT c")).touches


KINDS_OF = [
    ("src/cart.py", "code"),
    ("tests/test_cart.py", "tests"),
    ("cart_test.go", "tests"),
    ("src/cart.spec.ts", "tests"),
    ("spec/cart_spec.rb", "tests"),
    ("src/shipway/spec/load.py", "code"),
    ("src/test/java/CartTest.java", "tests"),
    ("README.md", "docs"),
    ("requirements.txt", "dependencies"),
    ("notes.txt", "docs"),
    ("go.sum", "dependencies"),
    ("api/cart.pb.go", "generated"),
    ("static/app.min.js", "generated"),
    ("node_modules/left-pad/index.js", "generated"),
    (".gitlab-ci.yml", "pipeline"),
    ("conf/app.toml", "configuration"),
    ("logo.png", "other"),
    ("shop/locale/bg/LC_MESSAGES/django.po", "translations"),
    ("examples/auth/app.py", "docs"),
]


@pytest.mark.parametrize(("path", "kind"), KINDS_OF)
def test_a_path_says_its_kind(path: str, kind: str) -> None:
    assert list(by_kind([File(path=path, status="M")], KINDS)) == [kind]


@pytest.mark.parametrize(
    ("pattern", "path", "is_named"),
    [
        ("*.py", "a/b.py", True),
        ("docs/", "a/docs/b", True),
        ("/docs/", "a/docs/b", False),
        ("docs/", "docs", False),
        ("a/**/b.py", "a/b.py", True),
        ("a/**/b.py", "a/x/y/b.py", True),
        ("a/*.py", "a/x/b.py", False),
        ("/src", "src/a.py", True),
        ("a?c", "abc", True),
        ("a.c", "abc", False),
    ],
)
def test_patterns_are_those_of_gitignore(pattern: str, path: str, is_named: bool) -> None:
    assert matches(path, (pattern,)) is is_named


def test_words_of_a_path_are_whole() -> None:
    assert words("src/HTTPAuthFilter_v2.java") == {"src", "http", "auth", "filter", "v", "2", "java"} or words(
        "src/HTTPAuthFilter_v2.java"
    ) >= {"http", "auth", "filter"}


def test_rules_of_ones_own_are_gone_by() -> None:
    rules = Rules(touches={"till": Touch(risk=Risk.CRITICAL, says="the till", words=("till",))}, ignore=("old/",))
    found = assess(changed(code("src/till.py", 1), code("old/till.py", 900)), rules)
    assert (found.risk, found.lines, found.touches) == (Risk.CRITICAL, 1, ("till",))
