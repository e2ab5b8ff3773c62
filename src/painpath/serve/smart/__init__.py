"""SMART App Launch: from a record system's chart into the patient's page here, and nothing kept."""
