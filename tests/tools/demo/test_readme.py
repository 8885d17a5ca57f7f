"""README.txt of a data set: says that nothing is real, and what was made."""

from deepquake.tools.demo.readme import archive_text, month_text


def test_an_archive_is_described_with_and_without_continuous_records() -> None:
    text = archive_text(12, event_seconds=90.0, hours=0.5, seed=7)
    assert text.startswith("SYNTHETIC SEISMOGRAMS")
    assert "seed 7" in text and "12 event files of 90 s" in text and "3 source regions" in text
    assert "0.5 h from 2023-03-20" in text and "s-files of the 4 events" in text
    assert "continuous/" not in archive_text(12, event_seconds=90.0, hours=0.0, seed=7)


def test_weeks_of_record_are_described() -> None:
    text = month_text(30.0, n_events=720, n_catalogued=228, seed=1)
    assert "30 days from 2023-04-01" in text and "the 228 events of magnitude 1" in text
    assert "all 720 events" in text and "6 source regions" in text
