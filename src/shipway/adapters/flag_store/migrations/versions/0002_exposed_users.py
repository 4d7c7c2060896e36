"""How many different users got which answer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "exposed_users",
        sa.Column("environment", sa.Text, sa.ForeignKey("environments.name"), primary_key=True),
        sa.Column("flag", sa.Text, primary_key=True),
        sa.Column("variant", sa.Text, primary_key=True),
        sa.Column("day", sa.BigInteger, primary_key=True),
        sa.Column("registers", sa.Text, nullable=False),
    )
