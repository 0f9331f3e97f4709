"""A lake of many pairs: what leaves a workspace and what does not, and the same numbers on every engine."""

import json
import random
import shutil
import stat
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import Clock, fewer
from hypothesis import given
from hypothesis import strategies as st

from peerkit import fold, lake, measures
from peerkit.errors import LakeError, LedgerError
from peerkit.journal import Journal
from peerkit.lake import layout
from peerkit.ledger import keep, miss, move, promise, release
from peerkit.workspace import Workspace, init_workspace

AS_OF = date(2024, 6, 30)
# Every word that a person may type, and every id, in a ledger of its own making: none may be in a lake's bytes.
SENTINEL = "SENTINEL"
ZONES = ("Pacific/Kiritimati", "America/Los_Angeles", "Europe/Lisbon", "Asia/Kathmandu", "Asia/Beirut")


def pair_of(folder, number=0, *, time_zone="UTC"):
    """Return a workspace of an invented pair, with no entries yet, whose journal's clock a test sets."""
    return init_workspace(
        folder / f"pair-{number}",
        me="Amara",
        partner="Jonas",
        time_zone=time_zone,
        pair_id=f"{SENTINEL}-pair-{number}",
    )


def journal_of(place: Workspace, clock: Clock, seed: int = 1) -> Journal:
    return Journal(
        place.journal_path,
        author=place.me,
        pair_id=place.pair_id,
        time_zone=place.time_zone,
        clock=clock,
        chance=random.Random(seed),
    )


def lived(place: Workspace, seed: int, *, promises: int = 12) -> pd.DataFrame:
    """Let a pair promise, move and settle around days' ends and clock changes; return its entries."""
    chance = random.Random(seed)
    clock = Clock(datetime(2024, 3, 1, 12, tzinfo=UTC))
    journal = journal_of(place, clock, seed)
    with journal.writing():
        open_ones, other_of = [], {}
        for _ in range(promises):
            clock.now += timedelta(hours=chance.choice([0, 5, 11, 30, 100]), minutes=chance.randrange(60))
            due = journal.today() + timedelta(days=chance.randrange(9))
            session = f"{SENTINEL}-session-{chance.randrange(4)}"
            peer = chance.choice(["Amara", "Jonas"])
            words = {name: f"{SENTINEL} {name}" for name in (*layout.TEXTS[1:6], *layout.WORDS)}
            made = promise(
                journal, f"{SENTINEL} text", peer=peer, on=journal.today(), due_on=due, session_id=session,
                confidence=chance.choice([None, 0.5, 0.9]), visibility="shared", **words,
            )  # fmt: skip
            open_ones.append(made.commitment_id)
            other_of[made.commitment_id] = "Jonas" if peer == "Amara" else "Amara"
            clock.now += timedelta(hours=chance.choice([1, 7, 26]))
            one, today = chance.choice(open_ones), journal.today()
            what = chance.choice(["keep", "miss", "release", "move", "move"])
            if what == "move":
                move(journal, one, today + timedelta(days=chance.randrange(6)), on=today, reason=SENTINEL)
                continue
            open_ones.remove(one)
            agreed = {"agreed_by": other_of[one]} if what == "release" else {}
            {"keep": keep, "miss": miss, "release": release}[what](
                journal, one, on=today, reason=SENTINEL, **agreed
            )
    entries = journal.entries()
    journal.close()
    return entries


@pytest.fixture(scope="module")
def programme(tmp_path_factory):
    """Seven pairs in five time zones, exported into one lake with one secret: the lake, and what was exported."""
    folder = tmp_path_factory.mktemp("programme")
    exported = []
    for number in range(7):
        place = pair_of(folder, number, time_zone=ZONES[number % len(ZONES)])
        entries = lived(place, number)
        if number == 0:
            lake.export(place, folder / "lake")
            secret = place.lake_secret
        else:
            lake.export(place, folder / "lake", secret=secret)
        exported.append((place, entries))
    return folder / "lake", exported


def folded_at_once(exported, as_of):
    """Return the commitments of all pairs, each folded from its own journal in its own time zone."""
    return pd.concat(
        [
            fold.commitments(entries, as_of=as_of, time_zone=place.time_zone).assign(pair=place.pair_id)
            for place, entries in exported
        ]
    )


def plain(commitments, *columns):
    """Return commitments as sorted tuples, which engines and ids cannot change."""
    rows = commitments[list(columns)].astype("str")
    return sorted(rows.itertuples(index=False, name=None))


FOLDED = (
    *("due_on", "outcome", "closed_on", "made_on", "first_due_on", "latest_due_on", "moves"),
    *("is_renegotiated", "is_due", "is_overdue"),
)


@pytest.mark.parametrize("as_of", ["2024-03-01", "2024-03-12", "2024-03-31", AS_OF], ids=str)
def test_a_lake_folds_to_what_the_journals_fold_to_each_in_its_own_time_zone(programme, as_of):
    folder, exported = programme

    commitments = lake.commitments(folder, as_of=as_of)

    assert plain(commitments, *FOLDED) == plain(folded_at_once(exported, as_of), *FOLDED)


@given(seed=st.integers(0, 10_000), zone=st.sampled_from(ZONES), days=st.integers(0, 40))
@fewer()
def test_days_of_the_pairs_calendar_and_the_order_made_are_all_that_the_fold_needs(
    tmp_path_factory, seed, zone, days
):
    """Without hours and time zones, also around a day's end and the change of clocks."""
    folder = tmp_path_factory.mktemp("one")
    place = pair_of(folder, time_zone=zone)
    entries = lived(place, seed, promises=6)
    as_of = date(2024, 3, 1) + timedelta(days=days)

    lake.export(place, folder / "lake")

    whole = fold.commitments(entries, as_of=as_of, time_zone=zone)
    assert plain(lake.commitments(folder / "lake", as_of=as_of), *FOLDED) == plain(whole, *FOLDED)


def bytes_of(folder):
    """Return all that a lake's files hold, as stored and as read, and what they are called."""
    parts = []
    for path in folder.rglob("*"):
        parts.append(str(path.relative_to(folder)))
        if path.is_file():
            parts.append(path.read_bytes().decode("latin-1"))
            parts.append(json.dumps(pq.ParquetFile(path).read().to_pydict(), default=str))
            parts.append(str(pq.read_schema(path).metadata))
    return "\n".join(parts)


def raw_ids(exported):
    found = {"Amara", "Jonas", "amara", "jonas"}
    for place, entries in exported:
        found |= {
            place.pair_id,
            place.time_zone,
            place.lake_secret.read_text().strip() if place.lake_secret.exists() else SENTINEL,
        }
        for name in ("row_id", "commitment_id", "session_id"):
            found |= set(entries[name].dropna())
    return found


def test_no_text_no_name_and_no_id_is_in_any_byte_of_an_export(programme):
    folder, exported = programme

    held = bytes_of(folder)

    assert [one for one in raw_ids(exported) | {SENTINEL} if one in held] == []


def test_no_hour_is_in_an_export(programme):
    """When somebody opens a notebook is nobody else's matter."""
    folder, _ = programme

    recorded = pd.concat([pq.ParquetFile(path).read().to_pandas() for path in folder.rglob("*.parquet")])[
        "recorded_at"
    ]

    assert (recorded - recorded.dt.normalize()).max() < pd.Timedelta(milliseconds=1)


def test_each_thing_has_one_token_and_each_token_one_thing(programme):
    folder, exported = programme

    commitments = lake.commitments(folder, as_of=AS_OF)

    whole = folded_at_once(exported, AS_OF)
    sizes = {name: commitments[name].nunique() for name in ("pair", "commitment_id", "session_id", "peer")}
    assert sizes == {
        "pair": len(exported),
        "commitment_id": len(whole),
        "session_id": len(whole[["pair", "session_id"]].drop_duplicates()),
        "peer": len(whole[["pair", "peer"]].drop_duplicates()),
    }
    values = set(commitments[["pair", "commitment_id", "session_id", "peer"]].to_numpy().ravel())
    assert {len(value) for value in values} == {20}


def test_all_of_a_pair_lies_in_one_bucket_in_a_file_of_its_own(programme):
    folder, exported = programme

    files = sorted(folder.rglob("*.parquet"))

    pairs = [set(pq.ParquetFile(path).read(["pair"])["pair"].to_pylist()) for path in files]
    assert [len(one) for one in pairs] == [1] * len(exported)
    places = [f"bucket={layout.bucket_of(pair):02}/part-{pair}.parquet" for one in pairs for pair in one]
    assert [str(path.relative_to(folder)) for path in files] == places


def test_a_second_export_has_the_same_bytes_and_a_later_one_takes_its_place(tmp_path):
    place = pair_of(tmp_path)
    lived(place, 1)
    first = lake.export(place, tmp_path / "lake")
    before = first.file.read_bytes()

    again = lake.export(place, tmp_path / "lake")
    same = again.file.read_bytes()
    clock = Clock(datetime(2024, 5, 1, 12, tzinfo=UTC))
    journal = journal_of(place, clock, seed=7)
    promise(journal, "One more", peer="Amara", on=date(2024, 5, 1), visibility="shared")
    journal.close()
    later = lake.export(place, tmp_path / "lake")

    assert (again, same) == (first, before)
    assert (later.file, later.entries) == (first.file, first.entries + 1)
    assert sorted(path.name for path in (tmp_path / "lake").rglob("*.parquet")) == [first.file.name]
    assert len(lake.commitments(tmp_path / "lake", as_of="2024-05-02")) == later.commitments


def test_what_is_asked_for_is_there_and_what_is_private_stays_out_all_the_same(tmp_path):
    place = pair_of(tmp_path)
    journal = journal_of(place, Clock(datetime(2024, 3, 1, 12, tzinfo=UTC)))
    day = date(2024, 3, 1)
    promise(
        journal, "Walk to the bridge", peer="Amara", on=day, area="health", due_on=day, visibility="shared"
    )
    secret_one = promise(journal, "PRIVATE", peer="Amara", on=day, visibility="private", due_on=day)
    keep(journal, secret_one.commitment_id, on=day, reason="PRIVATE")
    journal.close()

    made = lake.export(place, tmp_path / "lake", with_texts=True, with_words=True, with_heard=True)

    commitments = lake.commitments(tmp_path / "lake", as_of=day, columns=["text", "area"])
    assert plain(commitments, "text", "area", "outcome") == [("Walk to the bridge", "health", "open")]
    assert (made.commitments, made.private, made.left_out) == (1, 1, ())
    assert "PRIVATE" not in bytes_of(tmp_path / "lake")


def test_heard_of_every_pair_is_exported_when_asked_for_and_taken_away_when_not(own_year, tmp_path):
    from peerkit import demo

    lake.export(own_year, tmp_path / "lake", with_heard=True)
    told = lake.heard(tmp_path / "lake", as_of=demo.LAST_DAY)
    journal = own_year.open_journal()
    met = fold.sessions(journal.sessions(), as_of=demo.LAST_DAY, time_zone=own_year.time_zone)
    journal.close()
    lake.export(own_year, tmp_path / "lake")

    whole = measures.heard(met, as_of=demo.LAST_DAY).dropna(subset=["heard"])
    by_month = whole["heard"].groupby(whole["held_on"].dt.strftime("%Y-%m")).agg(["size", "mean"])
    assert told["n"].to_list() == by_month["size"].to_list()
    assert told["heard"].to_list() == pytest.approx(by_month["mean"].to_list())
    with pytest.raises(LakeError, match=r"has no sessions. Export the ledgers again with --with-heard"):
        lake.heard(tmp_path / "lake", as_of=demo.LAST_DAY)


def test_the_secret_is_made_once_for_its_owner_alone_and_never_shown(tmp_path, capsys):
    place = pair_of(tmp_path)
    lived(place, 1, promises=2)

    made = lake.export(place, tmp_path / "lake")
    secret = place.lake_secret.read_text()
    lake.export(place, tmp_path / "lake")

    assert place.lake_secret.read_text() == secret
    assert stat.S_IMODE(place.lake_secret.stat().st_mode) == 0o600
    assert len(secret.strip()) == 64
    assert secret.strip() not in made.said + repr(made)


@pytest.mark.parametrize("content", [b"", b"password", b"\xff" * 64, b"g" * 64, b"0" * 63], ids=repr)
def test_a_weak_or_foreign_secret_is_refused_and_not_repeated(tmp_path, content):
    place = pair_of(tmp_path)
    lived(place, 1, promises=2)
    (tmp_path / "secret").write_bytes(content)

    with pytest.raises(LakeError, match="secret") as said:
        lake.export(place, tmp_path / "lake", secret=tmp_path / "secret")

    assert "password" not in str(said.value)
    assert not (tmp_path / "lake").exists()


def test_an_export_with_another_secret_is_refused_and_changes_nothing(programme, tmp_path):
    folder, _ = programme
    place = pair_of(tmp_path, 99)
    lived(place, 1)
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet")}

    with pytest.raises(
        LakeError, match=r"exports of another secret.* Give the programme's with --secret FILE"
    ):
        lake.export(place, folder)

    assert {path: path.read_bytes() for path in folder.rglob("*.parquet")} == before


def test_files_of_two_secrets_that_were_put_together_by_hand_are_not_measured(tmp_path):
    for number in range(2):
        place = pair_of(tmp_path, number)
        lived(place, number, promises=2)
        lake.export(place, tmp_path / f"lake-{number}")
    [file] = (tmp_path / "lake-1").rglob("*.parquet")
    (tmp_path / "lake-0" / file.parent.name).mkdir(exist_ok=True)
    file.rename(tmp_path / "lake-0" / file.parent.name / file.name)

    with pytest.raises(
        LakeError, match=r"holds exports of 2 secrets, .* the same pair could stand in it twice"
    ):
        lake.follow_through(tmp_path / "lake-0", as_of=AS_OF)


def test_a_pair_is_in_a_lake_once_also_where_both_export_it(tmp_path):
    place = pair_of(tmp_path)
    lived(place, 1)
    made = lake.export(place, tmp_path / "lake")
    theirs = init_workspace(
        tmp_path / "theirs", me="Jonas", partner="Amara", time_zone="UTC", pair_id=place.pair_id
    )
    lived(theirs, 2)

    with pytest.raises(LakeError, match=r"in .* already, from the partner's workspace: .*; delete that file"):
        lake.export(theirs, tmp_path / "lake", secret=place.lake_secret)

    made.file.unlink()
    assert lake.export(theirs, tmp_path / "lake", secret=place.lake_secret).file == made.file


def test_a_ledger_without_a_shared_commitment_is_not_exported(tmp_path):
    with pytest.raises(LakeError, match="nothing to export"):
        lake.export(pair_of(tmp_path), tmp_path / "lake")

    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("kind", ["a file", "a folder of other things"])
def test_an_export_goes_into_no_folder_that_is_not_a_lake(tmp_path, kind):
    place = pair_of(tmp_path)
    lived(place, 1, promises=2)
    there = tmp_path / "there"
    if kind == "a file":
        there.write_text("mine")
    else:
        there.mkdir()
        (there / "mine.txt").write_text("mine")

    with pytest.raises(LakeError, match=r"is a file; a lake is a folder|holds other things and is no lake"):
        lake.export(place, there)

    assert [path.name for path in tmp_path.rglob("*.parquet")] == []


ASKED = [
    pytest.param({"every": "week"}, id="by week"),
    pytest.param({"every": "week", "rolling": 4, "since": "2024-03-05"}, id="rolling"),
    pytest.param({"by": ["pair", "weekday"], "every": "month"}, id="by pair, weekday and month"),
    pytest.param({"by": ["peer"], "measure": measures.on_time}, id="on time by peer"),
    pytest.param({"measure": measures.follow_through_first_due}, id="in all, by the first date"),
]


def measured_at_once(commitments, measure=measures.follow_through, **asked):
    return measure(commitments, as_of=AS_OF, **asked)


@pytest.mark.parametrize("asked", ASKED)
def test_counts_of_buckets_add_up_to_those_of_the_whole(programme, asked, monkeypatch):
    monkeypatch.setattr("peerkit.lake.measuring._SMALL", 0)
    folder, _ = programme
    whole = measured_at_once(lake.commitments(folder, as_of=AS_OF), **asked)

    shares = lake.follow_through(folder, as_of=AS_OF, **asked)

    pd.testing.assert_frame_equal(shares, whole)


@pytest.fixture(scope="module")
def engines(request):
    """How a lake can be measured on this machine: on Spark where there is Java."""
    made = {"processes": {"workers": 2}, "Dask": {"on": "dask"}}
    if shutil.which("java") is None:
        return made
    return made | {"Spark": {"on": request.getfixturevalue("spark")}}


# What Spark's own code warns of on pandas 3 is none of ours.
@pytest.mark.filterwarnings("ignore")
def test_every_engine_gives_the_same_tables(programme, engines, monkeypatch):
    """The very fold runs on each of them, on whole pairs."""
    folder, _ = programme
    # Each bucket by itself, as in a lake that is large.
    monkeypatch.setattr("peerkit.lake.measuring._SMALL", 0)
    asked = {"as_of": AS_OF, "by": ["peer"], "every": "week"}
    shares, folded = lake.follow_through(folder, **asked), lake.commitments(folder, as_of=AS_OF)

    measured = {name: lake.follow_through(folder, **asked, **how) for name, how in engines.items()}
    commitments = {name: lake.commitments(folder, as_of=AS_OF, **how) for name, how in engines.items()}

    for name, table in measured.items():
        pd.testing.assert_frame_equal(table, shares, obj=name)
    columns = ("commitment_id", "pair", "peer", *FOLDED)
    rows = {name: plain(gathered(table), *columns) for name, table in commitments.items()}
    assert rows == dict.fromkeys(engines, plain(folded, *columns))


def gathered(table):
    return (
        table.compute()
        if hasattr(table, "compute")
        else table.toPandas()
        if hasattr(table, "toPandas")
        else table
    )


def test_nothing_due_gives_no_row(programme):
    folder, _ = programme

    tables = [
        lake.follow_through(folder, as_of="2020-01-01", **asked)
        for asked in ({}, {"every": "week", "by": ["pair"]})
    ]

    assert [list(table.columns) for table in tables] == [
        ["kept", "n", "share", "low", "high"],
        ["pair", "week", "kept", "n", "share", "low", "high"],
    ]
    assert [len(table) for table in tables] == [0, 0]


def test_a_question_that_makes_no_sense_is_refused_in_a_sentence(programme):
    folder, _ = programme

    with pytest.raises(LedgerError, match="no column nonsense"):
        lake.follow_through(folder, as_of=AS_OF, by=["nonsense"])
    with pytest.raises(LakeError, match=r"has no column area.* Export that ledger again with --with-words"):
        lake.follow_through(folder, as_of=AS_OF, by=["area"])
    with pytest.raises(LakeError, match="on='ray' is no engine"):
        lake.follow_through(folder, as_of=AS_OF, on="ray")


def rewritten(path, change):
    found = pq.ParquetFile(path).read()
    pq.write_table(change(found).replace_schema_metadata(found.schema.metadata), path)


DAMAGES = [
    pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-40]), "is damaged, cut short", id="cut short"),
    pytest.param(lambda path: path.write_bytes(b""), "is damaged, cut short", id="empty"),
    pytest.param(
        lambda path: path.write_bytes(path.read_bytes()[:4] + bytes(400) + path.read_bytes()[404:]),
        "is damaged, cut short",
        id="damaged inside",
    ),
    pytest.param(
        lambda path: rewritten(path, lambda rows: rows.drop_columns(["due_on"])), "has no column due_on", id="a column missing"
    ),
    pytest.param(
        lambda path: rewritten(path, lambda rows: rows.set_column(5, "due_on", pa.array(["soon"] * len(rows)))),
        r"The column due_on of .* holds string; it takes timestamp\[us\]",
        id="another type",
    ),
    pytest.param(
        lambda path: pq.write_table(pa.table({"a": [1]}), path), "was not written by peerkit export", id="no file of a lake"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
def test_a_damaged_file_is_named_in_a_sentence(tmp_path, damage, said):
    place = pair_of(tmp_path)
    lived(place, 1)
    damage(lake.export(place, tmp_path / "lake").file)

    with pytest.raises(LakeError, match=said):
        lake.follow_through(tmp_path / "lake", as_of=AS_OF)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "is no lake: it has no files like"),
        (lambda path: path.write_text("it"), "is a file; a lake is a folder"),
        (lambda path: None, "There is no folder"),
    ],
    ids=["an empty folder", "a file", "nothing"],
)
def test_what_is_no_lake_is_said_to_be_none(tmp_path, make, said):
    make(tmp_path / "it")

    with pytest.raises(LakeError, match=said):
        lake.commitments(tmp_path / "it", as_of=AS_OF)


def test_without_pyarrow_the_remedy_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)

    with pytest.raises(LakeError, match=r"need pyarrow. Install it with: pip install 'peerkit\[lake\]'"):
        lake.simulate(tmp_path / "lake", 3)


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """A lake of ten invented pairs, and how many entries it is said to have. Only to look at."""
    folder = tmp_path_factory.mktemp("invented") / "lake"
    return folder, lake.simulate(folder, 10, seed=1)


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_an_invented_programme_is_the_same_for_the_same_seed(invented, tmp_path):
    lake.simulate(tmp_path / "again", 10, seed=1)
    lake.simulate(tmp_path / "other", 10, seed=2)

    again, other = (files_of(tmp_path / name) for name in ("again", "other"))
    assert files_of(invented[0]) == again != other
    assert len(again) == 2 * 10


def test_an_invented_programme_holds_so_many_pairs_and_every_outcome(invented):
    folder, n_entries = invented

    commitments = lake.commitments(folder, as_of=lake.LAST_DAY)
    told = lake.heard(folder, as_of=lake.LAST_DAY)

    assert (commitments["pair"].nunique(), told["pair"].nunique()) == (10, 10)
    assert n_entries == sum(pq.read_metadata(path).num_rows for path in folder.glob("bucket=*/*"))
    assert set(commitments["outcome"]) == {"open", "kept", "partly", "missed", "released", "void"}
    assert told["heard"].between(0, 10).all()


def test_invented_pairs_lie_in_the_bucket_of_their_token(invented):
    found = {
        (path.parent.name, pair)
        for path in invented[0].glob("bucket=*/*.parquet")
        for pair in pq.ParquetFile(path).read(["pair"])["pair"].unique().to_pylist()
    }

    assert len(found) == 10
    assert [one for one in found if one[0] != f"bucket={layout.bucket_of(one[1]):02}"] == []


def test_a_programme_takes_the_place_of_nothing_and_none_is_half_made(tmp_path):
    (tmp_path / "there").mkdir()

    with pytest.raises(LakeError, match="is there already"):
        lake.simulate(tmp_path / "there", 3)
    with pytest.raises(LakeError, match="one pair or more"):
        lake.simulate(tmp_path / "none", 0)
    with pytest.raises(KeyboardInterrupt):
        lake.simulate(tmp_path / "broken", 3, watch=broken_off)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["there"]


def broken_off(buckets):
    yield buckets[0]
    raise KeyboardInterrupt
