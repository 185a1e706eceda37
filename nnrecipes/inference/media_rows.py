"""Rows as dicts -> the arrays of a run's images, texts and series, as its preprocessor makes them."""

from collections.abc import Sequence
from dataclasses import replace

from nnrecipes.config.data import ArraysSource
from nnrecipes.data.read import read_table
from nnrecipes.data.schema import prepare
from nnrecipes.inference.export.packed import media_arrays
from nnrecipes.inference.predictor import Arrays, Row
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.runs.integrity import check_file, read_provenance
from nnrecipes.runs.layout import RunFolder


class MediaRows:
    """The preprocessor of a run, as far as it is of images, texts and series.

    Args:
        folder: The run.
        columns: The columns that these inputs have.
    """

    def __init__(self, folder: RunFolder, columns: Sequence[str]) -> None:
        self.preprocessor = Preprocessor.load(check_file(folder, folder.preprocessor, read_provenance(folder)))
        schema = self.preprocessor.schema
        self.columns = list(columns)
        self.schema = replace(schema, columns={name: schema.columns[name] for name in columns})

    def arrays(self, rows: Sequence[Row]) -> Arrays:
        """Return input -> array.

        Raises:
            KeyError: A row has not all the columns.
            DataError: A value that its column does not take.
        """
        table = read_table(ArraysSource(), {name: [row[name] for row in rows] for name in self.columns})
        return media_arrays(prepare(table, self.schema), self.preprocessor)
