"""Records: FHIR R4 in, one Arrow table of facts out. Nothing here decides anything.

Start at `reading`; one module per family of resources turns it into facts.
"""

from painpath.records.errors import RecordError

__all__ = ["RecordError"]
