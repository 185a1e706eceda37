"""Searches over a recipe's keys: what a trial tries, the study that remembers, and what comes of it."""
