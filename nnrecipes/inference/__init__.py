"""What users hold of a run."""
