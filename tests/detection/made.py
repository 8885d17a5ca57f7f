"""A recording known from its header alone, for tests that read no file."""

from pathlib import Path

from deepquake.waveforms.recording import Codes, Piece, Recording, Stretch

RATE = 20.0


def made_recording(
    station: str, start_s: float = 0.0, n_samples: int = 2001, name: str = "day"
) -> Recording:
    """Return a recording of one vertical component."""
    piece = Piece(
        path=Path(f"{name}.mseed"),
        format="MSEED",
        codes=Codes("XX", station, "", "HHZ"),
        start_s=start_s,
        n_samples=n_samples,
        rate_hz=RATE,
    )
    return Recording(
        name=name,
        network="XX",
        station=station,
        location="",
        sensor="HH",
        channels={"Z": "HHZ"},
        pieces={"Z": (piece,)},
        sampling_rate_hz=RATE,
        start_s=start_s,
        stretches=(Stretch(start_s, n_samples),),
    )
