"""OMOP CDM v5.4 in: tables of a health system into the facts that records give.

A source (`sources`, `postgres`) becomes one file per table with the rows that mean something, in
the order of the patients (`staging`); a patient's rows become the resources that the record reader
knows (`codes`, `events`, `drugs`, `people`), so that the same code is the same fact (`reading`).
"""
