"""Opioid dose in morphine milligram equivalents per day, with its working."""

from painpath.opioids.load import (
    OpioidCalculator,
    OpioidItem,
    OpioidLoad,
    is_opioid,
    opioid_load,
)
from painpath.opioids.loading import OpioidKnowledge, opioid_knowledge

__all__ = [
    "OpioidCalculator",
    "OpioidItem",
    "OpioidKnowledge",
    "OpioidLoad",
    "is_opioid",
    "opioid_knowledge",
    "opioid_load",
]
