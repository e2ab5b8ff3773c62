"""Outcome arithmetic: responders, intervals, curves. Knows no FHIR and no patient.

`responders` and `followup` need nothing but the package; `proportions`, `comparisons`, `rates`,
`survival` and `limits` need SciPy and lifelines (`pip install 'painpath[outcomes]'`).
What counts as response and when it is looked at are data (`knowledge/base/outcomes/`).
"""
