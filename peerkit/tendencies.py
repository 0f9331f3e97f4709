"""What tends to work: what was kept with each accountability method, area, plan and confidence, as observation."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from peerkit.measures import follow_through

# With fewer than this a sentence would say more than is known.
ENOUGH = 8
# Where the bands of stated confidence end, each with its upper end left out, but for the last.
_BANDS = {
    "under 50 %": 0.5,
    "50 to 70 %": 0.7,
    "70 to 85 %": 0.85,
    "85 to 95 %": 0.95,
    "95 to 100 %": np.inf,
}
_PLANS = ("with", "without")
_SENTENCES = {
    "accountability": "With {which}, {kept} of {n} kept",
    "area": "In the area {which}, {kept} of {n} kept",
    "if-then plan": "{which} an if–then plan, {kept} of {n} kept",
    "confidence": "With a confidence of {which}, {kept} of {n} kept",
}
# What belongs to every such table, wherever it is shown.
CAVEAT = (
    "Counted, and no more: what was promised in one way may differ in much else, and of many rows"
    " some stand out by chance."
)

NOTHING = "Nothing was due eight times or more in one way yet, so there is nothing to tell apart."


def tendencies(commitments: pd.DataFrame, *, as_of: date | str) -> pd.DataFrame:
    """Return what was kept of what was due with each method, area, plan or none, and band of confidence.

    What was seen, and not why. Rows with fewer than eight due are left out; each kind keeps the order of
    its names or bands, never that of its shares. Words that differ in capitals and spaces alone are one.

    Args:
        commitments: From `fold.commitments` for the same `as_of`, of one peer or of both.
        as_of: Day to look from.

    Returns:
        `what` ("accountability", "area", "if-then plan" or "confidence"), `which`, `kept`, `n` (int64),
        `share`, `low`, `high` (float64, the 95 % interval of `follow_through`), `said`, one sentence. Where
        nothing has eight due, no row.

    Example:
        >>> import pandas as pd
        >>> made = pd.DataFrame({
        ...     "accountability": ["a call"] * 12, "area": None, "if_then": None, "confidence": None,
        ...     "due_on": pd.Timestamp("2024-03-08"), "closed_on": pd.Timestamp("2024-03-07"),
        ...     "outcome": ["kept"] * 9 + ["missed"] * 3,
        ... })
        >>> tendencies(made, as_of="2024-03-31")["said"].to_list()[0]
        'With a call, 9 of 12 kept (95 % interval 47 to 91 %).'
    """
    kinds = {
        "accountability": _words(commitments["accountability"]),
        "area": _words(commitments["area"]),
        "if-then plan": _plans(commitments["if_then"]),
        "confidence": _bands(commitments["confidence"]),
    }
    return pd.concat(
        [_rows(commitments, what, which, as_of) for what, which in kinds.items()], ignore_index=True
    )


def _rows(commitments: pd.DataFrame, what: str, which: pd.Series, as_of: date | str) -> pd.DataFrame:
    stated = commitments[["due_on", "closed_on", "outcome"]].assign(which=which)
    table = follow_through(stated[which.notna()], as_of=as_of, by=["which"])
    table = table[table["n"] >= ENOUGH].reset_index(drop=True)
    said = pd.Series([_sentence(what, row) for row in table.to_dict("records")], dtype="str")
    # After the shares the order of bands has done its part: a word is a word.
    whats = pd.Series([what] * len(table), dtype="str")
    rows: pd.DataFrame = table.assign(which=table["which"].astype("str"), said=said, what=whats)
    return rows[["what", *table.columns, "said"]]


def _sentence(what: str, row: dict[Any, Any]) -> str:
    seen = _SENTENCES[what].format(which=row["which"], kept=row["kept"], n=row["n"])
    ends = f"95 % interval {100 * row['low']:.0f} to {100 * row['high']:.0f} %"
    return f"{seen[0].upper()}{seen[1:]} ({ends})."


def _words(column: pd.Series) -> pd.Series:
    """Return words whose spelling differs in capitals and spaces alone as one: the first in order of letters."""
    written = column.astype("str").str.strip().str.replace(r"\s+", " ", regex=True)
    written = written.where(written != "")
    folded = written.str.casefold()
    return folded.map(written.groupby(folded).min()).astype("str")


def _plans(column: pd.Series) -> pd.Series:
    has_plan = column.notna() & (column.astype("str").str.strip() != "")
    return pd.Series(pd.Categorical(np.where(has_plan, *_PLANS), categories=list(_PLANS)), index=column.index)


def _bands(column: pd.Series) -> pd.Series:
    sure = column.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    place = np.searchsorted(list(_BANDS.values()), sure, side="right")
    names = np.array([*_BANDS, None], dtype=object)[np.where(np.isnan(sure), len(_BANDS), place)]
    return pd.Series(pd.Categorical(names, categories=list(_BANDS)), index=column.index)
