"""The audit trail: who saw or changed what, written once and never changed."""
