"""What a change may touch, by the paths and words of its files, and how much each weighs."""

from collections.abc import Mapping

from msgspec import Struct

from shipway.assessment.contracts import ALL as SPECIFICATIONS
from shipway.assessment.patterns import Patterns, words
from shipway.model.risk import Risk

SCHEMA, AUTHENTICATION, PAYMENTS = "schema", "authentication", "payments"
INFRASTRUCTURE, DATA, API = "infrastructure", "data migration", "public API"


class Touch(Struct, frozen=True, kw_only=True):
    """One thing that a file may be part of."""

    risk: Risk
    says: str
    """After `touches`."""
    paths: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Of a path, whole: `auth` is in `src/auth/views.py`, not in `authors.py`."""
    text: str = ""
    """An expression that must be found in the file's new text too; empty: the path is enough."""


MIGRATIONS = (
    *("**/migrations/**/*.py", "**/migrations/**/*.sql", "**/migrations/**/*.rb", "**/migrations/**/*.js"),
    *("**/migrations/**/*.ts", "**/migrations/**/*.go", "**/migrations/**/*.xml", "**/migrations/**/*.yaml"),
    *("**/migrate/*.sql", "**/db/migrate/*.rb", "**/alembic/versions/*.py"),
    *("**/db/migration/**/*.sql", "V*__*.sql", "**/db/changelog/**", "**/prisma/migrations/**"),
)
TOUCHES: Mapping[str, Touch] = {
    DATA: Touch(
        risk=Risk.CRITICAL,
        says="rows that exist already, in a migration",
        paths=MIGRATIONS,
        text=r"(?i)\bUPDATE\s+[\w.\"`\[\]]+\s+SET\b|\bDELETE\s+FROM\b|\bTRUNCATE\b|\bINSERT\s+INTO\b(?:[^;I]|I(?!NSERT\b)){0,2000}?\bSELECT\b"
        r"|\bRunPython\s*\(|\bbulk_update\b|\.update_all\b|\bfind_each\b|\bop\.bulk_insert\b",
    ),
    INFRASTRUCTURE: Touch(
        risk=Risk.CRITICAL,
        says="core infrastructure",
        paths=(
            *("*.tf", "*.tfvars", "*.tf.json", "terragrunt.hcl", "Pulumi*.yaml", "cdk.json", "**/cdk/**"),
            *(
                "**/cloudformation/**",
                "**/terraform/**",
                "**/ansible/**",
                "**/playbooks/**",
                "/infra/",
                "/infrastructure/",
            ),
        ),
    ),
    SCHEMA: Touch(
        risk=Risk.HIGH,
        says="the database's schema",
        paths=(*MIGRATIONS, "**/db/schema.rb", "**/db/structure.sql", "schema.prisma", "schema.sql"),
    ),
    AUTHENTICATION: Touch(
        risk=Risk.HIGH,
        says="authentication or permissions",
        words=(
            *("auth", "authn", "authz", "authentication", "authenticate", "authenticator", "authorization"),
            *(
                "authorize",
                "login",
                "logout",
                "signin",
                "oauth",
                "oauth2",
                "oidc",
                "saml",
                "sso",
                "jwt",
                "password",
            ),
            *("passwords", "permission", "permissions", "credential", "credentials", "rbac", "acl", "csrf", "mfa"),
            *("totp", "webauthn", "passkey", "passkeys"),
        ),
        paths=("**/sessions_controller.rb", "**/SessionsController.*", "**/SecurityConfig*.java"),
    ),
    PAYMENTS: Touch(
        risk=Risk.HIGH,
        says="payments",
        words=(
            *("payment", "payments", "payout", "payouts", "billing", "invoice", "invoices", "invoicing", "refund"),
            *("refunds", "stripe", "paypal", "braintree", "adyen", "klarna", "creditcard", "chargeback"),
        ),
    ),
    API: Touch(
        risk=Risk.MEDIUM,
        says="the public API",
        words=("api", "apis", "endpoint", "endpoints"),
        paths=(
            *SPECIFICATIONS,
            *("asyncapi*.y*ml", "asyncapi*.json", "*.wsdl", "*.raml", "*.thrift", "*.avsc"),
            *("**/urls.py", "**/routes.rb", "**/routes.*", "**/routes/**", "*_controller.rb", "*Controller.java"),
        ),
    ),
    "how it runs": Touch(
        risk=Risk.MEDIUM,
        says="how the application is built or run",
        paths=(
            *("Dockerfile*", "*.Dockerfile", "docker-compose*.y*ml", "compose*.y*ml", "Procfile", "*.service"),
            *(
                "**/helm/**/*.y*ml",
                "**/charts/**/*.y*ml",
                "**/k8s/**/*.y*ml",
                "**/kubernetes/**/*.y*ml",
                "**/manifests/**/*.y*ml",
                "kustomization.y*ml",
            ),
            *("nginx*.conf", "haproxy*.cfg", "envoy*.yaml", "gunicorn*.py", "gunicorn*.conf", "shipway.yaml"),
            *("serverless.yml", "fly.toml", "app.yaml", "Jenkinsfile.deploy"),
        ),
    ),
    "configuration": Touch(
        risk=Risk.LOW,
        says="configuration",
        paths=(
            *("**/config/**", "**/conf/**", "**/settings/**", "settings.py", "application*.y*ml", "*.properties"),
            *(".env*", "*.ini", "*.conf", "appsettings*.json", "config.*"),
        ),
    ),
    "pipeline": Touch(
        risk=Risk.LOW,
        says="the pipeline that builds it",
        paths=(".github/workflows/", ".gitlab-ci.yml", "Jenkinsfile", ".circleci/", "azure-pipelines.yml"),
    ),
}
"""Heaviest first. The risks are those of the guide's table."""


class Named:
    """Which of them a path alone names; those with a `text` have that looked at too."""

    def __init__(self, touches: Mapping[str, Touch]) -> None:
        self._patterns = Patterns({name: touch.paths for name, touch in touches.items()})
        self._words: dict[str, list[str]] = {}
        for name, touch in touches.items():
            for word in touch.words:
                self._words.setdefault(word, []).append(name)

    def by_path(self, path: str) -> frozenset[str]:
        """Their names."""
        said = self._words.keys() & words(path)
        return self._patterns.named(path).union(*(self._words[word] for word in said))
