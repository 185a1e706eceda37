"""The tables that the package ships are what data/README.md says."""

import hashlib

import pandas as pd

from nnrecipes.config.shipped import shipped
from nnrecipes.data.synthetic import harbour_trips
from nnrecipes.data.synthetic_interactions import reading_tables


def test_the_generator_makes_the_shipped_table() -> None:
    pd.testing.assert_frame_equal(pd.read_csv(shipped("data") / "harbour.csv"), harbour_trips())


def test_the_generator_makes_the_shipped_readings_and_books() -> None:
    for name, table in zip(("readings", "books"), reading_tables(), strict=True):
        pd.testing.assert_frame_equal(pd.read_csv(shipped("data") / f"{name}.csv"), table, check_dtype=False)


def test_the_readme_names_every_table_with_its_sha256() -> None:
    text = (shipped("data") / "README.md").read_text()
    for path in shipped("data").glob("*.csv"):
        assert f"| {path.name} |" in text
        assert hashlib.sha256(path.read_bytes()).hexdigest() in text
