"""Whose criteria decide, as an analyst reads it in the results of a population."""

from __future__ import annotations

from collections.abc import Mapping

from painpath.planning.payer import CLINICAL
from painpath.planning.plan import PolicyChoice

NO_PAYER = "No payer policy (clinical criteria)"
"""Judged by no payer: the record names none that is known, or none was to be asked."""
UNFILED = "{} (no policy on file)"
"""A payer that is known, whose patients are judged by the clinical criteria too."""


def payer_words(choice: PolicyChoice, names: Mapping[str, str]) -> str:
    """The payer of a patient, with what is to be said of its policies.

    Args:
        choice: whose criteria decide for the patient.
        names: of payers, by id.
    """
    if choice.id != CLINICAL:
        return choice.name
    known = names.get(choice.payer) if choice.payer not in (None, CLINICAL) else None
    return NO_PAYER if known is None else UNFILED.format(known)
