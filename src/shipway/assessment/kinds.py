"""What kind of file a path is: the first row of the table whose patterns name it."""

from collections.abc import Iterable, Mapping

from shipway.assessment.change import File
from shipway.assessment.patterns import Patterns

GENERATED, TESTS, DOCS, DEPENDENCIES, PIPELINE, CODE, CONFIGURATION, TRANSLATIONS, OTHER = (
    "generated",
    "tests",
    "docs",
    "dependencies",
    "pipeline",
    "code",
    "configuration",
    "translations",
    "other",
)
KINDS: Mapping[str, tuple[str, ...]] = {
    GENERATED: (
        *("vendor/", "node_modules/", "third_party/", "**/dist/**", "*.min.js", "*.min.css", "*.map", "*.snap"),
        *("*_pb2.py", "*_pb2_grpc.py", "*_pb2.pyi", "*.pb.go", "*.pb.gw.go", "*.pb.cc", "*.pb.h", "*_pb.js"),
        *(
            "*_generated.*",
            "*.generated.*",
            "zz_generated*",
            "*.g.dart",
            "__generated__/",
            "*.egg-info/",
            "PKG-INFO",
        ),
        *("*_string.go", "mock_*.go", "*.designer.cs", "sorbet/rbi/"),
    ),
    TESTS: (
        *("test/", "tests/", "/spec/", "__tests__/", "testdata/", "fixtures/", "__mocks__/", "e2e/"),
        *(
            "test_*.py",
            "*_test.py",
            "tests.py",
            "conftest.py",
            "*_test.go",
            "*.test.*",
            "*.spec.*",
            "*_spec.rb",
            "*_test.rb",
        ),
        *("*Test.java", "*Tests.java", "*IT.java", "cypress/", "jest.config.*", "pytest.ini", "tox.ini"),
    ),
    DEPENDENCIES: (
        *(
            "requirements*.txt",
            "requirements*.in",
            "constraints*.txt",
            "requirements/*.txt",
            "Pipfile",
            "Pipfile.lock",
        ),
        *("pyproject.toml", "poetry.lock", "uv.lock", "pdm.lock", "setup.cfg", "setup.py", "package.json"),
        *(
            "package-lock.json",
            "npm-shrinkwrap.json",
            "yarn.lock",
            "pnpm-lock.yaml",
            "go.mod",
            "go.sum",
            "pom.xml",
        ),
        *("build.gradle", "build.gradle.kts", "gradle.lockfile", "libs.versions.toml", "Gemfile", "Gemfile.lock"),
        *("*.gemspec",),
    ),
    DOCS: (
        *(
            "docs/",
            "doc/",
            "/examples/",
            "*.md",
            "*.rst",
            "*.adoc",
            "LICENSE*",
            "NOTICE*",
            "AUTHORS*",
            "CHANGES*",
            "CHANGELOG*",
        ),
        *("HISTORY*", "README*", "CONTRIBUTING*", "*.txt", "CODEOWNERS", ".github/ISSUE_TEMPLATE/"),
    ),
    TRANSLATIONS: ("*.po", "*.pot", "*.xliff", "*.xlf", "locale/", "locales/"),
    PIPELINE: (
        *(".github/workflows/", ".gitlab-ci.yml", ".gitlab/", "Jenkinsfile*", ".circleci/", ".travis.yml"),
        *("azure-pipelines.yml", ".buildkite/", "bitbucket-pipelines.yml", ".pre-commit-config.yaml"),
    ),
    CODE: (
        *(
            "*.py",
            "*.pyx",
            "*.pyi",
            "*.js",
            "*.mjs",
            "*.cjs",
            "*.jsx",
            "*.ts",
            "*.tsx",
            "*.vue",
            "*.svelte",
            "*.go",
        ),
        *("*.java", "*.kt", "*.kts", "*.scala", "*.groovy", "*.rb", "*.erb", "*.rake", "Rakefile", "*.c", "*.h"),
        *(
            "*.cc",
            "*.cpp",
            "*.hpp",
            "*.rs",
            "*.cs",
            "*.php",
            "*.swift",
            "*.ex",
            "*.exs",
            "*.sql",
            "*.sh",
            "*.html",
        ),
        *(
            "*.css",
            "*.scss",
            "*.less",
            "*.jinja",
            "*.j2",
            "*.tf",
            "*.proto",
            "*.graphql",
            "*.graphqls",
            "Makefile",
        ),
        *("Dockerfile*", "*.Dockerfile", "*.ru", "*.haml", "*.slim", "*.jsp", "*.lua", "*.pl"),
    ),
    CONFIGURATION: (
        *("*.yaml", "*.yml", "*.json", "*.toml", "*.ini", "*.cfg", "*.conf", "*.properties", "*.env", ".env*"),
        *("*.xml", "Procfile", ".*rc", "*.config"),
    ),
}
"""In the order in which they are asked."""


def by_kind(files: Iterable[File], kinds: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[File, ...]]:
    """The files of each kind that has any. What nothing names is `other`."""
    patterns = Patterns(kinds)
    found: dict[str, list[File]] = {}
    for file in files:
        named = patterns.named(file.path)
        found.setdefault(next((kind for kind in kinds if kind in named), OTHER), []).append(file)
    return {kind: tuple(found[kind]) for kind in (*kinds, OTHER) if kind in found}
