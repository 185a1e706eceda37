"""The run directory as files."""
