"""What people and programs read of a plan and of the knowledge: terminal, HTML, JSON, FHIR.

Lays out what is decided already; no medical rule lives here.
"""
