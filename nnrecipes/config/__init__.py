"""The configuration of a recipe."""
