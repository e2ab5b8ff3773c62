"""Records from a FHIR server: SMART Backend Services and bulk `$export`, into a folder of NDJSON.

The only storey that opens connections, and only to the server it is pointed at.
"""
