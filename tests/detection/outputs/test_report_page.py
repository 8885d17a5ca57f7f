"""report.html: shown by a browser as it should be, and the same however many processes draw."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.outputs import report_page
from deepquake.detection.outputs.report_page import chosen_events, write_report
from deepquake.detection.outputs.report_rows import ReportContent
from deepquake.detection.stations import FALSE_ALARM
from tests.detection.outputs.browser import in_chromium
from tests.detection.outputs.made_report import arrival, made_report

LOOK = """
  const images = [...document.images];
  const links = [...document.querySelectorAll('a[href^="#"]')].map((a) => a.hash.slice(1));
  const table = document.getElementById("event-table");
  const head = (name) => [...table.tHead.rows[0].cells].find(
    (th) => th.textContent.trim().startsWith(name));
  const column = (name) => [...table.tBodies[0].rows].map(
    (row) => row.cells[head(name).cellIndex].textContent.trim());
  const sorted = {};
  for (const name of ["arrivals", "arrivals", "latitude", "latitude", "event"]) {
    head(name).querySelector("button").click();
    sorted[name + " " + head(name).getAttribute("aria-sort")] = column(name);
  }
  table.querySelector("tbody a").click();
  await new Promise((done) => setTimeout(done, 50));
  const target = document.querySelector(":target");
  return {
    images: images.map((image) => [image.alt, image.complete && image.naturalWidth > 100]),
    dead: links.filter((name) => !document.getElementById(name)),
    outside: performance.getEntriesByType("resource").map((e) => e.name)
      .filter((name) => !name.startsWith("data:")),
    sorted,
    target: target && target.id,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  };
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the made run."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "mseed").mkdir()
    write_report(folder / "report.html", made_report(folder / "mseed"), Settings(), Report())
    return folder / "report.html"


def test_a_browser_shows_every_picture_sorts_the_table_and_goes_to_an_event(page: Path) -> None:
    seen = in_chromium(page, LOOK)
    assert [alt for alt, shown in seen["images"] if not shown] == []
    assert len(seen["images"]) == 5  # map, timeline, two events, one missed
    assert seen["dead"] == [] and seen["outside"] == []
    assert seen["sorted"] == {
        "arrivals ascending": ["2", "6"],
        "arrivals descending": ["6", "2"],
        "latitude ascending": ["10.0500", ""],  # what has none comes last
        "latitude descending": ["10.0500", ""],
        "event ascending": ["20140513165347", "20140513165420"],
    }
    assert seen["target"] == "e20140513165347"
    assert seen["wide"] == 0


def test_names_from_outside_are_text_and_nothing_else(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<i>made" not in text and "&lt;i&gt;made&lt;/i&gt;" in text
    assert "<em>2" not in text and "<gone>" not in text and "missed &amp; &lt;gone&gt;" in text


def test_the_page_holds_everything_it_shows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="(?!#|data:image/png;base64,)([^"]*)"', text) == []


def test_the_same_bytes_whatever_the_number_of_workers(page: Path) -> None:
    content = made_report(page.parent / "mseed")
    write_report(page.with_name("two.html"), content, Settings().changed(workers=2), Report())
    assert page.with_name("two.html").read_bytes() == page.read_bytes()


def test_a_run_that_found_nothing_has_a_page_too(tmp_path: Path) -> None:
    write_report(tmp_path / "a.html", ReportContent("nothing", (), ()), Settings(), Report())
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "None was found." in text and "No event is located." in text


def test_without_pictures_there_is_all_that_needs_none(page: Path, tmp_path: Path) -> None:
    content = made_report(page.parent / "mseed")
    bare = tmp_path / "bare.html"
    write_report(bare, content, Settings().changed(plot=False), Report())
    text = bare.read_text(encoding="utf-8")
    assert (
        "data:image" not in text and "no map here" in text and "missed &amp; &lt;gone&gt;" in text
    )
    targets = set(re.findall(r'id="([^"]*)"', text))
    assert set(re.findall(r'href="#([^"]*)"', text)) <= targets
    assert {"e20140513165347", "e20140513165420"} <= targets


def test_of_very_many_events_those_with_most_arrivals_have_a_section(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "MOST_SECTIONS", 3)
    content = made_report(page.parent / "mseed")
    small = replace(content.events[1], arrivals=(arrival("AAA", 60.0, outcome=FALSE_ALARM),))
    unjudged = replace(small, arrivals=(arrival("AAA", 60.0),))
    many = replace(content, events=[unjudged, small, *content.events, unjudged, unjudged])
    assert chosen_events(many) == [0, 2, 3]  # of those false there is room for one
    write_report(page.with_name("many.html"), many, Settings(), Report())
    text = page.with_name("many.html").read_text(encoding="utf-8")
    assert "Of the 6 events, 3 have a record section" in " ".join(text.split())
