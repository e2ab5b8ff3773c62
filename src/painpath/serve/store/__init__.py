"""Tables, migrations and short transactions: everything that outlives a request."""
