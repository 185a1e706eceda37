"""A run behind HTTP: rows in, named answers out; :func:`~nnrecipes.serving.server.serve` is the way in."""
