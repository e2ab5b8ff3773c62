"""Benchmarks: `make bench`; every figure stands beside a floor or peer of the same run."""
