"""Tables, migrations and short transactions: everything that outlives a request."""

# Every table is known to whoever looks at any of them: migrations, backups.
from painpath.serve.store import form_tables as form_tables
from painpath.serve.store import smart_tables as smart_tables
