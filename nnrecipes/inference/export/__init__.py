"""A run -> one file that takes raw rows and gives named answers; see :mod:`nnrecipes.inference.export.export`."""
