"""Accounts, passwords, roles, sessions and one-time links."""
