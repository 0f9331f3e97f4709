"""A workspace: made whole, read with care, and nothing in it ever leads out of its folder."""

import json
import os
import stat
import struct
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerkit import plan_session, template
from peerkit.daily import card_of
from peerkit.doctor import examine
from peerkit.errors import JournalError, WorkspaceError
from peerkit.guide.room import room_of
from peerkit.notebooks import new_session, write_notebook
from peerkit.sessions import Session, list_sessions
from peerkit.status import status
from peerkit.templates import shipped
from peerkit.workspace import (
    SETTINGS,
    Workspace,
    _digest,
    find_workspace,
    init_workspace,
    name_partner,
    read_workspace,
    write_whole,
)

PAIR = {"me": "Jonas", "partner": "Amara", "time_zone": "Europe/Helsinki", "pair_id": "amara-jonas"}


def settings(**changed):
    """Return the lines of a workspace's settings; None leaves a line out."""
    given = {
        "version": 1,
        "me": '"Amara"',
        "partner": '"Jonas"',
        "pair_id": '"p"',
        "time_zone": '"UTC"',
        "heard_bar": 7,
    }
    return "".join(f"{name} = {value}\n" for name, value in {**given, **changed}.items() if value is not None)


def session_of(day=1, *, session_id="abcd1234", template="weekly"):
    return Session(session_id, template, "digest", date(2024, 3, day), "Jonas", "Amara", 60, "planned")


def test_a_workspace_is_read_as_it_was_made(tmp_path):
    made = init_workspace(tmp_path / "coaching", **PAIR)

    assert made == Workspace(folder=tmp_path / "coaching", heard_bar=7, **PAIR)
    assert read_workspace(made.folder) == made
    assert made.peers == ("Amara", "Jonas")


def test_a_workspace_can_be_made_before_a_partner_is_found_who_is_named_later(tmp_path):
    alone = init_workspace(tmp_path / "coaching", **{**PAIR, "partner": " "})
    with pytest.raises(WorkspaceError, match=r"You have not named a partner yet\. .*: peerkit partner NAME"):
        alone.peers  # noqa: B018 a look-up that must fail

    named = name_partner(alone, " Amara\n")

    assert (alone.partner, read_workspace(alone.folder)) == ("", named)
    assert named == Workspace(folder=tmp_path / "coaching", heard_bar=7, **PAIR)


@pytest.mark.parametrize(
    ("partner", "name", "message"),
    [
        pytest.param(
            "Amara", "Mina", r"This workspace has a partner already.*peerkit init FOLDER", id="a second"
        ),
        pytest.param("", " ", r"A partner needs a name\. A first name is enough\.", id="a blank name"),
        pytest.param("", "Jonas", r"Both peers have the same name\.", id="oneself"),
        pytest.param("", "J" * 61, r"partner is no usable name\.", id="a long name"),
    ],
)
def test_a_partner_who_cannot_be_named_is_refused_and_nothing_is_written(tmp_path, partner, name, message):
    made = init_workspace(tmp_path / "coaching", **{**PAIR, "partner": partner})

    with pytest.raises(WorkspaceError, match=message):
        name_partner(made, name)

    assert read_workspace(made.folder) == made


def test_a_new_workspace_holds_all_its_parts(workspace):
    names = {path.name for path in workspace.folder.iterdir()}

    notebooks = {path.name for path in shipped("notebooks").glob("*.ipynb")}
    assert names == {SETTINGS, "journal.db", "sessions", "summaries", "templates", *notebooks}


def test_nobody_else_on_the_machine_may_look_into_a_workspace(workspace):
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (workspace.folder, workspace.folder / SETTINGS)
    }

    assert modes == {"coaching": 0o700, SETTINGS: 0o600}


def test_every_pair_gets_an_id_of_its_own(tmp_path):
    pair = {**PAIR, "pair_id": None}

    first, second = (init_workspace(tmp_path / name, **pair) for name in "ab")

    assert first.pair_id != second.pair_id


def test_a_workspace_is_made_in_a_folder_that_holds_other_things(tmp_path):
    (tmp_path / "home.ipynb").write_text("mine")

    init_workspace(tmp_path, **PAIR)

    assert (tmp_path / "home.ipynb").read_text() == "mine"


def test_a_workspace_is_never_made_twice(workspace):
    before = (workspace.folder / SETTINGS).read_bytes()

    with pytest.raises(
        WorkspaceError, match=r"coaching is a workspace already\. Open it with: peerkit start"
    ):
        init_workspace(workspace.folder, **PAIR)

    assert (workspace.folder / SETTINGS).read_bytes() == before


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        pytest.param("  Amara \t Silva\n", "Amara Silva", id="spaces"),
        pytest.param("Ama\x00ra\x1b[2J", "Amara[2J", id="control characters"),
        pytest.param('"; drop = "', '"; drop = "', id="quotes"),
        pytest.param("../../Amara", "../../Amara", id="a path"),
        pytest.param("C:\\Amara\\", "C:\\Amara\\", id="a path of Windows"),
        pytest.param("Ama\ud83dra", "Ama\ufffdra", id="half of a pair"),
        pytest.param("عمارة 🌱", "عمارة 🌱", id="another script"),
    ],
)
def test_a_name_is_kept_as_one_plain_line(tmp_path, typed, name):
    made = init_workspace(tmp_path / "coaching", **{**PAIR, "me": typed})

    assert (made.me, read_workspace(made.folder).me) == (name, name)
    assert [path.name for path in tmp_path.iterdir()] == ["coaching"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"me": " \x00"}, r"me is no usable name\. Give 1 to 60 characters", id="a blank name"),
        pytest.param(
            {"partner": "J" * 61}, r"partner is no usable name\. Give 1 to 60 characters", id="a long name"
        ),
        pytest.param(
            {"partner": "Jonas"}, r"Both peers have the same name\. Add a letter", id="the same name"
        ),
        pytest.param(
            {"time_zone": "Europe/Atlantis"},
            r"Unknown time zone 'Europe/Atlantis'\. Use a name such",
            id="no zone",
        ),
        pytest.param({"time_zone": "Europe"}, "Unknown time zone 'Europe'", id="half a zone"),
        pytest.param({"time_zone": ""}, "Unknown time zone ''", id="a blank zone"),
        pytest.param({"time_zone": "../../etc/passwd"}, "Unknown time zone", id="a zone that is a path"),
        pytest.param({"time_zone": "/etc/passwd"}, "Unknown time zone", id="a zone that is a whole path"),
    ],
)
def test_a_workspace_that_makes_no_sense_is_not_made(tmp_path, changed, message):
    with pytest.raises(WorkspaceError, match=message):
        init_workspace(tmp_path / "coaching", **{**PAIR, **changed})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["note.txt", "note.txt/coaching", "long" * 100], ids=["a file", "below a file", "too long"]
)
def test_a_place_that_cannot_hold_a_workspace_is_told(tmp_path, name):
    (tmp_path / "note.txt").write_text("mine")

    with pytest.raises(
        WorkspaceError, match=r"A workspace cannot be made in .*\. Choose a folder that you may write to"
    ):
        init_workspace(tmp_path / name, **PAIR)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            None,
            r"is no peerkit workspace: it has no peerkit\.toml\. Make one with: peerkit init",
            id="missing",
        ),
        pytest.param(
            "me = ", r"peerkit\.toml cannot be read \(Invalid value .*\)\. Mend the line", id="no TOML"
        ),
        pytest.param(
            f"{'a.' * 9000}a = 1", r"\(A key has more than 8 dots .*\)\. Mend the line", id="many dots"
        ),
        pytest.param("#" * 20_001, r"peerkit\.toml is larger than 20,000 bytes\. Copy", id="very long"),
        pytest.param(b"me = '\xe9'", r"peerkit\.toml cannot be read .*\. Mend the line", id="not UTF-8"),
        pytest.param(
            "me = " + "[" * 5000,
            r"peerkit\.toml cannot be read .*\. Mend the line",
            id="brackets without end",
        ),
        pytest.param(
            settings(me=None), r"me is missing or has the wrong kind of value\. Compare", id="a key missing"
        ),
        pytest.param(
            settings(me=7), r"me is missing or has the wrong kind of value", id="a number for a name"
        ),
        pytest.param(
            settings(heard_bar="true"),
            r"heard_bar is missing or has the wrong kind",
            id="a truth for a number",
        ),
        pytest.param(
            settings(heard_bar=11), r"heard_bar is 11; give a whole number from 0 to 10", id="a bar over 10"
        ),
        pytest.param(
            settings(version=2),
            r"is of version 2; this peerkit reads 1\. Update peerkit",
            id="a newer version",
        ),
        pytest.param(settings(me='" Amara"'), r"me is no usable name", id="a name with a space before it"),
        pytest.param(
            settings(me='"Am\\u0007ara"'), r"me is no usable name", id="a name with a control character"
        ),
        pytest.param(settings(me='"Jonas"'), r"Both peers have the same name", id="the same name twice"),
        pytest.param(settings(time_zone='"Mars"'), r"Unknown time zone 'Mars'", id="an unknown zone"),
    ],
)
def test_settings_that_make_no_sense_are_told(tmp_path, content, message):
    if content is not None:
        (tmp_path / SETTINGS).write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(WorkspaceError, match=message):
        read_workspace(tmp_path)


@given(me=st.text(max_size=70), partner=st.just("Jonas"), zone=st.sampled_from(["UTC", "Asia/Tokyo"]))
def test_any_name_is_read_as_written_or_refused(tmp_path_factory, me, partner, zone):
    folder = tmp_path_factory.mktemp("any") / "coaching"

    try:
        made = init_workspace(folder, me=me, partner=partner, time_zone=zone)
    except WorkspaceError:
        assert not folder.exists()
    else:
        assert read_workspace(folder) == made


@pytest.mark.parametrize(
    "inside", ["", "sessions", "sessions/deep"], ids=["the folder itself", "below it", "far below it"]
)
def test_the_nearest_workspace_above_a_place_is_found(workspace, inside):
    place = workspace.folder / inside
    place.mkdir(exist_ok=True, parents=True)

    assert find_workspace(place) == workspace


def test_outside_a_workspace_none_is_found(tmp_path):
    with pytest.raises(WorkspaceError, match=r"lies in no peerkit workspace\. Go to yours, or make one"):
        find_workspace(tmp_path)


def test_a_notebook_is_named_by_day_and_template_and_its_summary_like_it(workspace):
    one = session_of(1)

    paths = (
        workspace.notebook_path(one),
        workspace.summary_path(one),
        workspace.summary_path(one, audience="ours"),
    )

    assert [str(path.relative_to(workspace.folder)) for path in paths] == [
        "sessions/2024-03-01-weekly.ipynb",
        "summaries/2024-03-01-weekly.pdf",
        "summaries/2024-03-01-weekly-ours.pdf",
    ]


def test_two_sessions_of_one_day_have_a_notebook_each(workspace):
    journal, weekly = workspace.open_journal(), template("weekly")
    sessions = [
        plan_session(journal, weekly, held_on=date(2024, 3, 1), focus="Amara", coach="Jonas")
        for _ in range(2)
    ]
    journal.close()

    written = [write_notebook(workspace, session, weekly) for session in sessions]

    beside = f"2024-03-01-weekly-{sessions[1].session_id[:4]}.ipynb"
    assert [path.name for path in written] == ["2024-03-01-weekly.ipynb", beside]
    assert [workspace.notebook_path(session) for session in sessions] == written


def test_a_notebook_of_ones_own_under_that_name_is_left_alone(workspace):
    mine = workspace.sessions / "2024-03-01-weekly.ipynb"
    mine.write_text("{}")

    path = workspace.notebook_path(session_of(1))

    assert path.name == "2024-03-01-weekly-abcd.ipynb"


@pytest.mark.parametrize(
    "name", ["x/../../../evil", "/tmp/evil", "a/b", "..\\evil"], ids=["up", "whole", "below", "of Windows"]
)
def test_the_name_of_a_template_never_leads_out_of_the_folder(workspace, name):
    """It comes from the journal, and with a bundle from another machine."""
    path = workspace.notebook_path(session_of(1, template=name))

    assert path.resolve().parent == workspace.sessions.resolve()
    assert not set("/\\") & set(path.name)


def test_a_file_is_written_whole_and_for_its_owner_only(tmp_path):
    path = tmp_path / "new" / "note.txt"

    write_whole(path, b"first")
    write_whole(path, b"second")

    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"second", 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_left_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "note.txt"
    write_whole(path, b"first")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"second")

    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_place_of_a_file_is_left_as_it_was(tmp_path):
    path = tmp_path / "note.txt"
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(path, b"second")

    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("part", ["journal.db", "sessions", "summaries", "templates"])
def test_a_workspace_that_came_with_a_link_to_elsewhere_is_refused(workspace, tmp_path, part):
    """What is written in it would lie outside, or take the place of something there."""
    elsewhere = tmp_path / "elsewhere"
    (workspace.folder / part).rename(elsewhere)
    (workspace.folder / part).symlink_to(elsewhere)

    with pytest.raises(
        WorkspaceError, match=rf"{part} is a link that leads out of the workspace\. Put the real"
    ):
        read_workspace(workspace.folder)


def test_a_link_that_stays_in_the_workspace_is_followed(workspace):
    (workspace.folder / "templates").rename(workspace.folder / "ours")
    (workspace.folder / "templates").symlink_to(workspace.folder / "ours")

    assert read_workspace(workspace.folder) == workspace


def test_a_notebook_that_is_a_link_to_elsewhere_is_replaced_and_its_aim_left_alone(workspace, tmp_path):
    mine = tmp_path / "mine.ipynb"
    mine.write_text("mine")
    (workspace.sessions / "2024-03-01-weekly.ipynb").symlink_to(mine)
    journal = workspace.open_journal()
    weekly = template("weekly")
    planned = plan_session(journal, weekly, held_on=date(2024, 3, 1), focus="Amara", coach="Jonas")
    journal.close()

    path = write_notebook(workspace, planned, weekly)

    assert (mine.read_text(), path.is_symlink()) == ("mine", False)


def test_a_shipped_notebook_is_not_written_to_the_aim_of_a_link(workspace, tmp_path):
    workspace.home.unlink()
    workspace.home.symlink_to(tmp_path / "elsewhere.ipynb")

    workspace.copy_notebooks()

    assert not (tmp_path / "elsewhere.ipynb").exists()
    assert (
        json.loads(workspace.home.read_text())["cells"]
        == json.loads((shipped("notebooks") / "home.ipynb").read_text())["cells"]
    )


def test_a_journal_that_came_with_a_file_that_names_another_is_not_opened(workspace, tmp_path):
    """SQLite rolls an unfinished change back, and then deletes the file that the rest of it names."""
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    leftover = workspace.journal_path.with_name("journal.db-journal")
    leftover.write_bytes(rest_of_a_change(workspace.journal_path, naming=mine))

    with pytest.raises(JournalError, match=r"journal\.db-journal names another file, .* Remove it;"):
        workspace.open_journal()

    assert mine.read_text() == "mine"


def rest_of_a_change(path, *, naming):
    """Return a rollback file of SQLite without pages, which ends with the name of a second file."""
    mark, name, size = bytes.fromhex("d9d505f920a163d7"), str(naming).encode(), 4096
    head = mark + struct.pack(">IIIII", 0, 0, path.stat().st_size // size, 512, size)
    tail = struct.pack(">I", 2**30 // size + 1) + name + struct.pack(">II", len(name), sum(name)) + mark
    return head.ljust(512, b"\0") + tail


def test_a_shipped_notebook_that_nobody_changed_is_brought_up_to_date(workspace):
    """After an update of peerkit it is again what may run by itself."""
    path = workspace.folder / "follow-through.ipynb"
    fresh = path.read_bytes()
    former = json.loads(fresh)
    former["cells"][0]["source"] = "# As it was shipped once"
    former["metadata"]["peerkit"]["digest"] = _digest(former)
    path.write_text(json.dumps(former), encoding="utf-8")

    workspace.copy_notebooks()

    assert path.read_bytes() == fresh


def test_a_shipped_notebook_that_somebody_changed_stays_as_it_is(workspace):
    path = workspace.folder / "follow-through.ipynb"
    changed = json.loads(path.read_text(encoding="utf-8"))
    changed["cells"][3]["source"] = "WEEKS = 4"
    path.write_text(json.dumps(changed), encoding="utf-8")
    before = path.read_bytes()

    workspace.copy_notebooks()

    assert path.read_bytes() == before


def test_a_shipped_notebook_that_was_deleted_comes_back(workspace):
    path = workspace.home
    fresh = path.read_bytes()
    path.unlink()

    workspace.copy_notebooks()

    assert path.read_bytes() == fresh


@pytest.mark.parametrize(
    "look",
    [
        lambda place: place.open_journal(),
        lambda place: status(place),
        lambda place: room_of("any", place.folder),
        lambda place: new_session(place, place.open_journal(), "weekly"),
    ],
    ids=["journal", "status", "form", "new"],
)
def test_names_that_are_not_those_of_the_journal_are_refused(workspace, look):
    """Turns and promises are told by name: half of them would be somebody else's."""
    journal = workspace.open_journal()
    new_session(workspace, journal, "weekly")
    settings = workspace.folder / "peerkit.toml"
    settings.write_text(settings.read_text("utf-8").replace('"Jonas"', '"Jon"'), "utf-8")

    said = "The journal is of Amara and Jonas, and peerkit.toml names Amara and Jon."
    with pytest.raises(WorkspaceError, match=rf"{said} Write the names in peerkit.toml as they are"):
        look(read_workspace(workspace.folder))

    told = [one.said for one in examine(workspace.folder) if one.name == "names"]
    assert [one.startswith(said) for one in told] == [True]


def test_a_daily_card_from_before_there_was_a_partner_names_no_pair(tmp_path):
    alone = init_workspace(tmp_path / "us", me="Amara", partner="", time_zone="UTC")
    journal = alone.open_journal()
    card_of(journal, "Amara", on=journal.today())

    named = name_partner(alone, "Jonas")

    assert [one.is_card for one in list_sessions(named.open_journal())] == [True]
