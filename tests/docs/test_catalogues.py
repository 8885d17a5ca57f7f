"""docs/catalogues.md: what it says that each format gives is what is read of a small sample."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from deepquake.catalog.events import is_located, is_p, is_s
from deepquake.catalog.reader import read_files
from deepquake.core.files import files_below
from deepquake.core.report import Report
from tests.docs.format_samples import SAMPLES
from tests.docs.pages import ROOT, table_rows

PAGE = ROOT / "docs/catalogues.md"


def given_by(files: Mapping[str, str], folder: Path) -> tuple[str, str]:
    """Return what is known of the event, and of its picks, that some files tell."""
    for name, text in files.items():
        (folder / name).write_text(text)
    (event,) = read_files(files_below(folder), Report()).events
    picks = event.picks
    of_event = {
        "time": event.origin_time is not None,
        "place": is_located(event),
        "depth": event.depth_km is not None,
        "magnitude": event.magnitudes,
        "kind": event.kind,
        "distance": event.distance,
        "id": event.event_id,
    }
    of_picks = {
        "P": any(is_p(pick.phase) for pick in picks),
        "S": any(is_s(pick.phase) for pick in picks),
        "weight": any(pick.weight for pick in picks),
        "automatic": any(pick.automatic for pick in picks),
        "score": any(pick.score is not None for pick in picks),
        "residual": any(pick.residual_s is not None for pick in picks),
        "polarity": any(pick.polarity for pick in picks),
    }
    event_words, pick_words = (
        ", ".join(word for word, known in known_of.items() if known)
        for known_of in (of_event, of_picks)
    )
    return event_words, pick_words


@pytest.fixture(scope="module")
def rows() -> dict[str, tuple[str, str]]:
    """Return the rows of the first table, by format."""
    found = table_rows(PAGE)
    end = next(n for n, row in enumerate(found) if row[0] == "list")
    return {name: (of_event, of_picks) for name, of_event, of_picks in found[2:end]}


def test_the_table_names_the_formats_of_the_samples(rows: dict[str, tuple[str, str]]) -> None:
    assert list(rows) == list(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_gives_what_the_page_says(
    name: str, rows: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    assert given_by(SAMPLES[name], tmp_path) == rows[name]
