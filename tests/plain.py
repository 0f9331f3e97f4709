"""METRICS once more, slowly: one commitment at a time, in plain Python. What the measures are held to."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import mean, median

import numpy as np
import pandas as pd
from helpers import day, histories, ledger_of
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from peerkit.fold import commitments

EARLY, LATE = "2024-04-05", "2024-06-30"
SESSION_IDS = ("s1", "s2", "s3", "s4", "s5")
# A blank is of a session from before there were floors.
FLOORS = ("focus", "focus", None, "both", "nobody", "apart")


@st.composite
def measured(draw):
    """A day, and the commitments of a history on it, with confidence, session and now and then no closing day."""
    lines = draw(histories(commitments=7, events=2))
    as_of = draw(st.sampled_from([EARLY, LATE]))
    table = commitments(ledger_of(*lines), as_of=as_of)

    def column(values):
        return draw(st.lists(values, min_size=len(table), max_size=len(table)))

    sure = column(st.sampled_from([None, 0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0]))
    made_in = column(st.sampled_from([None, *SESSION_IDS]))
    is_told = column(st.sampled_from([True, True, True, False]))
    return as_of, table.assign(
        confidence=pd.Series(sure, dtype="Float64"),
        session_id=pd.Series(made_in, dtype="str"),
        closed_on=table["closed_on"].where(pd.Series(is_told, dtype=bool)),
    )


@st.composite
def meetings(draw):
    """Five sessions as they stand: some planned or missed, some on one day, some without a number for heard.

    In most the focus person has the floor, in some both, nobody, or each alone.
    """
    on = sorted(draw(st.lists(st.integers(0, 70), min_size=5, max_size=5)))
    return pd.DataFrame({
        "session_id": pd.Series(SESSION_IDS, dtype="str"),
        "held_on": [day("02-25") + pd.Timedelta(days=number) for number in on],
        "focus": pd.Categorical([draw(st.sampled_from(["Amara", "Jonas"])) for _ in on], ["Amara", "Jonas"]),
        "minutes": pd.Series([draw(st.sampled_from([45, 60])) for _ in on], dtype="Int64"),
        "status": pd.Categorical([draw(st.sampled_from(["closed", "closed", "open", "planned", "missed"])) for _ in on]),
        "heard": pd.Series([draw(st.sampled_from([None, *range(11)])) for _ in on], dtype="Int64"),
        "floor": pd.Categorical([draw(st.sampled_from(FLOORS)) for _ in on]),
    }).assign(coach=lambda made: made["focus"].map({"Amara": "Jonas", "Jonas": "Amara"}))  # fmt: skip


def rows_of(table):
    """Return the rows as dicts: days as dates, numbers as they are but rounded, blanks as None."""
    columns = [map(_plain, table[name].to_list()) for name in table.columns]
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(value):
    if pd.isna(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    return round(value, 9) if isinstance(value, float) else value


def rounded(rows):
    """Return rows of an oracle as `rows_of` gives those of a measure."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def to_date(said):
    return date.fromisoformat(str(said))


def in_window(rows, as_of, due="due_on", since=None):
    """Those whose judged due date falls in the window and is on or before `as_of`."""
    start = date.min if since is None else to_date(since)
    return [c for c in rows if c[due] is not None and start <= c[due] <= to_date(as_of)]


def is_let_go(c, due="due_on"):
    """Released before it was due."""
    return c["outcome"] == "released" and c["closed_on"] is not None and c["closed_on"] < c[due]


def denominator(rows, as_of, due="due_on", since=None):
    return [c for c in in_window(rows, as_of, due, since) if c["outcome"] != "void" and not is_let_go(c, due)]


def share_of(top, n):
    """Kept, n, share and interval, as a dict; an empty one for nothing."""
    low, high = proportion_confint(top, n, method="wilson")
    return {"n": n, "share": top / n, "low": max(low, 0.0), "high": min(high, 1.0)}


def grouped(rows, *names):
    """Return rows by the values of their columns, in order of these."""
    groups = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return {key: groups[key] for key in sorted(groups)}


def monday(on):
    return on - timedelta(days=on.weekday())


def windows_of_weeks(rows, as_of, k, due="due_on"):
    """Yield (Monday, the rows due in this week and the k - 1 before), where there are any."""
    if not rows:
        return
    week, last = monday(min(c[due] for c in rows)), monday(to_date(as_of))
    while week <= last:
        begin, end = week - timedelta(weeks=k - 1), week + timedelta(days=7)
        found = [c for c in rows if begin <= c[due] < end]
        if found:
            yield week, found
        week += timedelta(weeks=1)


def held(sessions, as_of):
    """Return the sessions that took place, in order of days; what each goes through apart did not."""
    took_place = [
        s
        for s in sessions
        if s["status"] in ("open", "closed") and s["held_on"] <= to_date(as_of) and s.get("floor") != "apart"
    ]
    return sorted(took_place, key=lambda s: (s["held_on"], s["session_id"]))


def had(sessions, peer):
    """Return the minutes of each session in which a peer had the floor: all of them, or half where both had it."""
    minutes = []
    for s in sessions:
        if s.get("floor") == "both":
            minutes.append(s["minutes"] // 2)
        elif s.get("floor") != "nobody" and s["focus"] == peer:
            minutes.append(s["minutes"])
    return minutes


def windows_of_sessions(rows, sessions, k, due="due_on"):
    """Yield (session, the rows due from the k-th last session's day to the day before the next one's)."""
    for i, session in enumerate(sessions):
        begin = sessions[i - k + 1]["held_on"] if i - k + 1 > 0 else date.min
        end = sessions[i + 1]["held_on"] if i + 1 < len(sessions) else date.max
        found = [c for c in rows if begin <= c[due] < end]
        if found:
            yield session, found


def is_on_time(c, due="due_on"):
    return c["outcome"] == "kept" and c["closed_on"] is not None and c["closed_on"] <= c[due]


def closed_by(c, as_of):
    """The day it was closed, or the latest that it can have been."""
    return c["closed_on"] or to_date(as_of)


def lateness(c, as_of):
    return max((closed_by(c, as_of) - c["due_on"]).days, 0)


def credit_of(c, as_of, half_life):
    done = {"kept": 1.0, "partly": c["fraction"] or 0.0}.get(c["outcome"], 0.0)
    return done * 2.0 ** (-lateness(c, as_of) / half_life) if done else 0.0


def days_back(miss, rows, as_of):
    """Days from a miss to the next kept one of the same peer; infinity where none came."""
    kept = [closed_by(c, as_of) for c in rows if c["outcome"] == "kept" and c["peer"] == miss["peer"]]
    later = [on for on in kept if on > miss["due_on"]]
    return (min(later) - miss["due_on"]).days if later else math.inf


def is_miss(c, as_of):
    return c["outcome"] == "missed" or (c["outcome"] == "open" and c["due_on"] < to_date(as_of))


def watched(c, as_of):
    """Return (days, was kept): how long a commitment was in sight without being kept."""
    left = c["outcome"] in ("kept", "released", "void") and c["closed_on"] is not None
    end = c["closed_on"] if left else to_date(as_of)
    return max((end - c["made_on"]).days, 0), c["outcome"] == "kept"


def was_seen_waiting(c):
    """Return whether it was not closed before the ledger knew of it."""
    return c["closed_on"] is None or c["closed_on"] >= c["made_on"]


def waiting(seen):
    """Return {day: share not kept yet}: the product of what each day with a kept one left."""
    curve, share = {}, 1.0
    for on in sorted({days for days, _ in seen}):
        at_risk = sum(days >= on for days, _ in seen)
        done = sum(days == on and was_kept for days, was_kept in seen)
        share *= 1 - done / at_risk
        curve[on] = share
    return curve


BINS = tuple(pairwise((0.0, 0.5, 0.7, 0.85, 0.95, 1.0)))


def bin_of(confidence):
    return next(i for i, (_, end) in enumerate(BINS) if confidence < end or end == 1.0)


def bins(rows):
    """Return the five rows of a reliability table."""
    table = []
    for i, (begin, end) in enumerate(BINS):
        inside = [c for c in rows if c["confidence"] is not None and bin_of(c["confidence"]) == i]
        n, kept = len(inside), sum(c["outcome"] == "kept" for c in inside)
        nothing = {"n": 0, "share": None, "low": None, "high": None}
        sure = mean(c["confidence"] for c in inside) if n else None
        own = {"from": begin, "to": end, "mean_confidence": sure, "kept": kept}
        table.append({**own, **(share_of(kept, n) if n else nothing)})
    return table


def heard_rows(sessions):
    """Return what was heard, peer by peer, beside the median of the four numbers before."""
    table = []
    for peer in sorted({s["focus"] for s in sessions}):
        before = []
        for s in (s for s in sessions if s["focus"] == peer):
            last, now = before[-4:], s["heard"]
            middle = float(median(last)) if last else None
            drop = middle - now if last and now is not None else None
            key = {"peer": peer, "session_id": s["session_id"], "held_on": s["held_on"]}
            said = {"heard": None if now is None else float(now), "n": len(last), "median_before": middle}
            table.append({**key, **said, "drop": drop, "is_rupture_sign": drop is not None and drop >= 2})
            before += [] if now is None else [now]
    return table


def medians(values):
    """Return the median; None where it is infinite."""
    middle = float(np.median(values))
    return middle if math.isfinite(middle) else None
