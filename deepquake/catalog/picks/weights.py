"""The weights of picks in tables: which of two scales a column is in."""

import re
from collections.abc import Sequence

from deepquake.catalog.cells import is_number
from deepquake.catalog.events import DO_NOT_USE, Pick
from deepquake.core.report import Departures

# What leaves no doubt of which end is the better one, as codes of SEISAN. A letter or a word alone
# takes no pick out of use, but for those that say so.
PICK_QUALITIES = {
    name: code
    for code, names in {
        0: "a excellent best very_good good high full i impulsive excelente buena bueno alta",
        1: "b fair medium moderate regular media",
        2: "c emergent e",
        3: "d poor bad low worst uncertain questionable mala malo baja dudosa dudoso",
        DO_NOT_USE: "rejected unusable useless discarded unused rechazada rechazado",
    }.items()
    for name in names.split()
}
WHOLE = re.compile(r"([0-9])(\.0*)?")
FRACTION = re.compile(r"0?\.\d+")


def settle_weights(
    picks: Sequence[tuple[Pick, str, int]], one_is_full: bool, departures: Departures
) -> None:
    """Set the weights of a table's picks, from 0 (full) to 4 (not used), by all of them together.

    With a fraction among them, 1 is full and 0 is not used; with a whole number above 1 they are
    those of SEISAN and HYPO71, where 0 is full and 4 not used. 0 and 1 alone can mean either: no
    pick is then dropped for it.

    Parameters
    ----------
    picks : sequence of (Pick, str, int)
        Each with the weight as written, "" where there is none, and its line.
    one_is_full : bool
        Whether the format says so.
    departures : Departures
        Is told of what can't be read, or means two things.
    """
    written = [(pick, text, line) for pick, text, line in picks if text]
    values = {text for _, text, _ in written}
    one_is_full = one_is_full or any(
        FRACTION.fullmatch(text) and float(text) > 0 for text in values
    )
    digits = {int(found[1]) for text in values if (found := WHOLE.fullmatch(text))}
    unclear = not one_is_full and digits == {0, 1}
    if unclear:
        departures.note(
            written[0][2],
            "weights of 0 and 1 alone: either may be full and the other not used or less good; "
            "all are used alike",
        )
        return
    codes = {text: _code_of(text, one_is_full) for text in values}
    for pick, text, line in written:
        code = codes[text]
        if code is None:
            scale = "not from 0 to 1" if one_is_full else "not a whole number from 0 to 9"
            departures.note(line, f"weight is {scale}: taken as full")
        elif pick.weight != DO_NOT_USE:
            pick.weight = code


def _code_of(text: str, one_is_full: bool) -> int | None:
    """Return a weight as the code of SEISAN, None where it is neither a fraction nor a code."""
    whole = WHOLE.fullmatch(text)
    code = int(whole[1]) if whole else -1
    if not one_is_full:
        return code if whole else None
    if code == DO_NOT_USE:  # which no fraction can be
        return DO_NOT_USE
    try:
        value = float(text)
    except ValueError:
        return None
    if not 0 <= value <= 1:
        return None
    return DO_NOT_USE if value == 0 else min(DO_NOT_USE - 1, round(DO_NOT_USE * (1 - value)))


def settle_qualities(
    picks: Sequence[tuple[Pick, str, int]], column: str, departures: Departures
) -> None:
    """Set the weights of a table's picks by its column of qualities, where words or letters tell.

    Of numbers 0 can be the best, as in HYPO71, or the worst: no pick is judged by them.

    Parameters
    ----------
    picks : sequence of (Pick, str, int)
        Each with the quality as written, "" where there is none, and its line.
    column : str
        What the column is called.
    departures : Departures
        Is told of what is not obeyed.
    """
    for pick, text, line in picks:
        code = PICK_QUALITIES.get(text.strip().lower().replace(" ", "_"))
        if code is not None:
            pick.weight = max(pick.weight, code)
        elif is_number(text):
            departures.note(
                line,
                f"column '{column}': of qualities that are numbers 0 may be the best or the worst: "
                "not used; call the column weight if 0 is the best and 4 takes a pick out of use",
            )
        elif text:
            departures.note(line, f"quality '{text}' is not known: not used")
