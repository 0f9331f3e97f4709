"""What each chart says, in sentences made from the same table: for those who listen, and for those who doubt."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from peerkit.charts.canvas import check_columns, counted, names_of
from peerkit.charts.counts import BECAME
from peerkit.measures import FEW, FEW_IN_BIN

_NO_TREND = " Under ten due commitments show no trend."


def follow_through(table: pd.DataFrame, *, weeks: int = 1) -> str:
    """Return what `charts.follow_through` draws.

    Args:
        table: The table that was drawn.
        weeks: How many weeks each row covers.
    """
    check_columns(table, ("week",), 'follow_through(..., every="week")')
    names = names_of(table)
    if table.empty:
        return "Follow-through: nothing was due yet, so there is nothing to show."
    over = _over(weeks)
    parts = []
    for name in names:
        last = (table[table["peer"].astype(str) == name] if name else table).iloc[-1]
        whose = f"{isolated(name)}: " if name else ""
        parts.append(
            f"{whose}{last['kept']} of {last['n']} due commitments kept {over} up to the week of"
            f" {last['week']:%Y-%m-%d}, {last['share']:.0%}, 95 % interval {last['low']:.0%} to {last['high']:.0%}"
        )
    few = _NO_TREND if (table["n"] < FEW).any() else ""
    return f"Follow-through. {'; '.join(parts)}.{few}"


def first_due(table: pd.DataFrame, first: pd.DataFrame, *, weeks: int = 1) -> str:
    """Return what `charts.first_due` draws, of the newest week that both tables have."""
    both = table.merge(first, on="week", suffixes=("", "_first"))
    if both.empty:
        return "As re-agreed and as first promised: nothing was due yet, so there is nothing to compare."
    last = both.iloc[-1]
    bought = round(100 * last["share"]) - round(100 * last["share_first"])
    gap = f"{abs(bought)} point{'s' if abs(bought) != 1 else ''} {'more' if bought > 0 else 'fewer'}"
    few = _NO_TREND if (pd.concat([table["n"], first["n"]]) < FEW).any() else ""
    return (
        f"As re-agreed and as first promised, {_over(weeks)} up to the week of {last['week']:%Y-%m-%d}:"
        f" {last['kept']} of {last['n']} kept by the date as re-agreed, {last['share']:.0%};"
        f" {last['kept_first']} of {last['n_first']} by the date first promised, {last['share_first']:.0%}."
        f" Moving dates in time bought {gap if bought else 'nothing'}.{few}"
    )


def waterfall(table: pd.DataFrame) -> str:
    """Return what `charts.waterfall` draws, summed over all sessions of the table."""
    total = int(table["promised"].sum())
    if not total:
        return "From promised to kept: nothing was promised yet."
    parts = [
        f"{int(table[kind].sum())} {said}"
        for kind, said in BECAME.items()
        if table[kind].sum() or kind == "kept"
    ]
    return f"From promised to kept, {counted(len(table), 'session')}: {total} promised; {', '.join(parts)}."


def time_to_done(table: pd.DataFrame) -> str:
    """Return what `charts.time_to_done` draws."""
    if table.empty:
        return "How long until kept: nothing was promised yet."
    parts = []
    for name in names_of(table):
        rows = table[table["peer"].astype(str) == name] if name else table
        half, last = half_by(rows), rows.iloc[-1]
        when = (
            f"half kept within {counted(half, 'day')}" if half is not None else "fewer than half kept so far"
        )
        whose = f"{isolated(name)}: of" if name else "Of"
        parts.append(
            f"{whose} {counted(int(last['n']), 'commitment')}, {when}; {1 - last['share_waiting']:.0%} kept"
            f" within {counted(int(last['days']), 'day')}"
        )
    few = " Under ten show no curve." if (table["n"] < FEW).any() else ""
    return f"How long until kept (Kaplan-Meier estimate). {'. '.join(parts)}.{few}"


def half_by(rows: pd.DataFrame) -> int | None:
    """Return the first day by which half were kept, as Kaplan and Meier estimate it; None while fewer are."""
    reached = rows.loc[rows["share_waiting"] <= 0.5, "days"]
    return int(reached.iloc[0]) if len(reached) else None


def calibration(table: pd.DataFrame) -> str:
    """Return what `charts.calibration` draws."""
    bins = table[table["n"] > 0]
    if bins.empty:
        return "Confidence and what was kept: nothing with a confidence was due yet."
    parts = [
        f"{row['from']:.0%} to {row['to']:.0%} sure: {row['kept']} of {row['n']} kept, {row['share']:.0%}"
        for row in bins.to_dict("records")
    ]
    few = " A bin with under five tells little." if (bins["n"] < FEW_IN_BIN).any() else ""
    return f"Confidence and what was kept. {'; '.join(parts)}. {is_right(bins)}{few}"


def load(table: pd.DataFrame) -> str:
    """Return what `charts.load` draws."""
    if table.empty:
        return "Kept by how much was promised at once: nothing that was promised in a session was due yet."
    parts = [f"{counted(row['load'], 'promise')}: {_of(row)}" for row in table.to_dict("records")]
    return (
        f"Kept by how much was promised in one session. {'; '.join(parts)}. {are_apart(table)}{_few(table)}"
    )


def by_group(table: pd.DataFrame, *, group: str) -> str:
    """Return what `charts.by_group` draws, for every group, in name order."""
    from peerkit.charts.groups import name_of

    known = table[table[group].notna()]
    what = f"Kept of what was due, by {group.replace('_', ' ')}"
    if known.empty:
        return f"{what}: nothing was due yet."
    parts = [f"{isolated(name_of(row[group], group))}: {_of(row)}" for row in known.to_dict("records")]
    return f"{what}. {'; '.join(parts)}. {are_apart(known)}{_few(known)}"


def calendar(days: pd.DataFrame, *, as_of: date | pd.Timestamp) -> str:
    """Return what `charts.calendar` draws, of the days that it was given."""
    if days.empty:
        return f"Calendar of the year up to {as_of:%Y-%m-%d}: nothing was due."
    full, none = (int((days["share"] == share).sum()) for share in (1, 0))
    return (
        f"Calendar of the year up to {as_of:%Y-%m-%d}: {days['kept'].sum()} of {days['n'].sum()} due commitments"
        f" kept. Of {counted(len(days), 'day')} with something due, {full} had all of it kept, {none} none."
    )


def heard(table: pd.DataFrame) -> str:
    """Return what `charts.heard` draws."""
    told = table[table["heard"].notna()]
    if told.empty:
        return "How understood each felt: no session has a number yet."
    parts = []
    for name in names_of(told):
        rows = told[told["peer"].astype(str) == name]
        signs = int(rows["is_rupture_sign"].sum())
        parts.append(
            f"{isolated(name)}: {rows['heard'].iloc[-1]:g} of 10 in the newest of {counted(len(rows), 'session')}, median"
            f" {rows['heard'].median():g}, {counted(signs, 'rupture sign') if signs else 'no rupture sign'}"
        )
    few = (
        " Under ten sessions show no trend." if (told["peer"].astype(str).value_counts() < FEW).any() else ""
    )
    return f"How understood each felt as focus person. {'; '.join(parts)}.{few}"


def balance(table: pd.DataFrame) -> str:
    """Return what `charts.balance` draws, in name order."""
    if table.empty or not table["sessions"].sum():
        return "Who had the floor: nobody yet."
    rows = table.assign(peer=table["peer"].astype(str)).sort_values("peer").to_dict("records")
    parts = [
        f"{isolated(row['peer'])} {counted(row['sessions'], 'session')}, {counted(row['minutes'], 'minute')}"
        for row in rows
    ]
    return f"Who had the floor. {'; '.join(parts)}."


def effort(table: pd.DataFrame, *, until: date, weeks: int) -> str:
    """Return what `charts.effort` draws."""
    days = pd.to_datetime(table["day"])
    shown = table[(days >= pd.Timestamp(until) - pd.Timedelta(weeks=weeks)) & (days <= pd.Timestamp(until))]
    over = f"in the {weeks} weeks up to {until:%Y-%m-%d}"
    if shown.empty:
        return f"The daily question: no day was answered {over}."
    return f"The daily question: {counted(len(shown), 'day')} answered {over}, mean {shown['effort'].mean():.1f} of 10."


def are_apart(table: pd.DataFrame) -> str:
    """Return in a sentence whether the intervals of groups have a range in common."""
    if len(table) < 2:
        return "There is nothing to compare it with yet."
    if table["low"].max() <= table["high"].min():
        return (
            f"The intervals of all {len(table)} have a range in common: these numbers do not tell them apart."
        )
    return f"The intervals of these {len(table)} do not all have a range in common: some lie further apart than they reach."


def is_right(bins: pd.DataFrame) -> str:
    """Return in a sentence whether confidence lies within the intervals of what was kept."""
    surer = int((bins["mean_confidence"] > bins["high"]).sum())
    less = int((bins["mean_confidence"] < bins["low"]).sum())
    kinds = ((surer, "said than kept"), (less, "kept than said"))
    told = [f"in {count} of {counted(len(bins), 'bin')} more was {said}" for count, said in kinds if count]
    if not told:
        return "The interval of each bin holds what was said."
    sentence = " and ".join(told)
    return f"{sentence[0].upper()}{sentence[1:]}, beyond the interval."


def isolated(name: str) -> str:
    """Return a name so that one written from the right to the left does not turn the sentence around it."""
    return name if name.isascii() else f"\u2068{name}\u2069"


def _over(weeks: int) -> str:
    return f"over {weeks} weeks" if weeks > 1 else "in one week"


def _of(row: dict[Any, Any]) -> str:
    return f"{row['kept']} of {row['n']} kept, {row['share']:.0%}, 95 % interval {row['low']:.0%} to {row['high']:.0%}"


def _few(table: pd.DataFrame) -> str:
    return " Under ten due commitments tell little." if (table["n"] < FEW).any() else ""


def spread(table: pd.DataFrame) -> str:
    """Return what `charts.spread` draws."""
    tenths, few = table[table["from"].notna()], table[table["from"].isna()]
    shown = tenths[tenths["pairs"].fillna(0) > 0].to_dict("records")
    parts = [f"{row['from']:.0%} to {row['to']:.0%}: {counted(int(row['pairs']), 'pair')}" for row in shown]
    told = "; ".join(parts) if parts else "Nothing that can be shown"
    under = int(few["pairs"].fillna(0).sum())
    small = f" Under ten due, and in no tenth: {counted(under, 'pair')}." if under else ""
    hidden = int(table["is_suppressed"].sum())
    kept_back = (
        f" Not shown, so that no few pairs can be told: {counted(hidden, 'number')}." if hidden else ""
    )
    return f"How much pairs kept of what was due. {told}.{small}{kept_back}"


def over_pairs(table: pd.DataFrame, *, value: str) -> str:
    """Return what `charts.over_pairs` draws, of the newest period with quartiles."""
    period = "week" if "week" in table else "month"
    what = "Follow-through" if value == "share" else value.replace("_", " ").capitalize()
    known = table[table["low"].notna()]
    if known.empty:
        return f"{what} over pairs: under twenty pairs in every {period}, so no quarter of them can be shown."
    last, unit = known.iloc[-1], ".0%" if value == "share" else "g"
    low, middle, high = (format(last[end], unit) for end in ("low", "middle", "high"))
    return (
        f"{what} over pairs, {counted(len(known), period)}. Up to the {period} of {last[period]:%Y-%m-%d}, of"
        f" {last['pairs']} pairs a quarter lie at {low} or below, half at {middle} or below, a quarter at {high} or above."
    )
