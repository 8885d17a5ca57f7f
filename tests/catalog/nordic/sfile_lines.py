"""Lines of Nordic files that the tests take apart, and reading them."""

from deepquake.catalog.events import Event
from deepquake.catalog.nordic.reader import read_nordic
from deepquake.core.report import Report
from deepquake.core.times import iso

TYPE_1 = " 2018  427 0844 50.4 L  10.349 -68.069  9.0  FUN 22 0.8 4.6WFUN                1"
TYPE_H = " 2018  427 0844 50.432  10.34912  -68.06899    9.012  0.800                    H"
ID_LINE = " ACTION:UP  18-04-27 09:00 OP:leo  STATUS:               ID:20180427084430     I"
WAVEFORM = " 2018-04-27-0844-00S.MAN___174                                                 6"
TYPE_7 = " STAT SP IPHASW D HRMM SECON CODA AMPLIT PERI AZIMU VELO AIN AR TRES W  DIS CAZ7"
NEW_7 = " STAT COM NTLO IPHASE   W HHMM SS.SSS   PAR1  PAR2 AGA OPE  AIN  RES W  DIS CAZ7"
TURV_P = " TURV HZ EP     C  844 54.92                              65   -0.4610 27.4  6  "
BENV_S = " BENV HN IS   2    845 11.36                              65   -0.3410 66.9 13  "
BLANK = " " * 80
SECOND = " 2018  428 0415 52.2 L  10.233 -68.056  3.5  FUN  8 0.9 2.9WFUN                1"
SECOND_P = " TACV HZ EP        416 12.12                              65    0.8210  113  9  "
CLEAN = [TYPE_1, ID_LINE, WAVEFORM, TYPE_7, TURV_P, BENV_S, BLANK]


def read_lines(*lines: str) -> tuple[list[Event], Report]:
    """Return the events of a file of these lines, and what was reported."""
    report = Report()
    return read_nordic("\n".join(lines) + "\n", "file", report), report


def read_event(*lines: str) -> Event:
    """Return the one event of a file of these lines."""
    (event,), _ = read_lines(*lines)
    return event


def messages(report: Report, kind: str = "") -> list[str]:
    """Return the messages of one kind, or all."""
    return [problem.message for problem in report.problems if kind in ("", problem.kind)]


def pick_times(event: Event) -> list[str]:
    """Return the times of the picks, to the millisecond."""
    return [iso(pick.time)[:-4] for pick in event.picks]


def in_new_columns(text: str) -> str:
    """Return a file that we wrote with its picks in the columns of the format of 2020."""
    lines = text.replace(TYPE_7, NEW_7).split("\n")
    for number, line in enumerate(lines):
        if line.strip() and line[79:] == " ":
            codes, onset, phase = line[:8].ljust(15), line[9], line[10:14].ljust(8)
            time = f"{line[18:22]} {line[22:28]}".ljust(13)
            lines[number] = f"{codes}{onset}{phase}{line[14:16]}{time}{line[16]}".ljust(80)
    return "\n".join(lines)
