"""Which component of the ground motion (Z, N or E) a channel holds, by a stated rule.

| channel code                       | Z          | N          | E          |
|------------------------------------|------------|------------|------------|
| last letter, SEED (HHZ, HH1, BHX)  | Z, 3       | N, 1, Y    | E, 2, X    |
| one letter alone                   | Z, 3, V, U | N, 1, Y    | E, 2, X    |
| names of strong-motion networks    | UD, UP     | NS, SN     | EW, WE     |

Case does not matter, nor do blanks, hyphens and underscores; a digit behind UD, NS, EW or behind
Z, N, E alone (UD1, EW2, Z1) tells the sensor. Horizontals need not point north and east exactly:
1 and 2, X and Y are taken in this order, as a network trained for them does not mind the azimuth.

A channel without a code is told by the name of its file (the last word, between points, blanks,
hyphens and underscores, that is a code of the table: ``ABC.Z``, ``xyz_HHE.sac``). Where that says
nothing either, one such trace of a station in a file is its vertical, and three are Z, N and E in
the order of the file.
"""

import re

DIRECTIONS = {
    **dict.fromkeys(("UD", "DU", "UP"), "Z"),
    **dict.fromkeys(("NS", "SN"), "N"),
    **dict.fromkeys(("EW", "WE"), "E"),
}
LETTERS = {"Z": "Z", "3": "Z", "N": "N", "1": "N", "Y": "N", "E": "E", "2": "E", "X": "E"}
LONE_LETTERS = LETTERS | {"V": "Z", "U": "Z"}
SEED_BANDS = "FGDCESHBMLVURPTQAO"
SEED_INSTRUMENTS = "HLGMNP"  # high and low gain, gravimeter, mass position, accelerometer, geophone
UNNAMED_ORDER = "ZNE"


def component_of(channel: str) -> tuple[str, str]:
    """Return the component ('Z', 'N', 'E', or '' where unknown) and the sensor code of a channel.

    The sensor code is the band and instrument part, which the components of one sensor share:
    'HH' of HHZ, '1' of UD1, '' of Z.
    """
    code = re.sub(r"[\s\-_]", "", channel).upper()
    direction = re.fullmatch(r"([A-Z]{2})(\d*)", code)
    if direction and direction[1] in DIRECTIONS:
        return DIRECTIONS[direction[1]], direction[2]
    numbered = re.fullmatch(r"([ZNE])(\d+)", code)
    if numbered:
        return numbered[1], numbered[2]
    if len(code) == 1:
        return LONE_LETTERS.get(code, ""), ""
    return LETTERS.get(code[-1:], ""), code[:-1]


def component_of_name(file_name: str) -> tuple[str, str]:
    """Return component and sensor code that the name of a file tells, or two empty strings."""
    for word in reversed(re.split(r"[.\s\-_]+", file_name.upper())):
        seed = len(word) == 3 and word[0] in SEED_BANDS and word[1] in SEED_INSTRUMENTS
        if seed or word in "ZNE" or re.fullmatch(r"(UD|NS|EW)\d?", word):
            component, sensor = component_of(word)
            if component:
                return component, sensor
    return "", ""
