"""Documents from a plan: referral letter, prior-authorisation packet, handout for the patient.

Pure functions: a `Plan`, its `Record` and the knowledge in, text, pages, PDF or FHIR out. No
medical rule and nothing of the web lives here. What the record does not hold is said to be missing.
"""
