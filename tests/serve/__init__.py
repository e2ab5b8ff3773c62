"""The service: who may what, hostile input, pages in a browser."""
