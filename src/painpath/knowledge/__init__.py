"""All medicine, as YAML (`base/`), with the shape of the files, the loader and the checkers.

Knows nothing of records, of the engine or of who asks. `store.compiled` is what others use.
"""
