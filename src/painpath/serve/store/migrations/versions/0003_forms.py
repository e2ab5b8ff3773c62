"""Forms, what came back, and alerts that nobody can remove."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_REFUSE = "an alert is signed off once, and stays"


def upgrade() -> None:
    """Make the tables, and let the database refuse what must not happen to an alert."""
    op.create_table(
        "asked_form",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("forms", sa.String(length=400), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=True),
        sa.Column("visit", sa.String(length=60), nullable=True),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("made", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("opened", sa.DateTime(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("answered", sa.DateTime(), nullable=True),
        sa.Column("withdrawn", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_asked_form_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_asked_form_patient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asked_form")),
        sa.UniqueConstraint("digest", name=op.f("uq_asked_form_digest")),
    )
    op.create_index(op.f("ix_asked_form_patient_id"), "asked_form", ["patient_id"], unique=False)
    op.create_table(
        "form_answer",
        sa.Column("asked_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("received", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_id"], ["asked_form.id"], name=op.f("fk_form_answer_asked_id")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_form_answer_document_id")
        ),
        sa.PrimaryKeyConstraint("asked_id", name=op.f("pk_form_answer")),
    )
    op.create_table(
        "answer_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.String(length=32), nullable=False),
        sa.Column("asked_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("raised", sa.DateTime(), nullable=False),
        sa.Column("signed", sa.DateTime(), nullable=True),
        sa.Column("signed_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_id"], ["asked_form.id"], name=op.f("fk_answer_alert_asked_id")
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"], ["patient.id"], name=op.f("fk_answer_alert_patient_id")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["account.id"], name=op.f("fk_answer_alert_signed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_alert")),
        sa.UniqueConstraint("asked_id", "rule", name=op.f("uq_answer_alert_asked_id_rule")),
    )
    op.create_index(
        op.f("ix_answer_alert_patient_id"), "answer_alert", ["patient_id"], unique=False
    )
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END"
        op.execute(f"CREATE TRIGGER answer_alert_no_delete BEFORE DELETE ON answer_alert {refuse}")
        op.execute(
            "CREATE TRIGGER answer_alert_no_change BEFORE UPDATE ON answer_alert"
            f" WHEN OLD.signed IS NOT NULL OR NEW.signed IS NULL {refuse}"
        )
        return
    op.execute(
        "CREATE FUNCTION answer_alert_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_REFUSE}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER answer_alert_no_delete BEFORE DELETE ON answer_alert"
        " FOR EACH ROW EXECUTE FUNCTION answer_alert_refuse()"
    )
    op.execute(
        "CREATE TRIGGER answer_alert_no_change BEFORE UPDATE ON answer_alert FOR EACH ROW"
        " WHEN (OLD.signed IS NOT NULL OR NEW.signed IS NULL)"
        " EXECUTE FUNCTION answer_alert_refuse()"
    )
    op.execute(
        "CREATE TRIGGER answer_alert_no_truncate BEFORE TRUNCATE ON answer_alert"
        " FOR EACH STATEMENT EXECUTE FUNCTION answer_alert_refuse()"
    )


def downgrade() -> None:
    """Not offered: restore the backup made before the upgrade."""
    raise NotImplementedError
