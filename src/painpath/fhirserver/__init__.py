"""A FHIR server asked for one patient's resources: the one way in which PainPath does it.

`server.connected` is what others use. The package knows no settings and no page. It raises or
returns `AskError`, whose words hold nothing of a patient; each caller has its own sentences.
"""
