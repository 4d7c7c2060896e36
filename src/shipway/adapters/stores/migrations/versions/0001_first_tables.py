"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "services",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("length", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("service", sa.Text, sa.ForeignKey("services.name"), primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
    )
    op.create_table(
        "requests",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("service", sa.Text, sa.ForeignKey("services.name"), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "checkpoints",
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
    )
    _create_leases()
    _create_revisions()


def _create_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_index("leases_by_owner", "leases", ["owner"])


def _create_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("release", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("service", "id", name="revisions_once"),
    )
