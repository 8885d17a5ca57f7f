"""Silent stations are named once, and once more when they come back."""

from types import SimpleNamespace

from deepquake.detection.following.silence import Silence


def streams(**ends_s: float) -> list:
    """Return streams that end at some times."""
    return [
        SimpleNamespace(
            recording=SimpleNamespace(network="XX", station=code, span=lambda end=end: (0.0, end))
        )
        for code, end in ends_s.items()
    ]


def test_a_station_is_named_once_and_again_when_it_is_back() -> None:
    silence = Silence()
    assert silence.turned(streams(A=100.0, B=100.0), now_s=100.0, most_s=60.0) == []
    (said,) = silence.turned(streams(A=200.0, B=110.0), now_s=200.0, most_s=60.0)
    assert said == "silent: XX.B, its last sample is of 1970-01-01T00:01:50.000000Z"
    assert silence.turned(streams(A=300.0, B=110.0), now_s=300.0, most_s=60.0) == []
    (said,) = silence.turned(streams(A=310.0, B=305.0), now_s=310.0, most_s=60.0)
    assert said.startswith("back: XX.B, after 3.2 min")


def test_a_network_that_comes_and_goes_has_one_line() -> None:
    silence, codes = Silence(), [f"S{number:02d}" for number in range(20)]
    silence.turned(streams(**dict.fromkeys(codes, 100.0)), now_s=100.0, most_s=60.0)
    (said,) = silence.turned(streams(**dict.fromkeys(codes, 100.0)), now_s=200.0, most_s=60.0)
    first = ", ".join(f"XX.{code}" for code in codes[:10])
    assert said == f"silent: 20 stations: {first} and 10 more"
    (said,) = silence.turned(streams(**dict.fromkeys(codes, 300.0)), now_s=300.0, most_s=60.0)
    assert said == f"back: 20 stations: {first} and 10 more"


def test_a_station_whose_files_are_gone_is_silent_too() -> None:
    silence = Silence()
    silence.turned(streams(A=100.0, B=100.0), now_s=100.0, most_s=60.0)
    (said,) = silence.turned(streams(A=200.0), now_s=200.0, most_s=60.0)
    assert said.startswith("silent: XX.B")
