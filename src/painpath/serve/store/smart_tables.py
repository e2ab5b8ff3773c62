"""The table of launches from record systems that are on their way."""

from __future__ import annotations

import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from painpath.serve.store.tables import Base


class Launch(Base):
    """A launch that has begun. It is removed when the person comes back, or is too late."""

    __tablename__ = "launch"

    digest: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Of the state."""
    browser: Mapped[str] = mapped_column(sa.String(64))
    """Digest of the cookie of the browser that began it."""
    server: Mapped[str] = mapped_column(sa.String(2000))
    nonce: Mapped[str] = mapped_column(sa.String(64))
    verifier: Mapped[str] = mapped_column(sa.String(64))
    scope: Mapped[str] = mapped_column(sa.String(2000))
    expires: Mapped[datetime.datetime] = mapped_column(index=True)
