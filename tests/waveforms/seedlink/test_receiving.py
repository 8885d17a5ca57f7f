"""Records received from a server that fails, into an archive that has all of them once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.seedlink import receiving as receivings
from deepquake.waveforms.seedlink.connection import WHY_REFUSED, LinkPatience
from deepquake.waveforms.seedlink.receiving import (
    MOST_IN_VAIN,
    NOTHING_NEW,
    Receipt,
    SeedlinkRequest,
    receive,
    receiving,
)
from deepquake.waveforms.seedlink.request import parse_stations
from deepquake.waveforms.seedlink.state import load_received
from tests.conftest import ROOT
from tests.waveforms.seedlink.seedlink_server import (
    START,
    SeedlinkServer,
    info_packets,
    made_records,
    packet,
    serving,
)

QUICK = LinkPatience(answer_s=9.0, idle_s=1.0, silent_s=9.0, first_wait_s=0.02, longest_wait_s=0.1)
RECORDS = made_records(seconds=120)
BEGIN_S = START.timestamp


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepquake.waveforms.seedlink.connection.TICK_S", 0.02)
    monkeypatch.setattr(receivings, "SAVE_S", 0.01)


def request_of(server: SeedlinkServer, folder: Path, stations: str = "XX_AAA") -> SeedlinkRequest:
    """Return the request for all that a server has of stations."""
    wanted = parse_stations(stations)
    return SeedlinkRequest(("127.0.0.1", server.port), wanted, folder / "sds", begin_s=BEGIN_S)


def spanning(request: SeedlinkRequest, seconds: float = 600.0) -> SeedlinkRequest:
    """Return a request that ends."""
    return replace(request, end_s=BEGIN_S + seconds)


def content(folder: Path, station: str = "AAA") -> bytes:
    """Return what the archive holds of a station; nothing is in it that is no record."""
    files = sorted((folder / "sds").glob(f"*/XX/{station}/*/*"))
    return b"".join(path.read_bytes() for path in files)


def until(is_true: Callable[[], bool]) -> None:
    """Wait until something is so, a minute at most."""
    end_s = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def test_a_span_of_two_stations_is_received(tmp_path: Path) -> None:
    server, lines = SeedlinkServer(), []
    server.add(RECORDS)
    server.add(made_records("BBB"), "XX_BBB")
    server.add(made_records("CCC"), "YY_CCC")
    with serving(server):
        request = spanning(request_of(server, tmp_path, "XX_*"))
        receipt = receive(request, lines.append, QUICK)
    assert content(tmp_path) == b"".join(RECORDS)
    assert content(tmp_path, "BBB") == b"".join(made_records("BBB"))
    n_records = len(RECORDS) + len(made_records("BBB"))
    assert str(receipt) == f"{n_records} records of 2 channels written, 0 came twice, 0 left out"
    asked = f"{server.address}: connected, asked for XX_AAA, XX_BBB"
    assert lines == [asked, f"{server.address}: {receipt}"]
    assert not request.state_path.exists()  # what was received of a span is not the newest


def test_a_server_that_dies_again_and_again_loses_nothing(tmp_path: Path) -> None:
    server, lines = SeedlinkServer(dies_after=[3, 0, 4, 11, 1], cut=b"SL00" + RECORDS[0][:300]), []
    server.add(RECORDS)
    with serving(server):
        stop = Event()
        threads = Thread(
            target=receive, args=(request_of(server, tmp_path), lines.append, QUICK, stop)
        )
        threads.start()
        until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
        stop.set()
        threads.join()
    assert content(tmp_path) == b"".join(RECORDS)
    assert [line.split()[-1] for line in server.said("DATA")] == [
        f"{number:06X}" for number in (4, 4, 8, 19, 20)
    ]
    lost = [line for line in lines if "the server has closed the connection; trying again" in line]
    assert len(lost) == 5


def test_a_connection_that_is_lost_before_all_have_begun_loses_nothing(tmp_path: Path) -> None:
    server = SeedlinkServer(dies_after=[3], one_after_the_other=True)
    server.add(RECORDS)
    server.add(made_records("BBB"), "XX_BBB")
    with serving(server), receiving(request_of(server, tmp_path, "XX_*"), print, QUICK):
        until(lambda: len(content(tmp_path, "BBB")) == len(made_records("BBB")) * 512)
        until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
    assert content(tmp_path) == b"".join(RECORDS)
    assert len(server.said("TIME")) == 4 and not server.said("DATA")


def test_a_station_that_is_new_to_a_later_run_begins_with_the_newest(tmp_path: Path) -> None:
    server, lines = SeedlinkServer(), []
    server.add(RECORDS)
    server.add(made_records("BBB"), "XX_BBB")
    with serving(server):
        with receiving(request_of(server, tmp_path), print, QUICK):
            until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
        with receiving(request_of(server, tmp_path, "XX_*"), lines.append, QUICK):
            until(lambda: bool(server.said("DATA")))
    assert lines[0].endswith("nothing came of XX_BBB: begins with the newest")
    assert server.said("DATA") == [f"DATA {len(RECORDS) + 1:06X}", "DATA"]


def test_a_server_that_falls_silent_is_connected_to_anew(tmp_path: Path) -> None:
    server, lines = SeedlinkServer(mute=True), []
    server.add(RECORDS)
    short = replace(QUICK, idle_s=0.1, silent_s=0.3)
    with serving(server), receiving(request_of(server, tmp_path), lines.append, short) as goes_on:
        until(lambda: any("has been silent for" in line for line in lines))
        server.mute = False
        until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
        assert goes_on()
    assert content(tmp_path) == b"".join(RECORDS)


def test_doubled_packets_and_such_as_are_of_no_use_are_left_out(tmp_path: Path) -> None:
    server, lines = SeedlinkServer(), []
    odd = [b"\xff" * 512, *made_records(channel="LHZ"), info_packets("<a/>")[8:]]
    server.add([*RECORDS[:3], *RECORDS[1:4], *odd, RECORDS[6], RECORDS[5]])
    with serving(server):
        request = replace(spanning(request_of(server, tmp_path)), sensors=("HH",))
        receipt = receive(request, lines.append, QUICK)
    assert content(tmp_path) == b"".join([*RECORDS[:4], RECORDS[6], RECORDS[5]])
    why = {"LH?, not in sensor_order": len(made_records(channel="LHZ")), "damaged": 1}
    assert receipt.unused == why | {"logs and the like": 1}
    n_unused = receipt.unused.total()
    assert f"6 records of 1 channel written, 2 came twice, {n_unused} left out: LH?," in lines[-1]
    assert lines[-1].endswith("(1), logs and the like (1)")


def test_channels_that_are_asked_for_are_not_left_out(tmp_path: Path) -> None:
    server = SeedlinkServer()
    server.add([*made_records(channel="LHZ"), *RECORDS])
    with serving(server):
        request = replace(request_of(server, tmp_path, "XX_AAA:LH?"), sensors=("HH",))
        receipt = receive(spanning(request), print, QUICK)
    assert list(receipt.records) == ["XX.AAA..LHZ"] and not receipt.unused


def test_what_a_server_of_one_station_sends_is_received(tmp_path: Path) -> None:
    server = SeedlinkServer(is_uni_station=True, dies_after=[4])
    server.add(RECORDS)
    with (
        serving(server),
        receiving(request_of(server, tmp_path, ""), print, QUICK),
    ):
        until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
    assert content(tmp_path) == b"".join(RECORDS)
    assert [line[:4] for line in server.told if line.startswith(("TIME", "DATA"))] == [
        "TIME",
        "DATA",
    ]


def test_another_run_goes_on_where_one_was_stopped(tmp_path: Path) -> None:
    server = SeedlinkServer()
    server.add(RECORDS[:10])
    with serving(server):
        request = request_of(server, tmp_path)
        with receiving(request, print, QUICK):
            until(lambda: len(content(tmp_path)) == 10 * 512)
        server.add(RECORDS[10:])
        assert load_received(request.state_path).last == {"XX_AAA": 10}
        with receiving(request, print, QUICK):
            until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
    assert server.said("DATA") == ["DATA 00000B"]
    assert content(tmp_path) == b"".join(RECORDS)


def test_a_server_that_counts_anew_sends_nothing_twice(tmp_path: Path) -> None:
    server = SeedlinkServer()
    server.add(RECORDS[:10])
    with serving(server):
        request = request_of(server, tmp_path)
        with receiving(request, print, QUICK):
            until(lambda: len(content(tmp_path)) == 10 * 512)
        server.stations["XX_AAA"].first = 11  # as if all that came before had other numbers
        server.add(RECORDS[10:])
        with receiving(request, print, QUICK):
            until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
    assert content(tmp_path) == b"".join(RECORDS)


@pytest.mark.parametrize("n_first", [0, 7])
def test_a_killed_run_is_gone_on_with(tmp_path: Path, n_first: int) -> None:
    server = SeedlinkServer()
    server.add(RECORDS[:n_first])
    with serving(server):
        request = request_of(server, tmp_path)
        program = (
            "from deepquake.waveforms.seedlink import receiving as r\n"
            "from deepquake.waveforms.seedlink.request import parse_stations\n"
            "from pathlib import Path\n"
            "r.SAVE_S = 0.01\n"
            f"r.receive(r.SeedlinkRequest(('127.0.0.1', {server.port}), parse_stations('XX_AAA'), "
            f"Path({str(request.folder)!r}), begin_s={BEGIN_S!r}), print)\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        until(lambda: bool(server.said("END")))
        server.add(RECORDS[n_first:15])
        until(lambda: request.state_path.exists() and len(content(tmp_path)) == 15 * 512)
        child.send_signal(signal.SIGKILL)
        child.wait()
        server.add(RECORDS[15:])
        with receiving(request, print, QUICK):
            until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
    assert content(tmp_path) == b"".join(RECORDS)


def test_what_is_refused_at_the_start_ends_it_and_later_does_not(tmp_path: Path) -> None:
    server, lines = SeedlinkServer(refused={"XX_AAA"}), []
    server.add(RECORDS)
    with serving(server):
        request = request_of(server, tmp_path)
        with pytest.raises(DeepQuakeError, match=r"127\.0\.0\.1:\d+: refuses XX_AAA: it has"):
            receive(request, lines.append, QUICK)
        refused = pytest.raises(DeepQuakeError, match="refuses XX_AAA")
        with refused, receiving(request, lines.append, QUICK):
            raise AssertionError("the block must not begin")
        server.refused, server.dies_after = set(), [5]
        with receiving(request, lines.append, QUICK):
            until(lambda: len(content(tmp_path)) == 5 * 512)
            server.refused = {"XX_AAA"}
            until(lambda: any(f"AAA: {WHY_REFUSED}; trying again" in line for line in lines))
            server.refused = set()
            until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
    assert content(tmp_path) == b"".join(RECORDS)


def test_a_server_that_closes_at_the_end_of_a_span_is_done(tmp_path: Path) -> None:
    lines: list[str] = []
    server = SeedlinkServer(dies_after=[3, len(RECORDS)] + [len(RECORDS), 0] * 10)
    server.add([*RECORDS, *made_records(start=START + 200)])
    with serving(server):
        receipt = receive(spanning(request_of(server, tmp_path)), lines.append, QUICK)
    assert content(tmp_path) == b"".join(RECORDS)
    assert f"the server has closed the connection; {NOTHING_NEW}" in lines[-2]
    assert server.n_connections == 2 + MOST_IN_VAIN and receipt.doubled


def test_a_station_that_is_refused_is_told_and_the_others_come(tmp_path: Path) -> None:
    server, lines = SeedlinkServer(), []
    server.add(RECORDS)
    with serving(server):
        receive(spanning(request_of(server, tmp_path, "XX_AAA,XX_OLD")), lines.append, QUICK)
    assert lines[1] == f"{server.address}: refuses XX_OLD: {WHY_REFUSED}"
    assert content(tmp_path) == b"".join(RECORDS)


def test_a_server_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receivings, "START_S", 0.1)
    lines: list[str] = []
    request = SeedlinkRequest(("127.0.0.1", 1), parse_stations("XX_AAA"), tmp_path / "sds")
    with receiving(request, lines.append, QUICK) as goes_on:
        until(lambda: len(lines) > 3)
        assert goes_on()
    told = [line.partition("again in ")[2] for line in lines[:4]]
    assert told == ["0.02 s", "0.04 s", "0.08 s", "0.10 s"]
    assert "127.0.0.1:1: cannot be reached: Connection refused; trying" in lines[0]


def test_what_came_is_told_and_which_stations_are_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = 1000.0
    monkeypatch.setattr(receivings, "time", SimpleNamespace(monotonic=lambda: now_s))
    server, lines = SeedlinkServer(), []
    server.add(RECORDS)
    server.add([], "XX_BBB")
    asking = replace(QUICK, idle_s=0.02)  # the server is asked at each look, near enough
    with serving(server), receiving(request_of(server, tmp_path, "XX_*"), lines.append, asking):
        until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
        n_told = []
        for later_s in (59.0, 1.0, 599.0, 1.0):
            now_s += later_s
            n_before = len(server.said("INFO"))
            # between two questions there was a look
            until(lambda n=n_before + 2: len(server.said("INFO")) >= n)
            n_told.append(len(lines) - 1)
    assert n_told == [0, 1, 1, 2]
    came = f"{len(RECORDS)} records of 1 channel written, 0 came twice, 0 left out"
    assert [line.partition(": ")[2] for line in lines[1:]] == [
        f"{came}; nothing for 60.0 s from XX_BBB",
        f"{came}; nothing for 10.0 min from XX_AAA, XX_BBB",
        came,
    ]


def test_the_only_station_of_a_server_that_has_several(tmp_path: Path) -> None:
    lines: list[str] = []
    server = SeedlinkServer(is_uni_station=True, noise=b"ERROR\r\n")
    server.add(RECORDS)
    with serving(server), receiving(request_of(server, tmp_path, ""), lines.append, QUICK):
        until(lambda: len(lines) > 1)
    assert lines[0].endswith("connected, asked for its only station")
    assert "the server answers 'ERROR' (it may want its stations named); trying" in lines[1]


def test_a_disk_that_is_full_for_a_while_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, lines = SeedlinkServer(), []
    server.add(RECORDS)
    left = [7]
    write = receivings.Archive.add

    def add(archive: receivings.Archive, *given) -> bool:
        left[0] -= 1
        if left[0] in (0, 2, 4):
            raise OSError(28, "No space left on device", str(tmp_path / "file"))
        return write(archive, *given)

    monkeypatch.setattr(receivings.Archive, "add", add)
    with serving(server), receiving(request_of(server, tmp_path), lines.append, QUICK):
        until(lambda: len(content(tmp_path)) == len(RECORDS) * 512)
    assert content(tmp_path) == b"".join(RECORDS)
    full = f"{server.address}: {tmp_path}/file: No space left on device; trying again in"
    # what little can be written in between is no reason to try more often
    assert [line for line in lines if full in line] == [f"{full} 0.0{n} s" for n in (2, 4, 8)]


def test_two_runs_do_not_write_one_archive(tmp_path: Path) -> None:
    server = SeedlinkServer()
    server.add(RECORDS)
    held = pytest.raises(DeepQuakeError, match=f"process {os.getpid()} .* is writing seedlink")
    with serving(server), receiving(request_of(server, tmp_path), print, QUICK), held:
        receive(request_of(server, tmp_path), print, QUICK)


def test_what_fails_beside_a_block_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bool:
        raise RuntimeError("a defect")

    monkeypatch.setattr(receivings.Archive, "add", fails)
    server = SeedlinkServer()
    server.add(RECORDS)
    defect = pytest.raises(RuntimeError, match="a defect")
    with serving(server), defect, receiving(request_of(server, tmp_path), print, QUICK) as goes_on:
        until(lambda: not goes_on())


def test_packets_are_as_the_manual_has_them() -> None:
    assert packet(0xFFFFFF, b"x")[:9] == b"SLFFFFFFx" and packet(1 << 24, b"x")[:8] == b"SL000000"
    assert str(Receipt()) == "0 records of 0 channels written, 0 came twice, 0 left out"
