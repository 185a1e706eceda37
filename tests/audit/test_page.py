"""docs/audit.md is what ``nnrecipes audit`` prints."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    path = Path(__file__).with_name("generate_audit.py")
    spec = importlib.util.spec_from_file_location("generate_audit", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_has_every_recipe_that_can_be_audited_and_each_is_clean(generate: ModuleType) -> None:
    found = generate.sections(generate.PLACE.read_text("utf-8"))
    assert list(found) == generate.recipes()
    assert {section.splitlines()[-2] for section in found.values()} == {"clean"}
    assert not any("looks like an identifier" in section for section in found.values())  # a photo's name is none


@pytest.mark.slow
def test_the_page_is_what_the_command_prints(generate: ModuleType) -> None:
    page = generate.PLACE.read_text("utf-8")
    assert page.startswith(generate.HEAD)
    for name, section in generate.sections(page).items():
        if name not in generate.FETCHED:
            assert section == generate.section(name)


@pytest.mark.realdata
def test_the_page_is_what_the_command_prints_of_public_data(generate: ModuleType) -> None:
    folder = os.environ.get("NNRECIPES_BENCH_DATA")
    if not folder:
        pytest.skip("NNRECIPES_BENCH_DATA names no folder with the public data sets")
    sections = generate.sections(generate.PLACE.read_text("utf-8"))
    with generate.fetched(generate.FETCHED, folder):
        for name in generate.FETCHED:
            assert sections[name] == generate.section(name)
