"""The map and the timeline of a data set."""

from pathlib import Path

from deepquake.tools.check.pictures import draw_check_map, draw_check_timeline
from tests.tools.check.made_checks import check_of
from tests.waveforms.waveform_files import three, write


def test_map_and_timeline_are_the_same_each_time(dataset: Path, tmp_path: Path) -> None:
    check = check_of(dataset, look_at=0)
    for folder in ("a", "b"):
        assert draw_check_map(check, tmp_path / folder / "map.png")
        draw_check_timeline(check, tmp_path / folder / "timeline.png")
    for name in ("map.png", "timeline.png"):
        picture = (tmp_path / "a" / name).read_bytes()
        assert len(picture) > 10_000 and picture == (tmp_path / "b" / name).read_bytes()


def test_there_is_no_map_of_nowhere(tmp_path: Path) -> None:
    write(tmp_path / "set" / "day", *three(3000))
    assert not draw_check_map(check_of(tmp_path / "set", look_at=0), tmp_path / "map.png")
    assert not (tmp_path / "map.png").exists()
