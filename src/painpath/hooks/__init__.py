"""CDS Hooks 2.0: requests of a record system into cards, and the routes a web service mounts.

Requests become cards without any web framework; only `router` knows one.
"""
