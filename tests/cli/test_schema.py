"""`lms-gateway schema`: prints the SDL, and compares a file with it."""

from pathlib import Path

import pytest

from lms_gateway.cli import main
from lms_gateway.schema import print_sdl


def test_it_prints_the_sdl(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == print_sdl()


def test_an_equal_file_passes_without_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(print_sdl())
    assert main(["schema", "--check", "--file", str(file)]) == 0
    assert capsys.readouterr().out == ""


def test_differences_are_printed_as_a_diff(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "schema.graphql"
    file.write_text(print_sdl().replace("type Query", "type Kwery"))
    assert main(["schema", "--check", "--file", str(file)]) == 1
    output = capsys.readouterr()
    assert "\n-type Kwery" in output.out
    assert "\n+type Query" in output.out
    assert "differs from the code" in output.err


def test_a_missing_file_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--check", "--file", str(tmp_path / "none")]) == 1
    assert "cannot be read" in capsys.readouterr().err
