"""The program that receives records from a SeedLink server: what it says, and Ctrl-C."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deepquake.core import cli
from deepquake.core.errors import DeepQuakeError
from deepquake.tools import seedlink
from tests.conftest import ROOT
from tests.waveforms.seedlink.seedlink_server import SeedlinkServer, made_records, serving

RECORDS = made_records(seconds=20)
SPAN = "--starttime", "2024-03-01T12:00", "--endtime", "2024-03-01T13:00"


def receive(monkeypatch: pytest.MonkeyPatch, server: str, folder: Path, *more: object) -> None:
    """Run the program."""
    given = "--server", server, "--output_dir", folder, *more
    monkeypatch.setattr(sys, "argv", ["seedlink", *map(str, given)])
    seedlink.main()


def test_it_says_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = SeedlinkServer()
    server.add([*RECORDS, *made_records(channel="LHZ")])
    with serving(server):
        receive(monkeypatch, server.address, tmp_path / "sds", "--stations", "XX_*", *SPAN)
    _, connected, came = capsys.readouterr().out.splitlines()
    assert connected.endswith(f" {server.address}: connected, asked for XX_AAA")
    n_left_out = len(made_records(channel="LHZ"))
    counts = f"{len(RECORDS)} records of 1 channel written, 0 came twice, {n_left_out} left out"
    why = f"LH?, not in sensor_order ({n_left_out})"
    assert came.endswith(f" {server.address}: {counts}: {why}")
    path = tmp_path / "sds/2024/XX/AAA/HHZ.D/XX.AAA..HHZ.D.2024.061"
    assert path.read_bytes() == b"".join(RECORDS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--stations", "AAA"), "--stations: takes stations such as 'CH_DAVOX"),
        (("--stations", "XX_AAA:HH*"), "--stations: takes selectors such as HH?"),
        (("--stations", "XX_AAA", "--endtime", "2024-03-01"), "--endtime needs an earlier --st"),
        (("--stations", "XX_AAA", "--server", "a:b"), "--server: takes HOST:PORT"),
        ((), "required: --stations"),
    ],
)
def test_what_is_wrong_on_the_command_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: tuple[str, ...],
    message: str,
) -> None:
    with pytest.raises(SystemExit) as end:
        receive(monkeypatch, "127.0.0.1:1", tmp_path / "sds", *given)
    assert end.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "sds").exists()


def test_what_a_server_refuses_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refuses = pytest.raises(DeepQuakeError, match="refuses XX_AAA")
    with serving(SeedlinkServer()) as server, refuses:
        receive(monkeypatch, server.address, tmp_path / "sds", "--stations", "XX_AAA")
    assert not (tmp_path / "sds").exists()


def test_ctrl_c_ends_it_and_keeps_what_came(tmp_path: Path) -> None:
    server = SeedlinkServer()
    server.add(RECORDS)
    given = ["--stations", "XX_AAA", "--output_dir", str(tmp_path), *SPAN[:2]]
    with serving(server):
        command = [sys.executable, "-m", "deepquake.tools.seedlink", "--server", server.address]
        child = subprocess.Popen(
            [*command, *given], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        while "connected" not in child.stdout.readline():
            pass
        path = tmp_path / "2024/XX/AAA/HHZ.D/XX.AAA..HHZ.D.2024.061"
        while not path.exists() or path.stat().st_size < len(RECORDS) * 512:
            assert child.poll() is None
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=20)
    assert (child.returncode, said) == (130, "stopped\n")
    assert path.read_bytes() == b"".join(RECORDS)
    assert [p.name for p in tmp_path.glob(".*")] == [f".seedlink-127.0.0.1-{server.port}.json"]


def test_errors_of_a_parser_are_told_word_for_word() -> None:
    with pytest.raises(cli.argparse.ArgumentTypeError, match="^takes a thing$"):
        cli.told(lambda _: (_ for _ in ()).throw(ValueError("takes a thing")))("x")
