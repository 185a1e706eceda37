"""What the README shows runs."""

import re
from pathlib import Path

import pytest

from nnrecipes.cli.main import COMMANDS, main
from nnrecipes.data.synthetic import harbour_trips

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", blocks("python"), ids=range(len(blocks("python"))))
def test_python_examples_run(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})


def test_there_are_two_set_up_commands_each_one_line_with_its_own_environment() -> None:
    commands = [block.strip() for block in blocks("sh")]
    assert len(commands) == 2
    assert all(command.startswith("python3 -m venv ") and "\n" not in command for command in commands)
    assert commands[0].endswith("nnrecipes train iris_multi_output")
    assert commands[1].endswith("/bin/pytest")


def test_the_check_of_the_project_runs_the_second_command() -> None:
    assert "grep -m1 '^python3 -m venv .*pytest' README.md" in (ROOT / ".ci" / "run").read_text()


def test_the_recipe_shown_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    harbour_trips(60).rename(columns={"catch_kg": "price"}).to_csv(tmp_path / "houses.csv", index=False)
    recipe = tmp_path / "houses.yaml"
    recipe.write_text(blocks("yaml")[0], "utf-8")
    assert main(["check", str(recipe), "--data"]) == 0
    recipe.write_text(blocks("yaml")[0].replace("patience", "patiense"), "utf-8")
    assert main(["check", str(recipe)]) == 2
    shown = next(line for line in README.splitlines() if line.startswith("houses.yaml:"))
    line, message = shown.removeprefix("houses.yaml:").split(":", 1)
    heard = capsys.readouterr().err
    assert message in heard
    assert f"houses.yaml:{line}:" in heard


def test_every_command_is_in_the_table() -> None:
    table = README.partition("## Command line")[2].partition("## Python")[0]
    for command in COMMANDS:
        assert command.__name__.rpartition(".")[2].replace("_", "-") in table


def test_every_link_to_a_file_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
