"""Step 6 over records that are still coming in: from the request to turn after turn."""

import time
from collections.abc import Callable
from math import inf

from deepquake.core.cli import say
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings
from deepquake.core.times import DAY_S, iso
from deepquake.core.workers import cores_of_each, share_cores
from deepquake.detection.detector import Detector, load_detector
from deepquake.detection.following.days import Telling, first_open_day
from deepquake.detection.following.follower import BEFORE_DAY_S, Follower
from deepquake.detection.following.growing import GrowingRecords
from deepquake.detection.following.places import KnownPlaces
from deepquake.detection.following.streams import context_s
from deepquake.detection.run import DetectionRequest, network_values, regions_and_classes
from deepquake.detection.summary import DetectionSummary
from deepquake.earth.stations import load_stations
from deepquake.earth.travel_times import choose_travel_time
from deepquake.learning.spec import read_checkpoint


def open_follower(request: DetectionRequest, detector: Detector) -> Follower:
    """Return what follows records, from where an earlier run ended or from the request's begin.

    Parameters
    ----------
    request : DetectionRequest
        What is read and written.
    detector : Detector
        A UNet.

    Returns
    -------
    Follower
        Before its first turn.

    Raises
    ------
    DeepQuakeError
        Where the regions, the velocity model or the list of stations cannot be used.
    """
    settings = detector.settings
    summary = DetectionSummary(request.output_dir, network_values(detector))
    regions, names = regions_and_classes(request, detector)
    # a bad velocity model, or list of stations, is an error before the work
    choose_travel_time(settings.arrivals)
    load_stations(request.stream_path, settings.arrivals, Report())
    since_s = request.starttime_s
    if since_s == -inf:
        since_s = time.time() // DAY_S * DAY_S
        earlier_s = first_open_day(request.output_dir)
        since_s = since_s if earlier_s is None else min(earlier_s, since_s)
    before_s = BEFORE_DAY_S + sum(context_s(detector.scorer()))
    return Follower(
        request,
        detector,
        Telling(settings, summary.values, summary.network_lines(), names, regions),
        GrowingRecords(
            request.stream_path, settings.records.sampling_rate, request.pattern, since_s - before_s
        ),
        KnownPlaces(request.stream_path, settings.arrivals),
        since_s=since_s,
        until_s=request.endtime_s,
    )


def follow_records(
    request: DetectionRequest, settings: Settings, check_source: Callable[[], object] = lambda: None
) -> None:
    """Follow records until the end that is asked for; without one, for ever.

    Parameters
    ----------
    request : DetectionRequest
        What is read and written.
    settings : Settings
        Those of the run; what they give must agree with the network.
    check_source : callable, optional
        Is called at each turn; raises what has ended that records come.

    Raises
    ------
    DeepQuakeError
        Where what is asked for cannot be followed.
    """
    # threads share the work, as processes take longer to begin than there is time
    n_threads = cores_of_each(1) if settings.run.workers in (0, 1) else settings.run.workers
    detector = load_detector(request.checkpoint_dir, settings.changed(workers=1))
    share_cores(1, detector.spec.model)
    follower = open_follower(request, detector)
    follower.n_threads = n_threads
    say(f"following {request.stream_path} from {iso(follower.since_s)} on; Ctrl-C ends it")
    is_first = True
    while not follower.ended:
        check_source()
        began_s = time.monotonic()
        follower.turn()
        if is_first and follower.now_s < follower.since_s:
            say(
                "no records from then on yet: waiting for them (--starttime names an earlier begin)"
            )
        is_first = False
        rest_s = detector.settings.detection.follow_interval - (time.monotonic() - began_s)
        time.sleep(max(rest_s, 0.0))
    follower.finish()


def why_not_followed(request: DetectionRequest, settings: Settings) -> str:
    """Return why a request cannot be carried out on records that are followed; empty if it can.

    Parameters
    ----------
    request : DetectionRequest
        What is asked for.
    settings : Settings
        Those of the run.
    """
    reasons = {
        "--catalog_path: the catalogue of records that are followed is not written yet": (
            request.catalog_path is not None
        ),
        "--region_checkpoint_dir: it takes whole records": (
            request.region_checkpoint_dir is not None
        ),
        "--annotate 1: it takes whole records": settings.detection.annotate,
        "--dask_address: the work is shared by the cores of this machine alone": bool(
            settings.run.dask_address
        ),
        f"--output_dir in the folder that is followed: {request.output_dir} is read then": (
            request.stream_path.resolve() in [*request.output_dir.resolve().parents]
            or request.stream_path.resolve() == request.output_dir.resolve()
        ),
        f"{request.checkpoint_dir}, a network of windows: a UNet follows records, such as "
        "--checkpoint_dir pretrained": read_checkpoint(request.checkpoint_dir)[0].model != UNET,
    }
    return next((f"--follow 1 goes without {why}" for why, so in reasons.items() if so), "")
