"""From files to tables to row numbers."""
