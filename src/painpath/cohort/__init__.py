"""Synthetic pain patients as FHIR R4, with the truth beside them.

Rates, codes and citations are data (`base/`). Nothing here asks the engine.
"""
