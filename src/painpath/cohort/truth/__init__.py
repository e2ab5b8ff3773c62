"""The status that each option should have, from what the record tells and the policies' numbers.

Plain Python, one function per option and policy, reading named criteria of the knowledge. It shares
no code with the engine: where they differ, one of them is wrong.
"""
