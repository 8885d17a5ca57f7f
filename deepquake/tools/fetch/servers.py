"""FDSN servers: asked slowly, asked again where they fail, and what they did not give noted."""

import time
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from gzip import BadGzipFile
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any
from xml.etree import ElementTree

from obspy import UTCDateTime
from obspy.clients.fdsn.client import Client
from obspy.clients.fdsn.header import (
    URL_MAPPINGS,
    FDSNBadRequestException,
    FDSNException,
    FDSNForbiddenException,
    FDSNInternalServerException,
    FDSNNoDataException,
    FDSNNotImplementedException,
    FDSNRequestTooLargeException,
    FDSNUnauthorizedException,
)
from obspy.clients.fdsn.mass_downloader.utils import ERRORS
from obspy.core.inventory import Inventory
from obspy.core.util.base import NamedTemporaryFile

from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import check_free
from deepquake.waveforms.mseed import HEAD, index_file
from deepquake.waveforms.records import VERSION_3

Wanted = tuple[str, str, str, str, UTCDateTime, UTCDateTime]  # codes, start and end

REFUSED = FDSNForbiddenException, FDSNUnauthorizedException
# what asking again does not change
LASTING = (
    FDSNNoDataException,
    FDSNBadRequestException,
    FDSNNotImplementedException,
    FDSNRequestTooLargeException,
    *REFUSED,
)
# what asking for less may change
IS_TOO_MUCH = FDSNRequestTooLargeException, FDSNInternalServerException, *REFUSED
SHORTEST_S = 600.0  # a span that is too much for a server is halved down to this
MOST_FAILURES = 5  # one after the other: then a server is asked no more
ROOM = 10  # answers, that several threads may be about to write
NOT_FOUND = "Unknown HTTP code: 404"  # as ObsPy tells it


class BrokenAnswer(FDSNException):
    """An answer that ends in the middle, or is no such thing as was asked for."""


@dataclass(frozen=True)
class Patience:
    """How servers are treated."""

    pause_s: float = 0.5  # between two requests to one server
    timeout_s: float = 120.0  # without a byte
    attempts: int = 3
    wait_s: float = 10.0  # before the second attempt; twice as long before each further one


@dataclass
class Answers:
    """What came of requests for records, by channel: all asked for, and those without success."""

    asked: set[tuple[str, ...]] = field(default_factory=set)
    failed: dict[tuple[str, ...], str] = field(default_factory=dict)
    refused: dict[tuple[str, ...], str] = field(default_factory=dict)  # not ours to have


class PoliteClient(Client):
    """ObsPy's client of an FDSN server, which takes its time.

    Given to the mass downloader, it answers which channels there are from a list that was fetched
    before; and a request for records never fails: what could not be got is in ``answers``.
    """

    def __init__(self, server: str, patience: Patience) -> None:
        self.server, self.patience = server, patience
        self.answers = Answers()
        self.channels: Inventory | None = None
        self.folder: Path | None = None  # on the disk that records are written to
        self.n_requests = self.n_failures = 0
        self._turn, self._next_s = Lock(), 0.0
        super().__init__(server, timeout=patience.timeout_s)

    @property
    def is_given_up(self) -> bool:
        """Whether it failed so often, one time after the other, that it is asked no more."""
        return self.n_failures >= MOST_FAILURES

    def get_stations(self, *args: Any, **given: Any) -> Any:
        """Return the list of channels that was fetched before, where there is one."""
        if self.channels is not None and given.get("filename") is None:
            return self.channels
        return super().get_stations(*args, **given)

    def get_waveforms_bulk(self, bulk: Sequence[Sequence[Any]], *, filename: str) -> None:
        """Write what the server has of some spans of channels to a file.

        Parameters
        ----------
        bulk : sequence
            Network, station, location, channel, start and end of each.
        filename : str
            The file to write; empty where there is nothing.

        Raises
        ------
        DeepQuakeError
            Where the disk has no room for what has come: ObsPy, which writes it, would not tell.
        """
        Path(filename).write_bytes(b"")
        wanted: list[Any] = [tuple(row) for row in bulk]
        self.answers.asked |= {row[:4] for row in wanted}
        self._fill(Path(filename), wanted)
        if self.folder is not None:
            check_free(self.folder, ROOM * Path(filename).stat().st_size)

    def _fill(self, path: Path, wanted: list[Wanted]) -> None:
        """Add what there is of some spans to a file; less at a time where it is too much."""
        if self.is_given_up:
            self._note(self.answers.failed, wanted, "the server failed too often")
            return
        answer = BytesIO()
        try:
            super().get_waveforms_bulk(wanted, filename=answer)
        except FDSNNoDataException:
            self.n_failures = 0
        except IS_TOO_MUCH as error:
            is_in_time = isinstance(error, FDSNRequestTooLargeException)
            halves = _halves(wanted, SHORTEST_S if is_in_time else None)
            for half in halves:
                self._fill(path, half)
            if not halves and isinstance(error, REFUSED):
                self._note(self.answers.refused, wanted, why(error))
            elif not halves:
                self._fail(wanted, error)
        except ERRORS as error:
            self._fail(wanted, error)
        else:
            self.n_failures = 0
            with path.open("ab") as file:
                file.write(answer.getvalue())

    def _fail(self, wanted: list[Wanted], error: Exception) -> None:
        self.n_failures += 1
        self._note(self.answers.failed, wanted, why(error))

    def _note(self, reasons: dict[tuple[str, ...], str], wanted: list[Wanted], reason: str) -> None:
        for row in wanted:
            reasons.setdefault(row[:4], f"{self.server}: {reason}")

    def _download(self, url: str, *args: Any, **given: Any) -> BytesIO:
        """Ask in turn, and again where that may help."""
        wait_s = self.patience.wait_s
        is_of_records = "/dataselect/" in url
        for attempt in range(1, self.patience.attempts + 1):
            self._wait_for_turn()
            try:
                return _checked(self._answer(url, *args, **given), is_of_records)
            except ERRORS as error:
                if NOT_FOUND in str(error):
                    raise FDSNNoDataException("No data available for request.") from None
                # a server that fails at one channel does so each time: fewer are asked for
                is_less = is_of_records and isinstance(error, FDSNInternalServerException)
                if isinstance(error, LASTING) or is_less or attempt == self.patience.attempts:
                    raise
            time.sleep(wait_s)
            wait_s *= 2
        raise AssertionError("at least one attempt is made")

    def _answer(self, url: str, *args: Any, **given: Any) -> BytesIO:
        try:
            return super()._download(url, *args, **given)
        except (EOFError, BadGzipFile, zlib.error):  # compressed, and cut off
            raise BrokenAnswer("the answer ends in the middle") from None

    def _wait_for_turn(self) -> None:
        with self._turn:  # several threads ask one server
            now_s = time.monotonic()
            wait_s = max(0.0, self._next_s - now_s)
            self._next_s = now_s + wait_s + self.patience.pause_s
            self.n_requests += 1
        time.sleep(wait_s)


def open_server(name: str, patience: Patience) -> PoliteClient:
    """Return the client of a server, which has been asked what it can do.

    Parameters
    ----------
    name : str
        A name that ObsPy knows, or an address.
    patience : Patience
        How it is treated.

    Raises
    ------
    DeepQuakeError
        Where there is no such name, or the server does not answer.
    """
    if name.upper() not in URL_MAPPINGS and "://" not in name:
        known = ", ".join(sorted(URL_MAPPINGS))
        raise DeepQuakeError(
            f"{name}: is no server that ObsPy knows; give http://... or one of {known}"
        )
    wait_s = patience.wait_s
    for attempt in range(1, patience.attempts + 1):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of names that will go
                return PoliteClient(name, patience)
        except ValueError as error:
            raise DeepQuakeError(f"{name}: {short(error)}") from None
        except ERRORS as error:
            if attempt == patience.attempts:
                raise DeepQuakeError(f"{name}: {why(error)}") from None
        time.sleep(wait_s)
        wait_s *= 2
    raise AssertionError("at least one attempt is made")


def why(error: Exception) -> str:
    """Return what a server's error says, in a few words."""
    text = str(error).partition("\n")[0].partition(" This could be due to ")[0]  # ObsPy guesses
    return short(Exception(text.removeprefix("Service responds: ").strip() or repr(error)))


def _halves(wanted: list[Wanted], shortest_s: float | None) -> list[list[Wanted]]:
    """Return two requests for one: of half the channels, else, where that may help, of half the
    time; none where it can't be less."""
    if len(wanted) > 1:
        middle = len(wanted) // 2
        return [wanted[:middle], wanted[middle:]]
    *codes, start, end = wanted[0]
    if shortest_s is None or end - start <= shortest_s:
        return []
    middle = start + (end - start) / 2
    return [[(*codes, start, middle)], [(*codes, middle, end)]]


def _checked(answer: BytesIO, is_of_records: bool) -> BytesIO:
    """Return an answer that is whole; those of some servers end anywhere when they fail."""
    content = answer.getvalue()
    if not content.strip():
        raise FDSNNoDataException("No data available for request.")
    if is_of_records:
        _check_records(content)
    elif content.lstrip()[:1] == b"<":
        try:
            ElementTree.fromstring(content)
        except ElementTree.ParseError:
            raise BrokenAnswer("the answer is no whole XML") from None
    answer.seek(0)
    return answer


def _check_records(content: bytes) -> None:
    if not HEAD.match(content[:8]):
        raise BrokenAnswer("the answer is no miniSEED")
    if content[0] == VERSION_3:
        raise BrokenAnswer("the answer is miniSEED 3, which ObsPy's mass downloader can't divide")
    with NamedTemporaryFile() as file:
        path = Path(file.name)
        path.write_bytes(content)
        if index_file(path).n_left:
            raise BrokenAnswer("the answer ends in the middle of a record")
