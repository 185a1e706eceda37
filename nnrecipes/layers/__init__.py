"""Keras layers of the package; once this is imported, ``keras.saving.load_model`` knows them all.

A ``.keras`` file of a recipe that has one of them loads after ``import nnrecipes.layers``.
"""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
