"""CDS Hooks as a part of the service: what all its processes must know together."""
