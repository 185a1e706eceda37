"""Compile, callbacks, schedules and trainers."""
