"""A whole population: an export in, problems, verdicts, worklists and a summary out.

In steps that several processes share and that go on where they were interrupted. Start at `screen`.
"""
