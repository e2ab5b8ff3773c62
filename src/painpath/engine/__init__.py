"""Facts joined with knowledge: one SQL file a criterion kind, answers for every patient at once.

Knows no FHIR and no HTTP: of records only the columns of the fact table. Start at `engine`.
"""
