"""Records from a FHIR server: SMART Backend Services and bulk `$export`, into a folder of NDJSON.

Opens connections only to the server it is pointed at.
"""
