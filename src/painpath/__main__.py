"""`python -m painpath`."""

from painpath.cli.main import main

main()
