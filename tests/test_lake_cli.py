"""The commands around a lake: peerkit export ledger, and peerkit demo --pairs."""

import json
import sys

import pytest
from test_lake import lived, pair_of

from peerkit import lake


@pytest.fixture
def place(tmp_path):
    made = pair_of(tmp_path)
    lived(made, 1, promises=3)
    return made


def test_export_says_where_what_and_what_was_left_out(place, tmp_path, peerkit):
    status, told, _ = peerkit("export", "ledger", tmp_path / "lake", "--parquet", "-C", place.folder)

    [file] = (tmp_path / "lake").rglob("*.parquet")
    assert (status, told) == (
        0,
        (
            f"Wrote 6 entries of 3 commitments to {file}. Left out: texts, areas and ways to be held to it. Names and ids"
            f" are hashed with {place.lake_secret}; every pair of your programme needs a copy of that file, and nobody else.\n"
        ),
    )


def test_export_takes_the_folder_alone_and_says_the_same_to_machines(place, tmp_path, peerkit):
    status, told, _ = peerkit(
        "export",
        tmp_path / "lake",
        "--parquet",
        "--with-texts",
        "--with-words",
        "--with-heard",
        "--json",
        "-C",
        place.folder,
    )

    [file] = (tmp_path / "lake").glob("bucket=*/*")
    assert (status, json.loads(told)) == (
        0,
        {
            "file": str(file),
            "entries": 6,
            "commitments": 3,
            "private": 0,
            "left_out": [],
            "secret": str(place.lake_secret),
        },
    )


@pytest.mark.parametrize(
    "arguments",
    [["ledger", "there"], ["a.csv", "--with-texts"], ["sessions", "there", "--parquet"]],
    ids=" ".join,
)
def test_what_is_not_asked_for_in_full_is_refused(place, peerkit, arguments):
    status, told, complaint = peerkit("export", *arguments, "-C", place.folder)

    assert (status, told) == (2, "")
    assert complaint == "Say what is exported and how: peerkit export ledger FOLDER --parquet\n"


def test_demo_makes_nothing_where_what_a_programme_needs_is_missing(tmp_path, monkeypatch, peerkit):
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    status, _, said = peerkit("demo", tmp_path / "demo", "--no-open", "--pairs", 3)

    assert (status, "pip install 'peerkit[lake]'" in said) == (2, True)
    assert not (tmp_path / "demo").exists()


def test_demo_makes_a_programme_beside_the_year_and_leaves_one_that_is_there(own_year, peerkit):
    first = peerkit("demo", own_year.folder, "--no-open", "--pairs", 3)
    again = peerkit("demo", own_year.folder, "--no-open", "--pairs", 5)

    folder = own_year.folder / "programme"
    shares = lake.follow_through(folder, as_of=lake.LAST_DAY, by=["pair"])
    assert (first[0], again[0], len(shares)) == (0, 0, 3)
    assert f"Made {folder}: 3 invented pairs, " in first[1]
    assert f"There is a programme in {folder} already; it is left as it is." in again[1]
