"""The README.txt of a synthetic data set: what each file is, and what not to believe."""

from pathlib import Path

from deepquake.tools.demo.analyst import SEEN_P
from deepquake.tools.demo.archive import ARCHIVED, events_within
from deepquake.tools.demo.month import CATALOGUED, NATURAL

TEMPLATE = Path(__file__).with_suffix(".txt").read_text("utf-8")
SECTIONS = dict(part.split("\n", 1) for part in TEMPLATE.split("=== ")[1:])


def archive_text(n_events: int, event_seconds: float, hours: float, seed: int) -> str:
    """Return the README.txt of an archive of event files and continuous records.

    Parameters
    ----------
    n_events : int
        How many event files.
    event_seconds : float
        Their length in seconds.
    hours : float
        Length of the continuous records; 0 where there are none.
    seed : int
        What the random choices follow from.

    Returns
    -------
    str
        The text.
    """
    names = ["introduction", "archive", *["continuous"] * bool(hours), "method"]
    return "".join(SECTIONS[name] for name in names).format(
        seed=seed,
        events=n_events,
        event_seconds=event_seconds,
        hours=hours,
        in_hours=events_within(hours),
        regions=ARCHIVED.n_regions,
    )


def month_text(days: float, n_events: int, n_catalogued: int, seed: int) -> str:
    """Return the README.txt of continuous records with catalogues.

    Parameters
    ----------
    days : float
        Length of the records.
    n_events, n_catalogued : int
        How many events there are, and how many in catalog.csv.
    seed : int
        What the random choices follow from.

    Returns
    -------
    str
        The text.
    """
    return "".join(SECTIONS[name] for name in ("introduction", "month", "method")).format(
        seed=seed,
        days=days,
        events=n_events,
        catalogued=n_catalogued,
        least=CATALOGUED,
        seen=SEEN_P,
        regions=NATURAL.n_regions,
    )
