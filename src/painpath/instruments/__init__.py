"""Questionnaires and scales: what they ask, how they are scored, what their numbers mean.

The instruments themselves are data (`knowledge/base/instruments/`). What is here knows no FHIR
but for `questionnaire`, which renders a free instrument as an R4 Questionnaire.
"""

from __future__ import annotations

from painpath.instruments.forms import Form, Forms
from painpath.instruments.questionnaire import NotFreeError, questionnaire
from painpath.instruments.scoring import (
    Answers,
    Scored,
    band_of,
    group_of,
    score_answers,
    score_form,
)

__all__ = [
    "Answers",
    "Form",
    "Forms",
    "NotFreeError",
    "Scored",
    "band_of",
    "group_of",
    "questionnaire",
    "score_answers",
    "score_form",
]
