"""Events and picks of REAL."""

import pytest

from deepquake.catalog.events import Magnitude
from deepquake.catalog.locators.real import is_real
from deepquake.core.times import iso
from tests.catalog.locators.made_files import made_events, real
from tests.catalog.locators.reading import check_origins, check_picks, read_as

EVENT = "   1   2019 07 04 17:02:55.340   61375.340  0.0873     35.7080   -117.5040    10.60"
REST = "   3.980   0.123   10    8   18    5   50.00\n"
PICK = "   NC      MCB     P   61378.1200    2.7800 5.20e-02 -0.1200   0.9100  12.0000\n"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_what_is_written_is_read(version: str) -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as("REAL", real(made, version=version))
        if version == "1.0":
            for event in made:
                event.magnitudes = []
        check_origins(found, made, places=3)
        check_picks(found, made)
        pick = found[0].picks[0]
        assert (pick.network, pick.automatic, pick.residual_s) == ("XX", True, 0.12)
        assert pick.score == (0.91 if version == "1.1" else None) and pick.in_origin
        assert said == []


def test_events_alone() -> None:
    made = made_events(20)
    found, said = read_as("REAL", real(made, picks=False))
    check_origins(found, made, places=3)
    assert said == [] and [event.event_id for event in found[:2]] == ["1", "2"]


def test_magnitude_minus_100_is_none() -> None:
    for text in ("-100.000", "nan", "-inf"):
        (event,), said = read_as("REAL", EVENT + REST.replace("3.980", text))
        assert event.magnitudes == [] and said == []
    (event,), _ = read_as("REAL", EVENT + REST)
    assert event.magnitudes == [Magnitude(3.98)]


def test_ratios_of_amplitudes_are_no_scores() -> None:
    (event,), _ = read_as("REAL", EVENT + REST + PICK.replace("0.9100", "8.1000"))
    assert event.picks[0].score is None and iso(event.picks[0].time)[11:22] == "17:02:58.12"


def test_runs_over_more_than_a_day_and_times_before_it() -> None:
    later = EVENT.replace("07 04", "07 32").replace("61375.340", f"{61375.34 + 2 * 86400:.3f}")
    text = f"{later}\n{PICK.replace('61378.1200', f'{61378.12 + 2 * 86400:.4f}')}"
    text += f"{EVENT.replace('17:02:55.340   61375.340', '00:00:-1.500      -1.500')}\n"
    text += PICK.replace("61378.1200", "    1.0000")
    first, second = read_as("REAL", text)[0]
    assert iso(first.origin_time)[:19] == "2019-08-01T17:02:55"
    assert iso(first.picks[0].time)[:22] == "2019-08-01T17:02:58.12"
    assert iso(second.origin_time)[:21] == "2019-07-03T23:59:58.5"
    assert iso(second.picks[0].time)[:21] == "2019-07-04T00:00:01.0"


def test_what_is_not_understood_is_reported() -> None:
    text = EVENT + REST + "what?\n" + PICK + EVENT.replace("07 04", "13 04") + REST + PICK
    (event,), said = read_as("REAL", text)
    assert len(event.picks) == 1 and [line for line, _ in said] == [2, 4, 5]
    (event,), said = read_as("REAL", EVENT.replace("35.7080", "*******") + "\n" + PICK)
    assert event.latitude is None and len(event.picks) == 1 and len(said) == 1


def test_other_texts_are_none() -> None:
    for text in ("", "1 2019 07 04 17 02 55.34 35.7 -117.5\n", "id,time\n1,2019-07-04\n"):
        assert not is_real(text)
