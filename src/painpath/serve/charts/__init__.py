"""Records of patients: taken in from files, kept compressed, read as facts."""
