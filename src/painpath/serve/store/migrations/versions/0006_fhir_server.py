"""The FHIR server that a clinic connects on the page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("clinic", sa.Column("fhir_server", sa.String(500), nullable=True))


def downgrade() -> None:
    """Not offered: restore the backup made before the upgrade."""
    raise NotImplementedError
