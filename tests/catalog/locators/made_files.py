"""Files of location programs, written from events for the tests of their readers.

Each writer keeps what its format has columns for; ``made_events`` are odd enough for all: south
and west, above sea level, over midnight, weights, first motions and an S of the next minute.
"""

import random
from datetime import UTC, datetime

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.core.times import DAY_S, day_start

STATIONS = "CLC", "MCB", "B916", "OSOR", "WBM"


def made_events(count: int, seed: int = 1) -> list[Event]:
    """Return located events, an hour or more apart, each with a P and an S at each station."""
    draw = random.Random(seed)
    events = []
    time = day_start(draw.choice((1987, 1999, 2004, 2019)), 12, 31) + 86000.0
    for number in range(count):
        time += 3600.0 * draw.randint(1, 30) + draw.randint(0, 359999) / 100
        event = Event(str(1000 + number), round(time, 2))
        event.latitude = draw.choice((-1, 1)) * draw.randint(1, 4999) / 60
        event.longitude = draw.choice((-1, 1)) * draw.randint(1, 10000) / 60
        event.depth_km = draw.choice((-1.2, 0.5, 8.25, 101.0))
        event.magnitudes = [Magnitude(draw.randint(10, 600) / 100)]
        for station in STATIONS:
            p = round(event.origin_time + draw.randint(50, 5000) / 100, 2)
            s = round(p + draw.randint(50, 4000) / 100, 2)
            weight = draw.choice((0, 1, 2, 3, 4))
            polarity, onset = draw.choice(("C", "D", "")), draw.choice(("I", "E", ""))
            first = Pick(station, "P", p, polarity=polarity, onset=onset, weight=weight)
            event.picks += [first, Pick(station, "S", s, onset=onset, weight=weight)]
        events.append(event)
    return events


def pairs_of(event: Event) -> list[tuple[Pick, Pick | None]]:
    """Return the P and the S, if any, of each station with a P."""
    later = {pick.station: pick for pick in event.picks if pick.phase == "S"}
    return [(pick, later.get(pick.station)) for pick in event.picks if pick.phase == "P"]


def minute_of(time: float) -> tuple[datetime, float]:
    """Return the minute of a time, and the seconds after it."""
    minute = round(time, 3) // 60 * 60
    return datetime.fromtimestamp(minute, UTC), time - minute


def arc_of(value: float) -> tuple[int, float]:
    """Return degrees and minutes of arc, without a sign."""
    degrees = int(abs(value) + 1e-9)
    return degrees, abs((abs(value) - degrees) * 60)


def hypo71_phases(events: list[Event]) -> str:
    """Return a phase file of HYPO71, instruction cards between the events."""
    lines = []
    for event in events:
        for p, s in pairs_of(event):
            minute, second = minute_of(p.time)
            line = f"{p.station:<4}{p.onset or ' '}P{p.polarity or ' '}{p.weight} "
            line += f"{minute:%y%m%d%H%M}{second:5.2f}"
            if s is not None:
                after = s.time - p.time + second
                line = f"{line:<31}{after:5.2f}{s.onset or ' '}S {s.weight}"
            lines.append(line)
        lines.append(f"{'':17}10")
    return "\n".join(lines) + "\n"


def hypo71_list(events: list[Event]) -> str:
    """Return the list that HYPO71 prints."""
    lines = ["1 TEST(1) ..."]
    for event in events:
        minute, second = minute_of(event.origin_time)
        (lat, lat_minutes), (lon, lon_minutes) = arc_of(event.latitude), arc_of(event.longitude)
        north, east = "SN"[event.latitude > 0], "WE"[event.longitude > 0]
        lines += ["", f"  DATE    ORIGIN    LAT {north}    LONG {east}    DEPTH    MAG NO DM GAP M"]
        date = int(f"{minute:%y%m%d}")  # without leading zeros
        lines += [
            f" {date:6d} {minute.hour:2d}{minute.minute:2d}{second:6.2f}{lat:3d}-"
            f"{lat_minutes:5.2f}{lon:4d}-{lon_minutes:5.2f} {event.depth_km:6.2f} "
            f"{event.magnitudes[0].value:6.2f} 10 12 100 1 0.10  0.5  0.8 B B|B",
            "",
            "  STN  DIST AZM AIN PRMK HRMN P-SEC TPOBS TPCAL DLY/H1 P-RES P-WT AMX PRX CALX K XMAG",
        ]
        for p, s in pairs_of(event):
            first, second = minute_of(p.time)
            travel = p.time - event.origin_time
            line = (
                f" {p.station:<4}{12.3:6.1f}{181:4d}{104:4d} {p.onset or ' '}P{p.polarity or ' '}"
            )
            line += f"{p.weight} {first.hour:2d}{first.minute:2d}{second:6.2f}{travel:6.2f}"
            line += f"{travel + 0.12:6.2f}{0:6.2f}{-0.12:6.2f}  {1.04 * (p.weight < 4):4.2f}"
            if s is not None:
                after, used = s.time - p.time + second, 0.52 * (s.weight < 4)
                line = f"{line:<99}{s.onset or ' '}S {s.weight}{after:6.2f}{travel:6.2f}{0.05:6.2f}"
                line = f"{line}  {used:4.1f}"
            lines.append(line)
    return "\n".join(lines) + "\n"


def hypoinverse(events: list[Event], shadow: bool = False) -> str:
    """Return an archive file of HYPOINVERSE-2000."""
    lines = []
    for event in events:
        lines.append(hypoinverse_summary(event))
        if shadow:
            lines.append("$1")
        for p, s in pairs_of(event):
            minute, second = minute_of(p.time)
            line = f"{p.station:<5}XX  EHZ {p.onset or ' '}P{p.polarity or ' '}{p.weight}"
            line += f"{minute:%Y%m%d%H%M}{round(second * 100):5d}  12104"
            if s is not None:
                after = round((s.time - p.time + second) * 100)
                line = f"{line}{after:5d}{s.onset or ' '}S {s.weight} -31"
            lines.append(line)
            if shadow:
                lines.append("$   6 5.20 1.80 6.40 2.65 0.06 NSR0  -47 PHP0  820 151886 19 943 23")
        lines.append(f"{'':62}{event.event_id:>10}")
    return "\n".join(lines) + "\n"


def hypoinverse_summary(event: Event) -> str:
    """Return a summary line of HYPOINVERSE-2000."""
    minute, second = minute_of(event.origin_time)
    (lat, lat_minutes), (lon, lon_minutes) = arc_of(event.latitude), arc_of(event.longitude)
    line = f"{minute:%Y%m%d%H%M}{round(second * 100):4d}{lat:2d}{' S'[event.latitude < 0]}"
    line += f"{round(lat_minutes * 100):4d}{lon:3d}{' E'[event.longitude > 0]}"
    line += f"{round(lon_minutes * 100):4d}{round(event.depth_km * 100):5d}"
    line = f"{line:<146}L{round(event.magnitudes[0].value * 100):3d}"
    return f"{line[:136]}{event.event_id:>10}{line[146:]}"


def hypoinverse_print(events: list[Event]) -> str:
    """Return the list that HYPOINVERSE-2000 prints."""
    lines = [" HYPOINVERSE 2000", " TEST PARAMETERS:"]
    for number, event in enumerate(events, 1):
        minute, second = minute_of(event.origin_time)
        (lat, lat_minutes), (lon, lon_minutes) = arc_of(event.latitude), arc_of(event.longitude)
        lines += [
            f"{minute:%d %b %Y}, SEQUENCE NO.{number:5d}, ID NO.{event.event_id:>10}",
            " YEAR MO DA  --ORIGIN--  --LAT N-  --LON W--  DEPTH-M RMS   ERH   ERZ  XMAG1",
            f" {minute:%Y-%m-%d  %H%M}{second:6.2f}{lat:4d}{' S'[event.latitude < 0]}"
            f"{lat_minutes:5.2f}{lon:5d}{' E'[event.longitude > 0]}{lon_minutes:5.2f}"
            f"{event.depth_km:7.2f}  0.13  0.17  0.67",
            "",
            " STA NET COM L CR DIST AZM  AN P/S WT   SEC (TOBS -TCAL -DLY  =RES)  WT   SR  INFO",
        ]
        for pick in event.picks:
            code = f" {pick.station:<5}XX 001" if pick.phase == "P" else "        S   "
            motion = pick.polarity or " "
            line = f"{code:<31}{pick.onset or ' '}{pick.phase}{motion}{pick.weight}"
            travel = pick.time - event.origin_time
            line = f"{line:<37}{second + travel:6.2f}{travel:6.2f}{travel + 0.09:6.2f} 0.00 -0.09 "
            lines.append(f"{line}{1.04 * (pick.weight < 4):5.2f}     0.118")
        lines.append(" " + "#" * 84)
    return "\n".join(lines) + "\n"


def hypoinverse_table(events: list[Event]) -> str:
    """Return the summaries that HYPOINVERSE-2000 writes under a heading."""
    lines = [
        "   DATE     TIME  SEC     LAT      LON     DEPTH PREF-MAG NM NUM GAP  DMIN  RMS    ERH"
        "   ERZ QASR     ID-NUM LOC DUR-MAG1 AMP-MAG1 EXT-MAG  "
    ]
    for event in events:
        minute, second = minute_of(event.origin_time)
        line = f"{minute:%Y/%m/%d %H:%M}{second:6.2f}{event.latitude:9.4f}{event.longitude:10.4f}"
        line = f"{line}{event.depth_km:7.2f}{'':14}55  27   5.4  0.13   0.2   0.7 A"
        line = f"{line:<98}{event.event_id:>10}"
        lines.append(f"{line:<132}{event.magnitudes[0].value:5.2f} ML")
    return "\n".join(lines) + "\n"


def hypodd_phases(events: list[Event]) -> str:
    """Return a phase file of HypoDD."""
    lines = []
    for event in events:
        minute, second = minute_of(event.origin_time)
        lines.append(
            f"# {minute:%Y %m %d %H %M} {second:5.2f} {event.latitude:9.6f} {event.longitude:10.6f}"
            f" {event.depth_km:6.2f} {event.magnitudes[0].value:4.2f} 0.1 0.2 0.05 {event.event_id}"
        )
        weights = (1, 0.5, 0.2, 0.1, 0)
        lines += [
            f"{p.station:<6} {p.time - event.origin_time:8.3f} {weights[p.weight]:5.3f} {p.phase}"
            for p in event.picks
        ]
    return "\n".join(lines) + "\n"


def hypodd_relocated(events: list[Event], loc: bool = False) -> str:
    """Return a file of relocated events of HypoDD, .reloc or .loc."""
    lines = []
    for event in events:
        minute, second = minute_of(event.origin_time)
        counts = "" if loc else "    0    0   12   10  0.010  0.020"
        lines.append(
            f"{event.event_id:>9} {event.latitude:10.6f} {event.longitude:11.6f} "
            f"{event.depth_km:8.3f}     -1.0      2.0      3.0    10.0    10.0   10.0 "
            f"{minute.year} {minute.month:2d} {minute.day:2d} {minute.hour:2d} {minute.minute:2d} "
            f"{second:6.3f} {event.magnitudes[0].value:4.2f}{counts}   1"
        )
    return "\n".join(lines) + "\n"


def nonlinloc_line(pick: Pick, prior: bool = False) -> str:
    """Return the line of a phase as NonLinLoc reads it."""
    minute, second = minute_of(pick.time)
    error = 99999.9 if pick.weight == 4 else 0.05
    codes = f"{pick.station:<6} ?    HHZ  {(pick.onset or '?').lower()} {pick.phase:<6} "
    return (
        f"{codes}{(pick.polarity or '?').lower()} {minute:%Y%m%d %H%M} {second:9.4f} GAU "
        f"{error:9.2e} -1.00e+00 -1.00e+00 -1.00e+00" + "    1.0000" * prior
    )


def nonlinloc_phases(events: list[Event], prior: bool = False) -> str:
    """Return a phase file of NonLinLoc, a blank line between events."""
    blocks = ("\n".join(nonlinloc_line(p, prior) for p in event.picks) for event in events)
    return "\n\n".join(blocks) + "\n\n"


def nonlinloc_located(events: list[Event], state: str = "LOCATED", prior: bool = False) -> str:
    """Return the events that NonLinLoc has located."""
    lines = []
    for event in events:
        minute, second = minute_of(event.origin_time)
        lines += [
            f'NLLOC "./loc/made.grid0" "{state}" "Location completed."',
            f"PUBLIC_ID {event.event_id}",
            f"GEOGRAPHIC  OT {minute:%Y %m %d  %H %M} {second:.6f}  Lat {event.latitude:.6f} "
            f"Long {event.longitude:.6f} Depth {event.depth_km:.6f}",
            "QUALITY  Pmax 3.4e+150 MFmin 29.4 MFmax 29.5 RMS 0.64 Nphs 53 Gap 263.7 Dist 4.1 "
            f"Mamp {event.magnitudes[0].value:5.2f} 3 Mdur -9.90 0",
            "PHASE ID Ins Cmp On Pha  FM Date     HrMn   Sec     Err  ErrMag    Coda  Amp  Per  >",
        ]
        lines += [f"{nonlinloc_line(p, prior)} >  9.1000  -0.2500   1.2345" for p in event.picks]
        lines += ["END_PHASE", "END_NLLOC", ""]
    return "\n".join(lines) + "\n"


def real(events: list[Event], picks: bool = True, version: str = "1.1") -> str:
    """Return events as REAL writes them, with their picks or without."""
    lines = []
    for number, event in enumerate(events, 1):
        minute, second = minute_of(event.origin_time)
        midnight = event.origin_time // DAY_S * DAY_S
        line = (
            f"{number:5d} {minute:%Y %m %d %H:%M}:{second:06.3f} "
            f"{event.origin_time - midnight:12.3f}  0.0873 {event.latitude:9.5f} "
            f"{event.longitude:10.5f} {event.depth_km:6.2f}"
        )
        if version == "1.1" or not picks:
            line += f" {event.magnitudes[0].value:6.3f} 0.123  10   8  18   5  50.00"
        lines.append(line)
        for p in event.picks if picks else ():
            pick = f"   XX {p.station:>8} {p.phase:>5} {p.time - midnight:12.4f} "
            pick += f"{p.time - event.origin_time:9.4f} 5.20e-02  0.1200"
            lines.append(pick + ("   0.9100  12.0000" if version == "1.1" else ""))
    return "\n".join(lines) + "\n"
