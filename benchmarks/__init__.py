"""Benchmarks: one command (`make bench`), every figure beside a named peer or floor of the same run."""
