"""Tokens of record systems that were used, and what became of cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "used_token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_token")),
    )
    op.create_index(op.f("ix_used_token_until"), "used_token", ["until"], unique=False)
    op.create_table(
        "card",
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("about", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("told", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("card", name=op.f("pk_card")),
    )
    op.create_index(op.f("ix_card_about"), "card", ["about"], unique=False)
    op.create_index(op.f("ix_card_day"), "card", ["day"], unique=False)


def downgrade() -> None:
    """Not offered: restore the backup made before the upgrade."""
    raise NotImplementedError
