"""The error that is meant for the person at the shell, and how places in files are named."""

from deepquake.core.errors import DeepQuakeError, at


def test_places_in_files_are_named_alike() -> None:
    assert at("a.csv") == "a.csv"
    assert at("a.csv", 3) == "a.csv, line 3"


def test_a_defect_is_never_caught_as_an_error_of_the_user() -> None:
    assert DeepQuakeError.__mro__[1] is Exception
