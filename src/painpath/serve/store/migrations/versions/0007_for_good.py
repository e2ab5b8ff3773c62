"""Nothing takes the place of a row of the trail or of an alert; signing changes nothing else."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TRAIL = "the trail is only written to"
_ALERT = "an alert is signed off once, and stays"
_STAYS = ("id", "patient_id", "asked_id", "rule", "answer", "raised")
"""Columns of an alert that are what they were when it was raised."""


def upgrade() -> None:
    """Let the database refuse that too."""
    if op.get_bind().dialect.name == "sqlite":
        # INSERT OR REPLACE removes a row without asking the triggers that watch over removal.
        _refuse_on_sqlite("trail_no_replace", "INSERT ON trail", "id = NEW.id", _TRAIL)
        same = "id = NEW.id OR (asked_id = NEW.asked_id AND rule = NEW.rule)"
        _refuse_on_sqlite("answer_alert_no_replace", "INSERT ON answer_alert", same, _ALERT)
        changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in _STAYS)
        op.execute(
            "CREATE TRIGGER answer_alert_stays BEFORE UPDATE ON answer_alert"
            f" WHEN {changed} BEGIN SELECT RAISE(ABORT, '{_ALERT}'); END"
        )
        return
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in _STAYS)
    op.execute(
        "CREATE TRIGGER answer_alert_stays BEFORE UPDATE ON answer_alert FOR EACH ROW"
        f" WHEN ({changed}) EXECUTE FUNCTION answer_alert_refuse()"
    )


def downgrade() -> None:
    """Not offered: restore the backup made before the upgrade."""
    raise NotImplementedError


def _refuse_on_sqlite(name: str, act: str, same: str, why: str) -> None:
    table = act.rpartition(" ")[2]
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"
        f" BEGIN SELECT RAISE(ABORT, '{why}'); END"
    )
