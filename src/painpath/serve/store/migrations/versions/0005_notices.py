"""Whether somewhere else has taken notice of a safety alert."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "alert_notice",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try", sa.DateTime(), nullable=False),
        sa.Column("accepted", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["answer_alert.id"], name=op.f("fk_alert_notice_alert_id")
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert_notice")),
    )


def downgrade() -> None:
    """Not offered: restore the backup made before the upgrade."""
    raise NotImplementedError
