"""From the engine's answers to a plan: statuses, next step, safety, what is missing, and when.

The numbers stand in the knowledge; the words of a page in `report`. Start at `planner`.
"""
