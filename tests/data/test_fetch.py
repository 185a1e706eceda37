"""Public data sets reach the cache whole and checked, or not at all; tested against a server of this machine."""

# ruff: noqa: F401, F811 - fixtures are imported

import gzip
import hashlib
import http.server
import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from fetching import DIGITS, TABLE, cache, fails, gives, leads_to, server, tarred, zipped

from nnrecipes.cli.main import main
from nnrecipes.data import datasets, download

# What goes well


def test_a_file_a_folder_a_zip_a_tar_and_an_address_give_the_same_bytes(tmp_path: Path, cache: Path, server) -> None:
    address, answers = server
    answers["/get/table.csv"] = gives(TABLE)
    answers["/get/archive.zip"] = gives(Path(zipped(tmp_path / "a.zip", {"deep/er/table.csv": TABLE})).read_bytes())
    answers["/get/moved"] = leads_to(f"{address}/get/table.csv")
    answers["/get/no-length"] = gives(TABLE, length=-1)
    (tmp_path / "folder" / "sub").mkdir(parents=True)
    (tmp_path / "folder" / "sub" / "table.csv").write_bytes(TABLE)
    sources = [str(tmp_path / "folder"), str(tmp_path / "folder" / "sub" / "table.csv"), str(tmp_path / "a.zip"),
               tarred(tmp_path / "a.tar.gz", {"x/table.csv": TABLE, "x/other": b"1"}), f"{address}/get/table.csv",
               f"{address}/get/archive.zip", f"{address}/get/moved", f"{address}/get/", f"{address}/get/no-length"]  # fmt: skip
    for source in sources:
        assert main(["fetch", "table", "--from", source]) == 0
        assert [path.name for path in cache.iterdir()] == ["table"], source
        assert [path.name for path in (cache / "table").iterdir()] == ["table.csv"]
        assert (cache / "table" / "table.csv").read_bytes() == TABLE
        (cache / "table" / "table.csv").unlink()
        (cache / "table").rmdir()


def test_the_answer_says_licence_checksum_and_path(tmp_path: Path, cache: Path, capsys) -> None:
    (tmp_path / "table.csv").write_bytes(TABLE)
    assert main(["fetch", "table", "--from", str(tmp_path / "table.csv"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["sha256"] == {"table.csv": hashlib.sha256(TABLE).hexdigest()}
    assert (answer["verified"], answer["licence"], answer["path"]) == (True, "CC0", str(cache / "table"))
    assert main(["fetch", "table", "--from", str(tmp_path / "table.csv")]) == 0
    heard = capsys.readouterr()
    assert "sha256 verified" in heard.err
    assert "licence: CC0" in heard.out
    assert "cache:table/table.csv" in heard.out


def test_gz_files_are_compared_by_their_content(tmp_path: Path, cache: Path) -> None:
    for name, content in (("x.gz", DIGITS), ("y.gz", DIGITS[:100])):
        (tmp_path / name).write_bytes(gzip.compress(content, 1, mtime=12345))
    assert main(["fetch", "digits", "--from", str(tmp_path)]) == 0
    assert sorted(path.name for path in (cache / "digits").iterdir()) == ["x.gz", "y.gz"]


def test_files_without_a_known_checksum_are_said_to_be_so_and_their_lines_are_counted(
    tmp_path: Path, cache, capsys
) -> None:
    folder = tmp_path / "ml"
    folder.mkdir()
    (folder / "u.data").write_bytes(b"1\n2\n3")
    (folder / "u.item").write_bytes(b"1\n2\n")
    assert main(["fetch", "ratings", "--from", str(folder)]) == 0
    assert "no sha256 is known" in capsys.readouterr().err
    (folder / "u.item").write_bytes(b"1\n")
    assert "u.item: expected 2 lines. Received: 1." in fails(cache, capsys, "ratings", str(folder))


def test_of_two_files_of_one_name_the_right_one_is_taken(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "table.csv").write_bytes(b"row_id,set\n0,train\n")
    (tmp_path / "a" / "b" / "table.csv").write_bytes(TABLE)
    assert main(["fetch", "table", "--from", str(tmp_path / "a")]) == 0
    assert (cache / "table" / "table.csv").read_bytes() == TABLE


def test_without_a_name_all_are_listed_with_their_state(tmp_path: Path, capsys) -> None:
    (tmp_path / "table.csv").write_bytes(TABLE)
    assert main(["fetch", "table", "--from", str(tmp_path / "table.csv")]) == 0
    capsys.readouterr()
    assert main(["fetch", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["table"]["cached"]
    assert not rows["mnist"]["cached"]
    assert {"mnist", "movielens_100k", "movielens_1m", "ecommerce_shipping", "palmer_penguins"} <= set(rows)
    assert all(row["licence"] and row["about"].startswith("http") and row["get"] for row in rows.values())
    assert main(["fetch"]) == 0
    assert "in the cache" in capsys.readouterr().out


def test_without_from_it_says_where_to_get_it(capsys) -> None:
    assert main(["fetch", "movielens_1m"]) == 2
    heard = capsys.readouterr().err
    assert "no redistribution" in heard
    assert "ml-1m.zip" in heard


def test_a_log_gets_plain_lines_and_a_terminal_a_bar(server, capsys, monkeypatch) -> None:
    address, answers = server
    answers["/table.csv"] = gives(TABLE)
    assert main(["fetch", "table", "--from", f"{address}/table.csv"]) == 0
    heard = capsys.readouterr().err
    assert "table.csv: 0.02 of 0.02 MB\n" in heard
    assert "\r" not in heard
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["fetch", "table", "--from", f"{address}/table.csv"]) == 0
    assert "\r\x1b[K━━━━━━━━━━━━━━━━━━━━ table.csv" in capsys.readouterr().err


def test_the_cache_is_the_users_cache_folder_by_default(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("NNRECIPES_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "table.csv").write_bytes(TABLE)
    assert main(["fetch", "table", "--from", str(tmp_path / "table.csv")]) == 0
    assert (tmp_path / "xdg" / "nnrecipes" / "table" / "table.csv").read_bytes() == TABLE


# What goes wrong on the way


def test_a_truncated_download_is_refused(server, cache: Path, capsys) -> None:
    address, answers = server
    answers["/table.csv"] = gives(TABLE, length=len(TABLE) + 500)
    heard = fails(cache, capsys, "table", f"{address}/table.csv")
    assert f"expected {len(TABLE) + 500:,} bytes. Received: {len(TABLE):,}; the connection ended early." in heard


def test_a_truncated_download_without_a_length_is_refused(server, cache: Path, capsys) -> None:
    address, answers = server
    answers["/table.csv"] = gives(TABLE[:-8], length=-1)
    assert f"expected {len(TABLE):,} bytes. Received: {len(TABLE) - 8:,}." in fails(
        cache, capsys, "table", f"{address}/table.csv"
    )


def test_a_corrupted_download_is_refused_by_its_checksum(server, cache: Path, capsys) -> None:
    address, answers = server
    answers["/table.csv"] = gives(TABLE[:-2] + b"3\n")
    heard = fails(cache, capsys, "table", f"{address}/table.csv")
    assert f"expected the content with sha256 {hashlib.sha256(TABLE).hexdigest()}" in heard


def test_a_failed_download_leaves_the_copy_that_was_there(server, cache: Path, tmp_path: Path, capsys) -> None:
    address, answers = server
    answers["/table.csv"] = gives(b"a,b\n")
    (tmp_path / "table.csv").write_bytes(TABLE)
    assert main(["fetch", "table", "--from", str(tmp_path / "table.csv")]) == 0
    fails(cache, capsys, "table", f"{address}/table.csv")
    assert (cache / "table" / "table.csv").read_bytes() == TABLE


def test_an_error_status_is_named_in_the_standards_words(server, cache: Path, capsys) -> None:
    address, answers = server

    def rude(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(503, "\x1b[31mrm -rf")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    answers["/rude"] = rude
    assert "Received: status 404 (Not Found)." in fails(cache, capsys, "table", f"{address}/nothing.csv")
    heard = fails(cache, capsys, "table", f"{address}/rude")
    assert "Received: status 503 (Service Unavailable)." in heard
    assert "\x1b" not in heard


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/table.csv", "data:text/csv,a"])
def test_a_redirect_away_from_http_is_not_followed(server, cache: Path, capsys, place: str) -> None:
    address, answers = server
    answers["/table.csv"] = leads_to(place)
    heard = fails(cache, capsys, "table", f"{address}/table.csv")
    assert "a redirect (status 302) that is not followed" in heard


def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    handler = download._HttpOnly()
    asked = download.request.Request("https://example.org/a")
    with pytest.raises(download.HTTPError) as caught:
        handler.redirect_request(asked, io.BytesIO(), 302, "Found", download.HTTPMessage(), "http://example.org/a")
    caught.value.close()


def test_a_redirect_in_circles_ends(server, cache: Path, capsys) -> None:
    address, answers = server
    answers["/table.csv"] = leads_to("/table.csv")
    assert "a redirect (status 302)" in fails(cache, capsys, "table", f"{address}/table.csv")


def test_a_server_that_falls_silent_is_left(server, cache: Path, capsys, monkeypatch) -> None:
    address, answers = server
    go = threading.Event()

    def silent(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"a")
        go.wait(5)

    answers["/table.csv"] = silent
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    try:
        assert "Received: nothing for 0.2 seconds." in fails(cache, capsys, "table", f"{address}/table.csv")
    finally:
        go.set()


def test_a_server_that_drips_is_left_at_the_deadline(server, cache: Path, capsys, monkeypatch) -> None:
    address, answers = server

    def drips(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"a")
                time.sleep(0.02)
        except OSError:
            pass

    answers["/table.csv"] = drips
    monkeypatch.setattr(download, "DEADLINE", 0.2)
    assert "expected the file within 0.2 seconds" in fails(cache, capsys, "table", f"{address}/table.csv")


def test_an_endless_or_too_large_download_is_left(server, cache: Path, capsys, monkeypatch) -> None:
    address, answers = server
    monkeypatch.setattr(download, "MOST_BYTES", 10_000)
    answers["/said.csv"] = gives(b"a", length=10_001)
    answers["/unsaid.csv"] = gives(b"a" * 200_000, length=-1)
    assert "expected at most 10,000 bytes. Received: 10,001." in fails(cache, capsys, "table", f"{address}/said.csv")
    assert "expected at most 10,000 bytes. Received: more." in fails(cache, capsys, "table", f"{address}/unsaid.csv")


def test_nobody_at_the_address_is_one_message(cache: Path, capsys) -> None:
    assert "expected an answer. Received:" in fails(cache, capsys, "table", "http://127.0.0.1:9/table.csv")


def test_a_password_in_the_address_is_not_shown(cache: Path, capsys) -> None:
    heard = fails(cache, capsys, "table", "http://me:secret@127.0.0.1:9/table.csv?token=hidden")
    assert "secret" not in heard
    assert "hidden" not in heard


@pytest.mark.parametrize("source", ["file:///etc/passwd", "ftp://example.org/a.zip", "s3://bucket/a.zip"])
def test_other_schemes_are_refused(source: str, cache: Path, capsys) -> None:
    assert "expected a folder, an archive or an http(s) address" in fails(cache, capsys, "table", source)


# Recipes that read the cache


def test_a_recipe_reads_the_cache_and_says_how_to_fill_it(tmp_path: Path, cache: Path, capsys) -> None:
    assert main(["check", "sequential_shipping"]) == 2
    heard = capsys.readouterr().err
    assert len(heard.splitlines()) == 1
    assert "nnrecipes fetch ecommerce_shipping --from FOLDER, ARCHIVE or URL" in heard
    columns = ["ID", "Warehouse_block", "Customer_rating", "Reached.on.Time_Y.N"]
    (cache / "ecommerce_shipping").mkdir(parents=True)
    (cache / "ecommerce_shipping" / "shipping.csv").write_text(",".join(columns) + "\n1,A,2,1\n")
    assert main(["check", "sequential_shipping"]) == 0


def test_a_copy_of_ones_own_is_read_in_its_place(tmp_path: Path, capsys) -> None:
    (tmp_path / "mine.csv").write_text("ID,Customer_rating,Reached.on.Time_Y.N\n1,2,1\n")
    assert main(["check", "sequential_shipping", f"data.source.path={tmp_path / 'mine.csv'}"]) == 0


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("cache:../../etc/passwd", "expected cache:NAME/FILE"),
        ("cache:mnist", "expected cache:NAME/FILE"),
        ("cache:/etc/passwd", "expected cache:NAME/FILE"),
        ("cache:mnits/x.csv", "Did you mean mnist?"),
        ("cache:palmer_penguins/pengiuns.csv", "Did you mean penguins.csv?"),
    ],
)
def test_a_wrong_place_in_the_cache_is_named(place: str, said: str, capsys) -> None:
    assert main(["check", "sequential_shipping", f"data.source.path={place}"]) == 2
    assert said in capsys.readouterr().err


def settle(folder: Path) -> None:
    """Wait until nothing comes to the folder any more."""
    seen: list[Path] = []
    while not seen or sorted(folder.rglob("*")) != seen:
        seen = sorted(folder.rglob("*"))
        time.sleep(0.5)


def test_what_a_killed_fetch_left_goes_at_the_next_and_one_at_work_is_left_alone(
    tmp_path: Path, cache: Path, server, capsys
) -> None:
    address, answers = server
    begun, end = threading.Event(), threading.Event()

    def never_ends(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b"a")
        begun.set()
        end.wait(30)

    answers["/penguins.csv"] = never_ends
    words = [sys.executable, "-m", "nnrecipes", "fetch", "palmer_penguins", "--from", f"{address}/penguins.csv"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        assert begun.wait(30)
        settle(cache)
        hidden = [path.name for path in cache.iterdir()]
        fails(cache, capsys, "palmer_penguins", str(tmp_path / "absent"))
        assert [path.name for path in cache.iterdir()] == hidden
        process.kill()
    end.set()
    fails(cache, capsys, "table", str(tmp_path / "absent"))
    assert [path.name for path in cache.iterdir()] == hidden
    assert main(["fetch", "palmer_penguins", "--from", str(tmp_path / "absent")]) == 2
    assert not list(cache.iterdir())


# The real files


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["mnist", "ecommerce_shipping", "palmer_penguins"])
def test_the_real_files_have_the_checksums_of_the_table(name: str, cache: Path) -> None:
    folder = os.environ.get("NNRECIPES_BENCH_DATA")
    if not folder:
        pytest.skip("NNRECIPES_BENCH_DATA names no folder")
    assert main(["fetch", name, "--from", folder]) == 0
    assert datasets.cached_files(name)
