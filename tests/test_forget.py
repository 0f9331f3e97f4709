"""What was forgotten is gone, and does not come back."""

import pytest

from peerkit.forget import FOR_GOOD, answer_key, covers

ANSWER = {"author": "Jonas", "recorded_at": 10, "session_id": "s1", "phase": "aim", "prompt": "topic"}
ENTRY = {"author": "Amara", "recorded_at": 10, "commitment_id": "c1", "session_id": "s1", "peer": "Amara"}
SETTLED = {**ENTRY, "session_id": None, "peer": None}
SESSION = {"author": "Amara", "recorded_at": 10, "session_id": "s1", "coach": "Jonas", "focus": "Amara"}
ROWS = {"answer": ("answers", ANSWER), "promise": ("entries", ENTRY), "outcome": ("entries", SETTLED), "session": ("sessions", SESSION)}  # fmt: skip


def stone(kind, key, *, author="Amara", until=FOR_GOOD):
    return {"author": author, "kind": kind, "key": key, "until": until}


@pytest.mark.parametrize(
    ("tombstone", "covered"),
    [
        (stone("session", "s1"), ["answer", "promise"]),
        (stone("session", "s2"), []),
        (stone("commitment", "c1"), ["promise", "outcome"]),
        (stone("answer", answer_key("s1", "aim", "topic", "Jonas")), ["answer"]),
        (stone("answer", answer_key("s1", "aim", "topic", "Amara")), []),
        (stone("partner", "Jonas"), ["answer", "session"]),
        (stone("session", "s1", until=10), ["answer", "promise"]),
        (stone("session", "s1", until=9), []),
        (stone("session", "s1", author="Jonas"), ["answer"]),
        (stone("commitment", "c1", author="Jonas"), []),
    ],
)
def test_my_tombstone_covers_everybodys_rows_and_the_others_only_their_own(tombstone, covered):
    found = [name for name, (table, row) in ROWS.items() if covers([tombstone], table, row, me="Amara")]

    assert found == covered
