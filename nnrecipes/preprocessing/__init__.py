"""Fit on training rows, transform all."""
