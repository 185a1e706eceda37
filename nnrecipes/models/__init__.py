"""Builders: plain functions that return an uncompiled ``keras.Model``."""
