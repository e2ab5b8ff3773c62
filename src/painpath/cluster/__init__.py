"""Screening on Spark: the engine's SQL files over a cluster, everything else as in `screening`."""
