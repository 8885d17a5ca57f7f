"""Garbage is not collected for a while, and then is as it was before."""

import gc

import pytest

from deepquake.core.collection import nothing_collected


def test_collection_rests_and_is_taken_up_again() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError), nothing_collected():
        assert not gc.isenabled()
        with nothing_collected():
            pass
        assert not gc.isenabled()
        raise ValueError
    assert gc.isenabled()
