"""The columns of lists of picks, as pickers, associators and sets of records call them."""

import re

from deepquake.catalog.events import is_p, is_s

# The names of each column in the plain form of ``columns``: of several in one table the first
# counts. In the order of: whose picks, which, when, how good, of what event.
NAMES_OF_PICK_COLUMNS = {
    "station": "station sta station_code stationcode station_id station_name seedid seed_id "
    "trace_id waveform_id receiver_code estacion stat",
    "network": "network net network_code station_network_code red",
    "location": "location_code station_location_code location loc",
    "channel": "channel cha chan chn channel_code trace_channel canal",
    "phase": "phase phase_type phase_hint phasehint phasename phase_name iscphase fase",
    "reported_phase": "repphase",
    "time": "phase_time arrival_time arrivaltime pick_time picktime peak_time time datetime "
    "date_time timestamp ptime",
    "date": "arrival_date pick_date phase_date",
    "start": "trace_start_time",
    "rate": "trace_sampling_rate_hz",
    "weight": "weight pick_weight peso w wt",
    "quality": "quality qual pick_quality onset_quality calidad",
    "used": "used is_used in_use use defining is_defining time_defining",
    "deleted": "deleted is_deleted rejected is_rejected",
    "score": "phase_score score probability prob proba phase_prob phase_probability confidence "
    "peak_value pick_score",
    "polarity": "polarity first_motion",
    "status": "status pick_status evaluation_status evaluationstatus estado",
    "evaluation": "evaluation_mode evaluationmode mode evaluation",
    "residual": "residual res residual_s time_residual",
    "uncertainty": "phase_uncertainty_s uncertainty_s uncertainty pick_uncertainty "
    "time_uncertainty phase_error",
    "region_probabilities": "region_probabilities",
    "in_origin": "tdef",
    "verdict": "verdict",
    "outcome": "outcome",
    "modelled_time": "modelledtime",
    "event_id": "event_id eventid evid event_index event_idx source_id ev_id publicid "
    "evento id_evento",
    "origin_date": "origin_date event_date",
    "origin_time": "source_origin_time origin_time origintime event_origin_time otime event_time",
    "latitude": "source_latitude_deg source_latitude event_latitude event_lat evla",
    "longitude": "source_longitude_deg source_longitude event_longitude event_lon evlo",
    "depth": "source_depth_km event_depth evdp",
    "magnitude": "source_magnitude",
    "magnitude_kind": "source_magnitude_type",
    "kind": "source_type event_type eventtype",
}
# what is taken as the table of events' columns name it
OF_EVENT = {
    "date", "year", "month", "day", "hour", "minute", "second", "centisecond", "millisecond",
    "microsecond", "utc_offset", "zone", "latitude",
    "longitude", "latitude_minutes", "longitude_minutes", "north_south", "east_west", "depth",
    "depth_m", "depth_fixed", "magnitude", "magnitude_kind", "agency", "cluster_id", "distance",
    "utc_timestamp", "place",
}  # fmt: skip
# A column for each phase: p_arrival_time (EQTransformer), p_arrival_sample (STEAD),
# trace_Pg_arrival_sample, trace_Pg_status (SeisBench), p_time, t_p, p_probability
OF_PHASE = re.compile(
    r"(?:trace_)?([ps][a-z0-9]{0,4}?)_(?:arrival_|pick_|phase_|onset_)*"
    r"(time|sample|status|weight|probability|prob|score|confidence)"
)
WHAT_OF_PHASE = {"probability": "score", "prob": "score", "confidence": "score"}
OF_STEAD = {"receiver_code", "p_arrival_sample"}  # whose records have a rate of 100 Hz

# which only programs write: PhaseNet, GaMMA, PyOcto, QuakeMigrate
OF_PICKERS = {"phase_index", "event_index", "event_idx", "pick_idx", "modelledtime"}

OF_READINGS = {"p_time", "residual_s"}  # of the catalogue that matches.csv was made with


def columns_of_picks(names: list[str], known: list[str]) -> list[str]:
    """Return the columns of a list of picks, none where the names are not those of such a list.

    Where a row holds several phases, their columns are ``time:P``, ``sample:S``, ``score:Pg`` ...

    Parameters
    ----------
    names : list of str
        Of the columns, in plain form.
    known : list of str
        What they are called in a table of events, "" where that is not known.
    """
    if "modelled_time" in names:  # a table of arrivals nobody need have read
        return []
    columns = [column if column in OF_EVENT else "" for column in known]
    if {"outcome", "phase_time"} <= {*names}:  # matches.csv, which tells of readings too
        names = ["" if name in OF_READINGS else name for name in names]
    for index, name in enumerate(names):
        columns[index] = _of_phase(name.removesuffix("_utc")) or columns[index]
    several = any(column.startswith(("time:", "sample:")) for column in columns)
    for column, spellings in NAMES_OF_PICK_COLUMNS.items():
        ways = spellings.split()
        both = (*(f"{way}_utc" for way in ways), *ways)  # UTC before local time
        found = next((way for way in both if way in names), None)
        if found is not None:
            columns[names.index(found)] = column
        elif column == "time" and column in known:  # such as in local time
            columns[known.index(column)] = column
    if "station" not in columns and "id" in names and "latitude" not in columns:
        columns[names.index("id")] = "station"  # NET.STA.LOC.CHA; with a place it is of an event
    elif "id" in names:
        columns[names.index("id")] = "row_id"  # of the event, or the number of the pick
    if "type" in names and not several:
        _settle_type(names, columns)
    if all(names.count(name) == 2 for name in ("lat", "lon", "date", "time")):
        _settle_isc(names, columns)
    if several:
        _settle_several(columns)
    elif {"event_id", "latitude"} & {*columns} and "origin_time" not in columns:
        index = names.index("time") if "time" in names else -1
        if index >= 0 and not columns[index]:  # the pick has a time of another name
            columns[index] = "origin_time"
    whole_date = "date" in columns or {"year", "month", "day"} <= {*columns}
    narrow = "phase" in columns and ("time" in columns or whole_date)
    return columns if "station" in columns and (several or narrow) else []


def phases_of(columns: list[str]) -> list[str]:
    """Return the phases that have columns of their own, in the order of the table."""
    told = (column.partition(":") for column in columns)
    return list(
        dict.fromkeys(phase for what, _, phase in told if phase and what in ("time", "sample"))
    )


def _of_phase(name: str) -> str:
    found = OF_PHASE.fullmatch(name)
    if found is None or not (is_p(found[1]) or is_s(found[1])):
        return ""
    return f"{WHAT_OF_PHASE.get(found[2], found[2])}:{found[1].capitalize()}"


def _settle_type(names: list[str], columns: list[str]) -> None:
    """Tell whether ``type`` is the phase (GaMMA), the type of a magnitude (ISC), or the event's."""
    index = len(names) - 1 - names[::-1].index("type")
    if "phase" not in columns:
        columns[index] = "phase"
    elif names[index + 1 : index + 2] == ["mag"]:
        columns[index] = "magnitude_kind"
        if names.index("type") < index:
            columns[names.index("type")] = "kind"
    elif "kind" not in columns:
        columns[index] = "kind"


def _settle_isc(names: list[str], columns: list[str]) -> None:
    """Tell the station's place and the pick's time from those of the event, which come after."""
    for name, event_column in (
        ("lat", "latitude"),
        ("lon", "longitude"),
        ("date", "origin_date"),
        ("time", "origin_time"),
    ):
        first, second = (index for index, its in enumerate(names) if its == name)
        columns[first] = name if name in ("date", "time") else ""
        columns[second] = event_column


def _settle_several(columns: list[str]) -> None:
    """Take a plain time beside those of the phases as that of the origin; the phases are named."""
    for index, column in enumerate(columns):
        if column == "time":
            columns[index] = "" if "origin_time" in columns else "origin_time"
        elif column in ("phase", "reported_phase"):
            columns[index] = ""
