"""The web pages: one module a page, templates and static files beside them."""
