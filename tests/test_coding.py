"""Numbers for ids: counted as they first appear, whatever the ids are made of, and whatever their hashes do."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerkit import coding

OF_ONE_LENGTH = st.sampled_from(["k7m2p9", "k7m2pa", "a00000", "zürich"[:6], "000000"])
OF_ANY_LENGTH = st.sampled_from(["", "a", "ab", "ü", "a longer id that nobody would like to type " * 3])


def assert_numbered(ids):
    """Assert that ids are numbered as pandas would, and each found again where it first appears."""
    codes, first = coding.coded(ids)

    expected, found = pd.factorize(ids, use_na_sentinel=False)
    assert codes.tolist() == expected.tolist()
    assert ids.iloc[first].isna().tolist() == pd.isna(found).tolist()
    assert ids.iloc[first].dropna().tolist() == found.dropna().tolist()


@pytest.mark.parametrize("dtype", ["str", "string[python]", "object", "category"])
@given(ids=st.lists(OF_ONE_LENGTH) | st.lists(OF_ANY_LENGTH) | st.lists(st.none() | OF_ONE_LENGTH))
def test_ids_are_numbered_as_they_first_appear(dtype, ids):
    assert_numbered(pd.Series(ids, dtype=dtype))


@given(ids=st.lists(st.integers(-3, 3)))
def test_whole_numbers_are_numbered_too(ids):
    assert_numbered(pd.Series(ids, dtype="int64"))


@given(ids=st.lists(OF_ONE_LENGTH, min_size=4), cut=st.integers(0, 3), times=st.integers(1, 3))
def test_a_part_of_a_column_is_numbered_by_itself(ids, cut, times):
    """A part shares the memory of the whole, and a column may lie in several pieces."""
    column = pd.Series(ids, dtype="str")

    assert_numbered(pd.concat([column.iloc[cut:]] * times, ignore_index=True))


@given(hashes=st.lists(st.integers(0, 40) | st.integers(2**64 - 40, 2**64 - 1), min_size=1))
def test_hashes_that_differ_in_their_low_bits_alone_are_told_apart(hashes):
    """The low bits make room for the place of each row: what they said is looked at afterwards."""
    made = np.array(hashes, dtype=np.uint64)

    codes, first = coding.by_hash(made)

    expected, found = pd.factorize(made)
    assert codes.tolist() == expected.tolist()
    assert made[first].tolist() == found.tolist()


@given(ids=st.lists(OF_ONE_LENGTH, min_size=1))
def test_ids_that_share_a_hash_are_told_apart(ids):
    column = pd.Series(ids, dtype="str")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coding, "hashed", lambda words: np.zeros(len(words), dtype=np.uint64))
        assert_numbered(column)
