"""The README.txt of a synthetic data set: what each file is, and what not to believe."""

from deepquake.tools.demo.analyst import SEEN_P
from deepquake.tools.demo.archive import ARCHIVED, events_within
from deepquake.tools.demo.month import CATALOGUED, NATURAL

INTRODUCTION = """SYNTHETIC SEISMOGRAMS - no station, earthquake or place here is real
(deepquake.tools.make_demo_dataset, seed {seed}; the same seed gives the same bytes)

For trying out the software and for teaching. What a detector scores here says that the
software works, not how the detector would do on real records.
"""

ARCHIVE = """
mseed/                  {events} event files of {event_seconds:g} s, 6 stations x 3 components,
                        100 samples/s, ground velocity in counts, Steim-2; the first P comes
                        25 s or more in. Channels HH? are broadband, EH? short-period (1 Hz).
                        A gap here and there.
sfiles_nordicformat/    one s-file (Nordic format) per event, as an analyst would leave it:
                        located hypocentre with its error, local magnitude, P and S picks where
                        the phase can be seen. Weight 4 is 'do not use'. Small events have no
                        picks at far stations.
stations.csv            code, latitude, longitude, elevation in m above sea level
velocity_model.csv      top of each layer in km below sea level, Vp and Vs in km/s
dataset.json            the arguments this data set was made with
"""

CONTINUOUS = """
continuous/mseed/       {hours:g} h from 2023-03-20T10:00:00Z, after the event files: one file per
                        station. Not for training: to detect in, and check against
continuous/sfiles_nordicformat/   the s-files of the {in_hours} events in those records (fewer where
                        one is seen at no station)
"""

WEEKS = """
mseed/                   one file per station, {days:g} days from 2023-04-01, 3 components at
                         100 samples/s, ground velocity in counts, Steim-2, with gaps
catalog.csv              the {catalogued} events of magnitude {least:g} and more: origins, no picks
catalog_complete.csv     all {events} events, in the same form
detections_complete.csv  the true P and S of every event at every station, a row each (utc_timestamp
                         is the time in s since 1970), and how far they stand out of the noise
                         (snr); P below {seen:g} drowns and has weight 4, 'do not use'.
                         To keep noise windows clean, and to score against
stations.csv             code, latitude, longitude, elevation in m above sea level
velocity_model.csv       top of each layer in km below sea level, Vp and Vs in km/s
dataset.json             the arguments this data set was made with

Magnitudes follow Gutenberg and Richter with b = 1, from 0.5 on.
"""

METHOD = """
How it is made: earthquakes on the faults of {regions} source regions; first arrivals and head waves
of P and S by ray tracing in flat layers; double-couple radiation; Brune source spectra (stress
drop 3 MPa, log10 M0 = ML + 10.25); geometrical spreading, Q and site kappa; free surface; coda
by radiative transfer with Qc = 140 f^0.7; noise between the low and high noise models of
Peterson (1993), louder by day, with bursts, thuds and spikes. Local magnitudes are those of
Hutton & Boore (1987).
"""


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
    text = INTRODUCTION.format(seed=seed)
    text += ARCHIVE.format(events=n_events, event_seconds=event_seconds)
    if hours:
        text += CONTINUOUS.format(hours=hours, in_hours=events_within(hours))
    return text + METHOD.format(regions=ARCHIVED.n_regions)


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
    text = INTRODUCTION.format(seed=seed) + WEEKS.format(
        days=days, events=n_events, catalogued=n_catalogued, least=CATALOGUED, seen=SEEN_P
    )
    return text + METHOD.format(regions=NATURAL.n_regions)
