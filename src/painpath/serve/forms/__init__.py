"""Forms that patients fill in: what is asked when, links that open it, answers as FHIR, alerts."""
