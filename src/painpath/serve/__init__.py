"""The clinic's service: web pages and interfaces over the planner; no medical rule.

`store` keeps, `people` knows who may what, `guard` checks it on every request, `trail` writes down
who saw what, `charts` takes records in, `desk` plans, `pages` shows. `app.create_app` joins them.
"""
