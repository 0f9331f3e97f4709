"""Whole numbers for ids: the same number for the same id, found by sorting where that can be done."""

from __future__ import annotations

from math import gcd
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Ints: TypeAlias = npt.NDArray[np.int64]
Hashes: TypeAlias = npt.NDArray[np.uint64]

# The golden ratio as a fraction of 2**64 (Knuth, The Art of Computer Programming 3, 6.4): it scatters what is alike.
_SCATTER = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_LONGEST = 64


def coded(names: pd.Series) -> tuple[Ints, Ints]:
    """Return the number of each id, counted as they first appear, and where each does so.

    Missing ones have a number too. Words (`category`) are whole numbers already. Texts of one length, as the
    journal's ids are, lie side by side in Arrow's memory: sorting a hash of each, with its place in the low
    bits, takes less than half of the time of a hash table, which for millions of ids does not fit into a
    processor's cache. All others go through pandas.
    """
    if isinstance(names.dtype, pd.CategoricalDtype):
        codes, size = names.cat.codes.to_numpy(), len(names.cat.categories)
        return renumbered(np.where(codes < 0, size, codes), size + 1)
    words = _words(names)
    if words is not None:
        codes, first = by_hash(hashed(words))
        # That two ids share a hash of 64 bits is next to impossible, but may be somebody's intention.
        if all((word == word[first][codes]).all() for word in words.T):
            return codes, first
    codes, found = pd.factorize(names, use_na_sentinel=False)
    return renumbered(codes, len(found))


def renumbered(codes: Ints, size: int) -> tuple[Ints, Ints]:
    """Return numbers below `size` counted as they first appear, and where each does so."""
    # Of several values for one place the last one stays: backwards, the first does.
    first = np.full(size, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    first = np.sort(first[first < len(codes)])
    number = np.empty(size, dtype=np.int64)
    number[codes[first]] = np.arange(len(first))
    return number[codes], first


def hashed(words: npt.NDArray[Any]) -> Hashes:
    """Return a hash for each row of whole numbers."""
    made: Hashes = words[:, 0] * _SCATTER
    high = np.empty_like(made)
    for word in words.T[1:]:
        made ^= np.right_shift(made, _HALF, out=high)
        made += word
        made *= _SCATTER
    made ^= np.right_shift(made, _HALF, out=high)
    made *= _SCATTER
    return made


def _words(names: pd.Series) -> npt.NDArray[Any] | None:
    """Return the bytes of texts of one length as rows of whole numbers; None where they are not such."""
    is_arrow = isinstance(names.dtype, pd.StringDtype) and names.dtype.storage == "pyarrow"
    if not is_arrow or names.empty or names.hasnans:
        return None
    import pyarrow as pa  # here, because pandas does without it where it is not installed

    texts = pa.array(names)
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    _, offsets, letters = texts.cast(pa.large_string()).buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    length = int(ends[1] - ends[0])
    if not 0 < length <= _LONGEST or (ends[1:] - ends[:-1] != length).any():
        return None
    size = gcd(length, 8)
    row = np.frombuffer(letters, dtype=np.uint8)[ends[0] : ends[-1]]
    return row.view(f"u{size}").reshape(-1, length // size)


def by_hash(hashes: Hashes) -> tuple[Ints, Ints]:
    """Return the number of each hash, counted as they first appear, and where each does so."""
    bits = np.uint64(len(hashes).bit_length())
    packed = hashes >> bits
    packed <<= bits
    # Of millions, to get new memory from the system takes as long as to fill it: what is done with is filled again.
    spare = np.arange(len(hashes), dtype=np.uint64)
    packed |= spare
    packed.sort()
    high = np.right_shift(packed, bits, out=spare)
    packed &= (np.uint64(1) << bits) - np.uint64(1)
    places = packed.view(np.int64)
    sorted_hashes = hashes[places]
    is_new = _changes(sorted_hashes)
    mixed = high[1:][is_new[1:] & (high[1:] == high[:-1])]
    if len(mixed):
        # Hashes that differ in their low bits alone lie among each other: these few are sorted once more.
        rows = _rows_of(high, np.unique(mixed))
        places[rows] = places[rows][np.lexsort((places[rows], sorted_hashes[rows]))]
        sorted_hashes = hashes[places]
        is_new = _changes(sorted_hashes)
    begins = np.flatnonzero(is_new)
    first = places[begins]
    is_first = np.zeros(len(hashes), dtype=bool)
    is_first[first] = True
    number = np.cumsum(is_first, out=spare.view(np.int64))[first] - 1
    codes = sorted_hashes.view(np.int64)
    codes[places] = np.repeat(number, np.diff(np.append(begins, len(hashes))))
    return codes, np.flatnonzero(is_first)


def _changes(values: Hashes) -> npt.NDArray[np.bool_]:
    """Return where a value differs from the one before it; the first does."""
    is_new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return is_new


def _rows_of(values: Hashes, wanted: Hashes) -> Ints:
    """Return where some of the values stand, all of them sorted."""
    begins = np.searchsorted(values, wanted)
    lengths = np.searchsorted(values, wanted, side="right") - begins
    ends = np.cumsum(lengths)
    rows: Ints = np.arange(ends[-1]) + np.repeat(begins - ends + lengths, lengths)
    return rows
