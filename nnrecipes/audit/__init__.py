"""The leak audit of a recipe: does anything that training sees depend on validation or test rows? No TensorFlow.

``nnrecipes.audit`` is both this package and, for ``nn.audit(config)``, its one function: the package can be called.
"""

import sys
from types import ModuleType
from typing import Any

from nnrecipes.audit.result import Audit, Check, Leak
from nnrecipes.audit.run import audit

__all__ = ["Audit", "Check", "Leak", "audit"]


class _Callable(ModuleType):
    def __call__(self, *arguments: Any, **keywords: Any) -> Audit:
        return audit(*arguments, **keywords)


sys.modules[__name__].__class__ = _Callable
