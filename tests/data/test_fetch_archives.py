"""An archive gives the files that are wanted and nothing else: one that tries more is refused whole."""

# ruff: noqa: F401, F811 - fixtures are imported

import gzip
import os
import tarfile
import zipfile
from pathlib import Path

import pytest
from fetching import DIGITS, TABLE, cache, fails, link, tarred, zipped

from nnrecipes.cli.main import main
from nnrecipes.data import unpack

ESCAPES = ["../table.csv", "a/../../table.csv", "/table.csv", "..\\table.csv", "C:\\table.csv"]


@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("make", [zipped, tarred])
def test_a_member_that_escapes_condemns_the_archive(make, name: str, tmp_path: Path, cache: Path, capsys) -> None:
    source = make(tmp_path / "evil.bin", {"table.csv": TABLE, name: b"a"})
    before = {path for path in tmp_path.rglob("*") if cache not in path.parents and path != cache}
    heard = fails(cache, capsys, "table", source)
    assert "expected members inside the archive's folder. Received: " in heard
    assert {path for path in tmp_path.rglob("*") if cache not in path.parents and path != cache} == before


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_a_link_or_device_in_a_tar_condemns_it(kind: bytes, tmp_path: Path, cache: Path, capsys) -> None:
    source = tarred(tmp_path / "evil.tar.gz", {}, link("table.csv", "/etc/passwd", kind))
    assert "Received: a link or device, 'table.csv'" in fails(cache, capsys, "table", source)


def test_a_link_in_a_zip_condemns_it(tmp_path: Path, cache: Path, capsys) -> None:
    info = zipfile.ZipInfo("table.csv")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "a link or device" in fails(cache, capsys, "table", str(tmp_path / "evil.zip"))


def test_a_bomb_is_stopped_at_the_limit(tmp_path: Path, cache: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(unpack, "MOST_UNPACKED", 1_000_000)
    written = []
    copy = unpack.copy_limited
    monkeypatch.setattr(
        unpack, "copy_limited", lambda source, to, limit, where: written.append(limit) or copy(source, to, limit, where)
    )
    bomb = b"\0" * 5_000_000
    for source in (zipped(tmp_path / "b.zip", {"table.csv": bomb}), tarred(tmp_path / "b.tar.gz", {"table.csv": bomb}),
                   tarred(tmp_path / "c.tar.gz", {"other": bomb, "table.csv": TABLE})):  # fmt: skip
        assert Path(source).stat().st_size < 10_000
        assert "Received: more." in fails(cache, capsys, "table", source)
    zipped(tmp_path / "many.zip", {f"{n}/table.csv": b"\0" * 400_000 for n in range(9)})
    written.clear()
    assert "expected at most 200,000 bytes" in fails(cache, capsys, "table", str(tmp_path / "many.zip"))
    assert written == [1_000_000, 600_000, 200_000]


def test_a_gz_bomb_is_stopped_at_the_size_that_is_known(tmp_path: Path, cache: Path, capsys) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"\0" * 30_000_000))
    (tmp_path / "y.gz").write_bytes(gzip.compress(DIGITS[:100]))
    assert f"x.gz: expected {len(DIGITS):,} bytes. Received: more." in fails(cache, capsys, "digits", str(tmp_path))


def test_an_archive_of_something_else_names_what_is_expected(tmp_path: Path, cache: Path, capsys) -> None:
    heard = fails(cache, capsys, "digits", zipped(tmp_path / "a.zip", {"x.gz": gzip.compress(DIGITS), "readme": b""}))
    assert "expected the files x.gz, y.gz. Received: only x.gz." in heard
    assert "Received: none of them." in fails(cache, capsys, "table", tarred(tmp_path / "a.tgz", {"readme": b""}))


def test_a_damaged_archive_is_one_message(tmp_path: Path, cache: Path, capsys) -> None:
    content = bytearray(Path(zipped(tmp_path / "a.zip", {"table.csv": os.urandom(5000) + TABLE})).read_bytes())
    content[2000:2010] = b"\0" * 10
    (tmp_path / "bad.zip").write_bytes(content)
    assert "expected a whole archive. Received: a damaged one" in fails(
        cache, capsys, "table", str(tmp_path / "bad.zip")
    )
    whole = Path(tarred(tmp_path / "a.tar.gz", {"table.csv": os.urandom(20_000)})).read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    assert "a damaged one" in fails(cache, capsys, "table", str(tmp_path / "cut.tar.gz"))
    (tmp_path / "x.gz").write_bytes(gzip.compress(DIGITS)[:-9])
    (tmp_path / "y.gz").write_bytes(gzip.compress(DIGITS[:100]))
    assert "x.gz: expected a whole gzip file" in fails(cache, capsys, "digits", str(tmp_path))


def test_a_file_that_is_no_archive_is_refused_where_there_are_several_files(
    tmp_path: Path, cache: Path, capsys
) -> None:
    (tmp_path / "a.txt").write_text("hello")
    heard = fails(cache, capsys, "digits", str(tmp_path / "a.txt"))
    assert "expected a folder, or a zip or tar.gz archive. Received: a file that is neither." in heard


def test_a_source_that_is_not_there_names_the_nearest(tmp_path: Path, cache: Path, capsys) -> None:
    (tmp_path / "table.zip").touch()
    assert "no such file. Did you mean table.zip?" in fails(cache, capsys, "table", str(tmp_path / "tabel.zip"))


def test_an_unknown_data_set_names_the_nearest(capsys) -> None:
    assert main(["fetch", "mnits"]) == 2
    assert "Did you mean mnist?" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_one_message(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    (tmp_path / "table.csv").write_bytes(TABLE)
    monkeypatch.setenv("NNRECIPES_DATA", str(tmp_path / "locked" / "cache"))
    assert main(["fetch", "table", "--from", str(tmp_path / "table.csv")]) == 2
    assert "Permission denied" in capsys.readouterr().err


def test_a_cache_that_is_a_file_is_one_message(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "table.csv").write_bytes(TABLE)
    monkeypatch.setenv("NNRECIPES_DATA", str(tmp_path / "table.csv"))
    assert main(["fetch", "table", "--from", str(tmp_path / "table.csv")]) == 2
    assert "expected to read the source and write the data cache" in capsys.readouterr().err
