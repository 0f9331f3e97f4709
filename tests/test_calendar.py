"""The calendar: sessions and promises as other programs read them, now and when the file is read in again."""

import base64
import io
import random
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.tz import tzical
from helpers import clock_at, fewer
from hypothesis import given
from hypothesis import strategies as st
from ical.calendar_stream import IcsCalendarStream
from pair import FIRST, PEERS, agree, hold, other, say, week

from peerkit import close_session, guide, kept_calendar, ledger, turns
from peerkit.agreement import SHEET, SIGNED
from peerkit.calendar_cli import run
from peerkit.calendar_file import MARK, _zone, alarm, calendar, is_link, write_calendar
from peerkit.calendar_items import Choice
from peerkit.errors import AgreementError, CalendarError, JournalError, WorkspaceError
from peerkit.journal import Journal
from peerkit.notebooks import new_session
from peerkit.schema import known, known_by
from peerkit.sessions import list_sessions, miss_session, plan_session, write_answer
from peerkit.templates import template
from peerkit.workspace import init_workspace

PLAIN, BOTH, DISCREET = Choice(), Choice(has_both=True), Choice(is_discreet=True)
EXPECTED = Path(__file__).parent / "expected" / "calendar.ics"
TEXT = "Plant the pear tree"
LINK = "https://meet.example.org/harbour?room=1;key=a,b"


def journal_of(workspace, clock, *, seed=1):
    place = workspace.journal_path
    names = {"author": workspace.me, "pair_id": workspace.pair_id, "time_zone": workspace.time_zone}
    return Journal(place, clock=clock, chance=random.Random(seed), **names)


@pytest.fixture
def book(workspace, clock):
    """The journal of `workspace`, on 1 March 2024."""
    made = journal_of(workspace, clock)
    yield made
    made.close()


def on_clocks(journal, **clocks):
    """Write what each peer said of time and zone, as in Amara="18:00 Europe/Lisbon"."""
    for peer, said in clocks.items():
        at, _, zone = said.partition(" ")
        say(journal, {"time": at, "zone": zone}, author=peer)


def weekly(journal, *, on=FIRST, **terms):
    """Agree on Fridays at six in Lisbon and seven in Berlin."""
    on_clocks(journal, Amara="18:00 Europe/Lisbon", Jonas="19:00 Europe/Berlin")
    return agree(journal, on=on, **{"weekday": "Friday", "place": "By the harbour"} | terms)


def promise(journal, text=TEXT, *, by=date(2024, 3, 8), peer="Amara", **more):
    more = {"visibility": "shared", **more}
    return ledger.promise(journal, text, peer=peer, on=journal.today(), due_on=by, **more).commitment_id


def settle(journal, commitment, outcome, **more):
    ledger.settle(journal, commitment, outcome, on=journal.today(), **more)


def made(workspace, journal, choice=PLAIN, *, today=None):
    return calendar(workspace, journal, choice, today=today or journal.today())


def read(content):
    """Return the components of a calendar by their ids."""
    parts = icalendar.Calendar.from_ical(content).walk()
    return {str(one["UID"]): one for one in parts if one.name in ("VEVENT", "VTODO")}


def events(content, words=""):
    """Return the events whose summary holds some words, in the order of their days."""
    found = [one for one in read(content).values() if one.name == "VEVENT" and words in one["SUMMARY"]]
    return sorted(found, key=lambda one: str(one["DTSTART"].dt))


def told(components):
    return [(one.name, str(one["SUMMARY"]), str(one["STATUS"]), int(one["SEQUENCE"])) for one in components]


def test_a_calendar_is_these_lines(workspace, book, clock):
    """Whole, so that no property comes or goes unseen."""
    weekly(book, weekday="it changes", place=LINK)
    hold(book, week(0))
    clock.to("03-02 09:30")
    promise(book, "Call, then write; twice", first_step="Find\nthe number", accountability="a call")

    content = made(workspace, book, Choice(alarms=(alarm("1d"), alarm("90m")))).content

    assert content.decode() == EXPECTED.read_text(encoding="utf-8").replace("\n", "\r\n")


def test_the_coming_sessions_name_both_roles_in_turn_at_the_slot(workspace, book):
    weekly(book)
    hold(book, week(0), focus="Amara")

    told_of = events(made(workspace, book).content, "Peer coaching")[1:]

    ahead = turns.coming(book, PEERS, today=week(0))
    assert [str(one["SUMMARY"]) for one in told_of] == [
        f"Peer coaching: {turns.roles_in_words(one)}" for one in ahead
    ]
    assert [one["DTSTART"].dt for one in told_of] == [
        datetime(one.held_on.year, one.held_on.month, one.held_on.day, 18, tzinfo=ZoneInfo("Europe/Lisbon"))
        for one in ahead
    ]
    assert len(told_of) == 12


def test_a_slot_that_is_moved_is_the_same_event_on_another_day(workspace, book):
    weekly(book)
    held = hold(book, week(0))
    before = events(made(workspace, book).content)

    close_session(book, held.session_id, next_on=week(1) + timedelta(days=2))
    after = events(made(workspace, book).content)

    assert [one["UID"] for one in after] == [one["UID"] for one in before]
    assert (before[1]["DTSTART"].dt.date(), after[1]["DTSTART"].dt.date()) == (week(1), date(2024, 3, 10))
    assert all(late["SEQUENCE"] > early["SEQUENCE"] for early, late in zip(before, after, strict=True))


def test_a_slot_that_goes_by_in_silence_moves_the_next_session_on(workspace, book):
    weekly(book)
    hold(book, week(0))
    early = read(made(workspace, book, today=week(1)).content)

    late = read(made(workspace, book, today=week(1) + timedelta(days=1)).content)

    [first] = [uid for uid, one in early.items() if one["DTSTART"].dt.date() == week(1)]
    assert late[first]["DTSTART"].dt.date() == week(2)
    assert late[first]["SUMMARY"] == early[first]["SUMMARY"]
    assert late[first]["SEQUENCE"] > early[first]["SEQUENCE"]


def test_sessions_that_are_no_longer_known_are_cancelled(workspace, book):
    weekly(book)
    hold(book, week(0))
    before = [one["UID"] for one in events(made(workspace, book).content)]

    weekly(book, weekday="it changes")
    after = events(made(workspace, book).content)

    assert [one["UID"] for one in after] == before
    assert [str(one["STATUS"]) for one in after] == ["CONFIRMED"] * 2 + ["CANCELLED"] * 11


def test_sessions_from_before_the_agreement_keep_the_time_they_had(workspace, book):
    weekly(book)
    hold(book, week(0))
    hold(book, week(1))

    on_clocks(book, Amara="08:00 Europe/Lisbon")
    agree(book, on=week(1), weekday="Friday")

    days = [one["DTSTART"].dt.date() for one in events(made(workspace, book, today=week(1)).content)]
    assert days[:2] == [week(1), week(2)]


@pytest.mark.parametrize(
    ("outcome", "task"),
    [("kept", "COMPLETED"), ("missed", "CANCELLED"), ("void", "CANCELLED"), ("released", "CANCELLED")],
)
def test_a_settled_promise_is_cancelled_and_its_task_is_over(workspace, book, outcome, task):
    commitment = promise(book)
    before = read(made(workspace, book).content).values()
    settle(book, commitment, outcome, agreed_by="Jonas" if outcome == "released" else None)

    after = read(made(workspace, book).content).values()

    assert told(before) == [("VEVENT", TEXT, "CONFIRMED", 0), ("VTODO", TEXT, "NEEDS-ACTION", 0)]
    assert told(after) == [("VEVENT", TEXT, "CANCELLED", 1), ("VTODO", TEXT, task, 1)]


def test_a_promise_that_is_moved_is_the_same_event_on_another_day(workspace, book):
    commitment = promise(book)
    before = read(made(workspace, book).content)
    ledger.move(book, commitment, date(2024, 3, 20), on=book.today(), agreed_by="Jonas")

    after = read(made(workspace, book).content)

    assert list(before) == list(after)
    assert [one.get("DTSTART", one.get("DUE")).dt for one in after.values()] == [date(2024, 3, 20)] * 2


def test_a_promise_without_a_date_is_a_task_only(workspace, book):
    promise(book, by=None)

    assert told(read(made(workspace, book).content).values()) == [("VTODO", TEXT, "NEEDS-ACTION", 0)]


@pytest.mark.parametrize(("days", "n"), [(97, 2), (98, 0)], ids=["ninety days after its date", "later"])
def test_what_is_settled_is_cancelled_for_ninety_days_more(workspace, book, days, n):
    settle(book, promise(book, by=date(2024, 3, 8)), "kept")

    assert len(read(made(workspace, book, today=FIRST + timedelta(days=days)).content)) == n


SECRET = "Whisper to the well"


def test_a_promise_that_only_i_may_see_is_there_without_its_words(workspace, book):
    promise(book, SECRET, visibility="private", first_step="Find the well")

    content = made(workspace, book).content

    assert [one[1] for one in told(read(content).values())] == ["peerkit: a promise is due"] * 2
    assert b"well" not in content


def test_the_partners_promises_are_there_where_they_are_shared_and_asked_for(workspace, book):
    promise(book, "Mend the fence", peer="Jonas")
    promise(book, SECRET, peer="Jonas", visibility="private")

    assert read(made(workspace, book).content) == {}
    assert [one[1] for one in told(read(made(workspace, book, BOTH).content).values())] == [
        "Jonas: Mend the fence"
    ] * 2


def test_what_the_partner_shares_no_longer_is_cancelled_without_a_word(workspace, book):
    commitment = promise(book, "Mend the fence", peer="Jonas")
    before = read(made(workspace, book, BOTH).content)
    book.add("entries", {"commitment_id": commitment, "visibility": "private", "text": SECRET})

    content = made(workspace, book, BOTH).content

    assert list(read(content)) == list(before)
    assert {one[2] for one in told(read(content).values())} == {"CANCELLED"}
    assert not any(word in content for word in (b"fence", b"well", b"Jonas"))


def test_a_private_row_of_a_shared_promise_of_the_partner_is_not_told(workspace, book):
    commitment = promise(book, SECRET, peer="Jonas", visibility="private")
    book.add("entries", {"commitment_id": commitment, "visibility": "shared", "outcome": "open"})

    content = made(workspace, book, BOTH).content

    assert b"well" not in content


def test_a_discreet_calendar_holds_no_name_no_text_and_no_place(workspace, book):
    weekly(book, place=LINK)
    hold(book, week(0))
    promise(book, first_step="Buy a spade")
    promise(book, "Mend the fence", peer="Jonas")

    content = made(workspace, book, Choice(is_discreet=True, has_both=True)).content

    words = ["Amara", "Jonas", "pear", "spade", "fence", "harbour", "example.org", "coach", "focus"]
    assert [word for word in words if word in content.decode()] == []
    assert {one[1] for one in told(read(content).values())} == {
        "peerkit: a session",
        "peerkit: a promise is due",
    }


@pytest.mark.parametrize(
    ("said", "is_one"),
    [
        (LINK, True),
        ("http://[::1]:8000/x", True),
        ("HTTPS://MEET.EXAMPLE.ORG", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://[broken", False),
        ("https://a.example/\u202egro", False),
        ("https://a.example/a b", False),
        ("https://a.example/" + "a" * 2000, False),
        ("By the harbour", False),
        ("", False),
    ],
)
def test_only_a_plain_address_of_the_web_can_be_opened(workspace, book, said, is_one):
    weekly(book, weekday="it changes", place=said)

    [event] = events(made(workspace, book).content)

    assert (is_link(said), str(event.get("URL", "")) == said if is_one else "URL" in event) == (
        is_one,
        is_one,
    )
    assert str(event.get("LOCATION", ""))[:1000] == " ".join(said.split())[:1000]


@pytest.mark.parametrize(
    ("said", "minutes"), [("30m", 30), ("2h", 120), ("1d", 1440), ("28d", 40320), (" 1h ", 60)]
)
def test_an_alarm_is_so_long_before(said, minutes):
    assert alarm(said) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "said", ["", "1", "d", "0d", "-1d", "29d", "1w", "1.5h", "٣d", "1d\n1d", "9" * 400 + "d"]
)
def test_what_is_no_alarm_is_refused(said):
    with pytest.raises(
        CalendarError, match="An alarm is so long before: 30m, 2h or 1d, and four weeks at most"
    ):
        alarm(said)


def test_an_alarm_is_on_what_is_open_and_on_nothing_else(workspace, book):
    weekly(book)
    hold(book, week(0))
    settle(book, promise(book, "Kept"), "kept")
    promise(book)

    content = made(workspace, book, Choice(alarms=(alarm("2h"),)), today=FIRST + timedelta(days=1)).content

    with_alarm = [one for one in read(content).values() if one.subcomponents]
    assert {str(one["SUMMARY"]) for one in with_alarm} == {TEXT} | {
        f"Peer coaching: {a} is focus person, {other(a)} is coach" for a in PEERS
    }
    assert {one.name for one in with_alarm} == {"VEVENT"}
    assert {one.subcomponents[0]["TRIGGER"].dt for one in with_alarm} == {timedelta(hours=-2)}
    assert len(with_alarm) == 13


ZONES = [
    "Europe/Lisbon", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe",
    "Africa/Casablanca", "Asia/Kolkata", "Pacific/Apia", "UTC",
]  # fmt: skip
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 30]))


def exists(moment):
    """Return whether clocks show a time at all on its day."""
    return moment.astimezone(UTC).astimezone(moment.tzinfo).replace(fold=0) == moment.replace(fold=0)


@given(
    mine=st.sampled_from(ZONES),
    theirs=st.sampled_from(ZONES),
    at=TIMES,
    day=st.dates(date(2023, 1, 1), date(2035, 1, 1)),
)
@fewer()
def test_the_local_time_of_the_slot_never_changes(tmp_path_factory, mine, theirs, at, day):
    """Through every change of clocks of both zones; for the other peer it is the same moment."""
    place = tmp_path_factory.mktemp("slot")
    workspace = init_workspace(place / "us", me="Jonas", partner="Amara", time_zone="UTC")
    book = journal_of(workspace, clock_at("03-01"))
    on_clocks(book, Amara=f"{at} {mine}", Jonas=f"12:00 {theirs}")
    agree(book, on=day, weekday="Sunday")

    content = made(workspace, book, today=day).content
    book.close()

    # dateutil reads the zone from the file alone, and knows nothing of the machine's zones.
    zone = tzical(io.StringIO(content.decode())).get(mine)
    read_of = [one["DTSTART"] for one in events(content)]
    said = [
        datetime.fromisoformat(f"{start.dt.date()}T{at}").replace(tzinfo=ZoneInfo(mine)) for start in read_of
    ]
    clear = [(start.dt, one) for start, one in zip(read_of, said, strict=True) if exists(one)]
    assert [f"{start:%H:%M}" for start, _ in clear] == [at] * len(clear)
    assert len(clear) >= 11
    assert [start.replace(tzinfo=zone).astimezone(UTC) for start, _ in clear] == [
        one.astimezone(UTC) for _, one in clear
    ]


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_in_the_file_changes_its_clocks_when_the_zone_does(zone):
    """A change begins, says RFC 5545, at DTSTART by the clock as it was before (TZOFFSETFROM)."""
    first, last = datetime(2011, 2, 1, tzinfo=UTC), datetime(2014, 2, 1, tzinfo=UTC)

    parts = _zone(ZoneInfo(zone), first, last).subcomponents

    begin = first - timedelta(weeks=1)
    moments = [begin + timedelta(minutes=30 * n) for n in range((last - begin).days * 48)]
    offsets = [one.astimezone(ZoneInfo(zone)).utcoffset() for one in moments]
    changes = [
        (moment, before, after)
        for moment, before, after in zip(moments[1:], offsets, offsets[1:], strict=False)
        if before != after
    ]
    in_file = [(one["TZOFFSETFROM"].td, one["TZOFFSETTO"].td, one["DTSTART"].dt) for one in parts]
    assert [(start.replace(tzinfo=UTC) - before, before, after) for before, after, start in in_file] == [
        (begin, offsets[0], offsets[0]),
        *changes,
    ]


def test_a_slot_that_clocks_skip_is_as_much_later_as_they_go_forward(workspace, book):
    on_clocks(book, Amara="02:30 Europe/Berlin")
    agree(book, weekday="Sunday")

    starts = [one["DTSTART"].dt for one in events(made(workspace, book, today=date(2024, 3, 20)).content)][:3]

    assert [f"{one:%m-%d %H:%M %Z}" for one in starts] == [
        "03-24 02:30 CET",
        "03-31 03:30 CEST",
        "04-07 02:30 CEST",
    ]


def test_without_a_time_each_session_is_a_whole_day(workspace, book):
    agree(book, weekday="Friday")

    [first, *_] = events(made(workspace, book).content)

    assert (first["DTSTART"].dt, "DTEND" in first, str(first["TRANSP"])) == (FIRST, False, "TRANSPARENT")


def by_icalendar(content):
    return {
        uid: (int(one["SEQUENCE"]), str(one["SUMMARY"]), str(one.get("DESCRIPTION", "")), str(one["STATUS"]),
              (one.get("DTSTART") or one.get("DUE")).dt)
        for uid, one in read(content).items()
    }  # fmt: skip


def by_ical(content):
    parsed = IcsCalendarStream.calendar_from_ics(content.decode())
    return {
        one.uid: (one.sequence, one.summary, one.description or "", one.status.value, day)
        for some, name in ((parsed.events, "dtstart"), (parsed.todos, "due"))
        for one in some
        for day in [getattr(one, name)]
    }


TEXTS = st.one_of(
    st.text(min_size=1, max_size=40),
    st.sampled_from([
        "a" * 10_000, "Réparer\r\nle vélo", "a\x00b\x1bc\x07", "\u2028BEGIN:VEVENT", "END:VCALENDAR\n", "\\n\\,;:",
        "أكتب إلى أمّي", "\u202eevil", "😀" * 60, "tab\there", "\x85\x0b\x0c", "\ud800", "=?utf-8?q?x?=",
    ]),
)  # fmt: skip


@given(texts=st.lists(TEXTS, min_size=1, max_size=3), place=TEXTS)
def test_two_libraries_read_the_same_whatever_was_typed(tmp_path_factory, texts, place):
    workspace = init_workspace(
        tmp_path_factory.mktemp("text") / "us", me="أمارا", partner="Jonas", time_zone="UTC"
    )
    book = journal_of(workspace, clock_at("03-01"))
    for text in texts:
        if text.translate(dict.fromkeys([*range(32), *range(127, 160)])).strip():
            promise(book, text, peer="أمارا", first_step=text)
    content = made(workspace, book).content
    book.close()

    assert by_ical(content) == by_icalendar(content)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert content.count(b"\n") == content.count(b"\r\n")
    assert not {chr(byte) for byte in content if byte < 32} - {"\r", "\n", "\t"}


def test_two_libraries_read_the_same_sessions(workspace, book):
    weekly(book, place=LINK)
    hold(book, week(0))

    content = made(workspace, book).content

    assert by_ical(content) == by_icalendar(content)
    assert len(by_ical(content)) == 13


def test_the_same_journal_and_day_give_the_same_bytes(workspace, book, clock):
    weekly(book)
    promise(book)
    first = made(workspace, book).content

    clock.to("03-01 23:00")

    assert made(workspace, book).content == first


def served(folder):
    """Return a function that asks a Radicale server, which keeps its calendars in a folder."""
    from radicale import config
    from radicale.app import Application

    settings = config.load()
    mine = {
        "storage": {"filesystem_folder": str(folder)},
        "auth": {"type": "none"},
        "logging": {"level": "critical"},
    }
    settings.update(mine, "test", privileged=True)
    server = Application(settings)
    name = base64.b64encode(b"amara:amara").decode()

    def ask(method, path, body=b""):
        answered = []
        asked = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "CONTENT_TYPE": "text/calendar",
            "CONTENT_LENGTH": str(len(body)), "HTTP_AUTHORIZATION": f"Basic {name}", "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
        }  # fmt: skip
        parts = server(asked, lambda status, headers: answered.append(status))
        return answered[0], b"".join(parts)

    return ask


def test_a_calendar_server_takes_the_file_and_gives_back_the_same(workspace, book, tmp_path):
    """Radicale, which reads with a third library."""
    weekly(book, weekday="it changes")
    commitment = promise(book)
    ask = served(tmp_path / "server")
    statuses, seen = [], []

    for outcome in (None, "kept"):
        if outcome:
            settle(book, commitment, outcome)
        content = made(workspace, book).content
        statuses.append(ask("PUT", "/amara/peerkit/", content)[0])
        seen.append((by_icalendar(ask("GET", "/amara/peerkit/")[1]), by_icalendar(content)))

    assert statuses == ["201 Created", "201 Created"]
    assert [given == taken for given, taken in seen] == [True, True]
    assert sorted(one[3] for one in seen[1][0].values()) == ["CANCELLED", "COMPLETED", "CONFIRMED"]


# What may happen between two files; days go by before each.
STEPS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from([
            "promise", "keep", "miss", "reopen", "move", "hold", "plan", "miss session", "agree on Monday",
            "agree on no day", "agree on a time", "nothing",
        ]),
    ),
    min_size=1,
    max_size=8,
)  # fmt: skip


def act(book, step):
    """Do one step, where it can be done."""
    today, rows = book.today(), book.rows("entries")
    commitment = rows[-1]["commitment_id"] if rows else None
    planned = [one for one in list_sessions(book) if one.status == "planned"]
    state = known(book.rows("entries", commitment_id=commitment)).get("outcome")
    if step == "promise":
        promise(book, by=today + timedelta(days=9))
    elif step in ("keep", "miss") and state == "open":
        settle(book, commitment, "kept" if step == "keep" else "missed")
    elif step == "reopen" and state not in (None, "open"):
        ledger.reopen(book, commitment, reason="a mistake")
    elif step == "move" and state == "open":
        ledger.move(book, commitment, today + timedelta(days=3), on=today, agreed_by="Jonas")
    elif step == "hold":
        hold(
            book,
            today,
            focus=turns.next_roles(list_sessions(book), PEERS)[0],
            next_on=today + timedelta(days=5),
        )
    elif step == "plan" and not planned:
        focus, coach = turns.next_roles(list_sessions(book), PEERS)
        plan_session(book, template("weekly"), held_on=today + timedelta(days=4), focus=focus, coach=coach)
    elif step == "miss session" and planned:
        miss_session(book, planned[-1].session_id, next_on=today + timedelta(days=8))
    elif step.startswith("agree"):
        terms = {"agree on Monday": {"weekday": "Monday"}, "agree on no day": {"weekday": "it changes"}}
        on_clocks(book, Amara=f"{7 + len(rows) % 9:02}:00 Europe/Lisbon")
        agree(book, on=today, **terms.get(step, {}))


def lines_of(content):
    """Return what each item of a calendar without alarms says, by its id: its lines, by their names."""
    unfolded = content.decode().replace("\r\n ", "")
    parts = re.findall(r"BEGIN:(VEVENT|VTODO)\r\n(.*?)\r\nEND:", unfolded, re.DOTALL)
    told = [
        {"KIND": kind} | dict(line.split(":", 1) for line in lines.split("\r\n")) for kind, lines in parts
    ]
    return {one["UID"]: one for one in told}


def sequence_of(item):
    return int(item["SEQUENCE"])


def said(item):
    """Return all that an item says, without when it was said and how often."""
    return {
        name: value for name, value in item.items() if name not in ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE")
    }


@given(steps=STEPS)
def test_whatever_happens_a_file_that_is_read_in_again_brings_a_calendar_up_to_date(tmp_path_factory, steps):
    """Ids stay, sequences never fall and grow with every change, and nothing stays open that is over."""
    workspace = init_workspace(
        tmp_path_factory.mktemp("steps") / "us", me="Amara", partner="Jonas", time_zone="UTC", pair_id="us"
    )
    clock = clock_at("03-01")
    book = journal_of(workspace, clock)
    # What a calendar knows into which every file is read.
    kept = {}
    with book.writing():
        weekly(book)
        for days, step in [(0, "nothing"), *steps]:
            clock.now += timedelta(days=days)
            act(book, step)
            content = made(workspace, book).content
            new = lines_of(content)
            assert content.count(b"\r\nUID:") == len(new)
            for uid, one in new.items():
                before = kept.get(uid, one)
                assert sequence_of(one) >= sequence_of(before)
                assert said(one) == said(before) or sequence_of(one) > sequence_of(before)
            kept |= new
    today = book.today()
    ahead = {one.held_on for one in turns.coming(book, PEERS, today=today)} | {
        one.held_on for one in list_sessions(book) if one.took_place
    }
    states = known_by(book.rows("entries"), "commitment_id").values()
    n_open = [state["outcome"] for state in states].count("open")
    book.close()
    is_open = [one for one in kept.values() if one["STATUS"] in ("CONFIRMED", "NEEDS-ACTION")]
    starts = [one.get("DTSTART;TZID=Europe/Lisbon", "")[:8] for one in is_open]
    assert [one["KIND"] for one in is_open].count("VTODO") == n_open
    assert {day for day in starts if day >= f"{today:%Y%m%d}"} <= {f"{day:%Y%m%d}" for day in ahead}


# What goes wrong, and what the command says.


@pytest.fixture
def peerkit(peerkit, clocked, workspace, monkeypatch):
    """The command in the workspace, on 1 March 2024."""
    monkeypatch.chdir(workspace.folder)
    return peerkit


def test_the_command_writes_one_private_file_and_says_what_is_in_it(workspace, book, peerkit):
    weekly(book)
    promise(book)
    settle(book, promise(book, "Kept"), "kept")

    done = peerkit("calendar", "our.ics", "--alarm", "1d", "--alarm", "2h")

    path = workspace.folder / "our.ics"
    content = made(workspace, book, Choice(alarms=(alarm("2h"), alarm("1d")))).content
    assert done == (
        0,
        "Made our.ics: 12 sessions and 1 open promise; 1 settled or gone, to be cancelled.\n",
        "",
    )
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (content, 0o600)


@pytest.mark.parametrize(
    ("terms", "notes"),
    [
        (None, ["No agreement is signed by both of you, so no session is in it: peerkit new first-meeting"]),
        ({"weekday": "Friday"}, ["Your agreement names no time, so each session is a whole day."]),
        (
            {"weekday": "Friday", "Amara": "18:00 Europe/Lisbon", "Jonas": "18:00 Europe/Berlin"},
            ["By Jonas's clock that is 19:00, and the agreement says another time."],
        ),
        (
            {"Amara": "9:00"},
            ["Your agreement names no weekday, so only the next session is in it."],
        ),
    ],
    ids=["no agreement", "no time", "two times that do not meet", "no weekday and no zone"],
)  # fmt: skip
def test_what_the_agreement_does_not_say_is_said(book, peerkit, terms, notes):
    promise(book)
    if terms is not None:
        on_clocks(book, **{peer: terms.pop(peer) for peer in PEERS if peer in terms})
        agree(book, **terms)

    assert peerkit("calendar", "our.ics")[1].splitlines()[1:] == notes


def test_a_calendar_that_peerkit_wrote_is_replaced(workspace, book):
    path = workspace.folder / "our.ics"
    promise(book)
    write_calendar(path, made(workspace, book))
    promise(book, "Mend the fence")

    write_calendar(path, made(workspace, book))

    assert len(read(path.read_bytes())) == 4


def put_file(path):
    path.write_bytes(b"BEGIN:VCALENDAR\r\nPRODID:-//Another//EN\r\nEND:VCALENDAR\r\n")


@pytest.mark.parametrize(
    ("put", "reason"),
    [
        (put_file, "is there already, and not written by peerkit; it stays as it is"),
        (lambda path: path.mkdir(), "is a folder; it stays as it is"),
        (lambda path: path.symlink_to("peerkit.toml"), "is there already, and not written by peerkit"),
        (lambda path: path.symlink_to("nowhere"), "is there already, and not written by peerkit"),
    ],
    ids=["another file", "a folder", "a link", "a link to nowhere"],
)
def test_nothing_else_is_replaced(workspace, book, put, reason):
    promise(book)
    path = workspace.folder / "our.ics"
    put(path)
    before = (path.lstat().st_ino, path.lstat().st_mtime_ns)

    with pytest.raises(CalendarError, match=f"our.ics {reason}"):
        write_calendar(path, made(workspace, book))
    assert (path.lstat().st_ino, path.lstat().st_mtime_ns) == before


@pytest.mark.parametrize("name", ["peerkit.toml/our.ics", "a\0b.ics", "a" * 300 + ".ics"])
def test_a_place_that_cannot_be_written_is_said(workspace, book, name):
    promise(book)

    with pytest.raises(
        CalendarError, match=r"cannot be written \(.+\). Choose a place that you may write to\."
    ):
        write_calendar(workspace.folder / name, made(workspace, book))


def test_an_empty_calendar_is_not_written(workspace, book, peerkit):
    told_of = peerkit("calendar", "our.ics")

    said_of = (
        "There is nothing to put in a calendar yet: you have signed no agreement, and nothing is promised."
    )
    assert told_of == (2, "", f"{said_of} Begin with: peerkit new first-meeting\n")
    assert not (workspace.folder / "our.ics").exists()


def test_without_a_partner_there_is_no_calendar(tmp_path, clock):
    alone = init_workspace(tmp_path / "alone", me="Amara", partner="", time_zone="UTC")

    with pytest.raises(WorkspaceError, match="You have not named a partner yet"):
        made(alone, journal_of(alone, clock))


def test_a_zone_that_this_machine_does_not_know_is_said_without_its_name(workspace, book):
    terms = {
        "cadence": "every week",
        "weekday": "Friday",
        "time": {"Amara": "18:00"},
        "zone": {"Amara": "Mars/Olympus"},
    }
    for peer in PEERS:
        write_answer(
            book, SHEET, phase=SIGNED, prompt="d", author=peer, value={"terms": terms, "on": "2024-03-01"}, revision=0
        )  # fmt: skip

    with pytest.raises(
        AgreementError, match="The agreement's time zone of Amara is none that this machine knows"
    ) as error:
        made(workspace, book)
    assert "Mars" not in str(error.value)


def test_a_calendar_that_is_kept_follows_what_is_settled_by_a_command(workspace, book, peerkit):
    commitment = promise(book)
    kept = peerkit("calendar", "--keep", "--alarm", "1d")
    before = workspace.calendar.read_bytes()

    peerkit("keep", commitment)

    assert kept[1].splitlines()[1] == (
        "It is kept up to date from now on; subscribe to this file. To end it: --no-keep"
    )
    assert (before.count(b"BEGIN:VALARM"), before.count(b"STATUS:CONFIRMED")) == (1, 1)
    assert workspace.calendar.read_bytes() == made(workspace, book, Choice(alarms=(alarm("1d"),))).content
    assert workspace.calendar.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "command",
    [
        ["promise", "Mend the fence"],
        ["move", "{}", "2024-03-20"],
        ["miss", "{}"],
        ["reopen", "{}", "--because", "too soon"],
    ],
    ids=lambda command: command[0],
)
def test_a_calendar_that_is_kept_follows_every_command(workspace, book, peerkit, command):
    commitment = promise(book)
    if command[0] == "reopen":
        settle(book, commitment, "kept")
    kept_calendar.keep(workspace, book, DISCREET)

    assert peerkit(*(part.format(commitment) for part in command))[::2] == (0, "")

    assert workspace.calendar.read_bytes() == made(workspace, book, DISCREET).content


def test_a_calendar_that_is_kept_follows_a_session_that_is_closed(workspace, book):
    weekly(book)
    session, _ = new_session(workspace, book, "weekly", held_on=week(0))
    kept_calendar.keep(workspace, book, PLAIN)
    form = guide.phase("close", of=session.session_id, start=workspace.folder)
    form.journal._clock = book._clock

    form.close_session(str(week(2)))

    days = [one["DTSTART"].dt.date() for one in events(workspace.calendar.read_bytes())]
    assert days[:2] == [week(0), week(2)]


def test_a_calendar_that_cannot_be_written_stops_nothing_else(workspace, book, peerkit):
    commitment = promise(book)
    kept_calendar.keep(workspace, book, PLAIN)
    workspace.calendar.unlink()
    workspace.calendar.mkdir()

    status, out, err = peerkit("keep", commitment)

    assert (status, out) == (0, f"{commitment} is kept.\n")
    assert err == (
        f"The calendar was not brought up to date. {workspace.calendar} is a folder; it stays as it is."
        " Choose another name for the file.\n"
    )


def test_without_being_asked_for_no_calendar_is_written(workspace, book, peerkit):
    peerkit("keep", promise(book))

    kept_calendar.refresh(workspace, book)

    assert not workspace.calendar.exists()


def test_what_is_kept_no_longer_is_removed_and_stays_away(workspace, book, peerkit):
    commitment = promise(book)
    peerkit("calendar", "--keep")

    ended = peerkit("calendar", "--no-keep")
    peerkit("keep", commitment)

    assert ended[1] == f"Removed {workspace.calendar}. It is kept no longer.\n"
    assert not workspace.calendar.exists()
    assert peerkit("calendar", "--no-keep")[1] == "No calendar is kept.\n"


def test_a_discreet_calendar_that_is_kept_never_gets_words_by_another_command(workspace, book, peerkit):
    promise(book)
    peerkit("calendar", "--keep", "--discreet", "--alarm", "2h")

    refused = peerkit("calendar", "--alarm", "1d")
    done = peerkit("calendar")

    said_of = f"{workspace.calendar} is kept up to date as it was asked for."
    assert refused == (2, "", f"{said_of} Change that with --keep, or name another file.\n")
    assert done[0] == 0
    assert (
        workspace.calendar.read_bytes() == made(workspace, book, Choice(True, alarms=(alarm("2h"),))).content
    )


OFFER = "Your sessions in a calendar: peerkit calendar --keep. With --no-keep this is not said again.\n"


@pytest.mark.parametrize("answer", [None, "--keep", "--no-keep"])
def test_start_offers_a_calendar_until_somebody_says_yes_or_no(workspace, book, peerkit, monkeypatch, answer):
    monkeypatch.setattr("peerkit.lab.launch.open_lab", lambda *_, **__: 0)
    before = peerkit("start", workspace.folder)[1]
    weekly(book)
    if answer:
        peerkit("calendar", answer)
    if answer == "--keep":
        workspace.calendar.unlink()

    told_of = peerkit("start", workspace.folder)

    assert (told_of[0], told_of[2]) == (0, "")
    assert (OFFER in before, OFFER in told_of[1]) == (False, answer is None)
    assert workspace.calendar.exists() == (answer == "--keep")


def test_another_file_of_that_name_is_neither_replaced_nor_removed(workspace, book):
    put_file(workspace.calendar)
    before = workspace.calendar.read_bytes()

    with pytest.raises(CalendarError, match="not written by peerkit"):
        kept_calendar.keep(workspace, book, PLAIN)

    assert kept_calendar.kept(workspace, book) is None
    assert kept_calendar.end(workspace, book) is False
    assert workspace.calendar.read_bytes() == before


def test_a_calendar_that_is_kept_is_there_also_when_nothing_is_in_it(workspace, book):
    """Whoever subscribed must not see for ever what is over."""
    kept_calendar.keep(workspace, book, PLAIN)

    assert read(workspace.calendar.read_bytes()) == {}
    assert MARK in workspace.calendar.read_bytes()


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        ({"discreet": True, "both": True, "alarms": [120]}, Choice(True, True, (timedelta(hours=2),))),
        ({"discreet": False, "both": False, "alarms": []}, PLAIN),
        ({"discreet": "no", "both": "yes", "alarms": [0, -1, True, 10**30, "1d", None]}, DISCREET),
        ({}, DISCREET),
        ({"alarms": {"a": 1}}, DISCREET),
        (False, None),
        ([1], None),
        ("yes", None),
    ],
)
def test_what_stands_in_the_place_of_a_choice_is_read_as_the_more_discreet_one(
    workspace, book, value, choice
):
    write_answer(book, "calendar", phase="kept", prompt="choice", author="Amara", value=value, revision=0)

    assert kept_calendar.kept(workspace, book) == choice


def test_the_calendar_that_is_kept_has_one_name(workspace, book):
    with pytest.raises(
        CalendarError, match=r"The calendar that is kept up to date is .*calendar\.ics, and no other"
    ):
        run(workspace, book, PLAIN, file=workspace.folder / "our.ics", keep=True)


def test_a_journal_that_cannot_be_written_leaves_no_calendar_behind(workspace, book, monkeypatch):
    def refuse(*_, **__):
        msg = "The disk is full."
        raise JournalError(msg)

    monkeypatch.setattr("peerkit.kept_calendar.write_answer", refuse)

    with pytest.raises(JournalError):
        kept_calendar.keep(workspace, book, PLAIN)
    assert not workspace.calendar.exists()
