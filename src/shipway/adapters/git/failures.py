"""What can be wrong with a repository and its revisions."""

from shipway.errors import Exit, PortError, ShipwayError


class NoGit(ShipwayError):
    """There is no git, or one that refuses."""

    code = "no-git"


class NoRepository(ShipwayError):
    """The folder is in no git repository."""

    code = "no-repository"


class UnknownRevision(ShipwayError):
    """No commit has that name."""

    code = "unknown-revision"


class Shallow(ShipwayError):
    """The clone does not go back as far as it was asked."""

    code = "shallow-clone"


class GitFailed(PortError):
    """Git took too long, or failed in a way that nobody foresaw."""

    code = "git-failed"
    exit_code = Exit.UNREACHABLE
