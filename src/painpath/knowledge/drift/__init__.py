"""Is our Medicare knowledge behind? Reads the Medicare Coverage Database's export and compares."""
