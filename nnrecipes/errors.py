"""The errors that users see: each says where, what is expected, what was received and the nearest right name."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class NnRecipesError(Exception):
    """Base of every error that this package raises on purpose."""


class ConfigError(NnRecipesError):
    """A recipe that cannot be run as it is written.

    Args:
        problems: One line a problem, all of them.

    Example:
        >>> ConfigError(["a.yaml:3: model: expected a section", "a.yaml:4: seed: expected an integer"]).problems[1]
        'a.yaml:4: seed: expected an integer'
    """

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class DataError(NnRecipesError):
    """Rows or columns that do not fit the recipe.

    Args:
        problems: One line a problem, all of them.
    """

    def __init__(self, problems: Sequence[str] | str) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class NotFittedError(NnRecipesError):
    """A transform that was asked for before its fit."""


class RunError(NnRecipesError):
    """A run folder that is missing, ambiguous, unfinished or altered."""


def cannot_write(path: object, error: OSError) -> RunError:
    """The one error of a full disk, a read-only folder and the like.

    Example:
        >>> cannot_write("runs/a", OSError(28, "No space left on device"))
        RunError('runs/a: expected a place that can be written. Received: No space left on device.')
    """
    return RunError(f"{path}: expected a place that can be written. Received: {error.strerror or error}.")


def nearest(word: object, names: Iterable[object]) -> str | None:
    """Return the name nearest to ``word``, or None.

    Example:
        >>> nearest("petal_lenght", ["petal_length", "sepal_width"])
        'petal_length'
    """
    known = {str(name).casefold(): str(name) for name in names}
    near = get_close_matches(str(word).casefold(), known, n=1, cutoff=0.6)
    near = near or [name for name in known if len(str(word)) > 1 and name.startswith(str(word).casefold())]
    return known[near[0]] if near else None


def did_you_mean(word: object, names: Iterable[object]) -> str:
    """Return ``' Did you mean x?'`` for the name nearest to ``word``, or an empty string.

    Example:
        >>> did_you_mean("trainning", ["data", "training"])
        ' Did you mean training?'
        >>> did_you_mean("zzz", ["data"])
        ''
    """
    near = nearest(word, names)
    return f" Did you mean {near}?" if near is not None else ""
