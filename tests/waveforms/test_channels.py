"""What channels are: by code, by the name of a file, by a channel map."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.waveforms.channels import component_of, component_of_name, read_channel_map
from deepquake.waveforms.recording import Codes
from tests.waveforms.waveform_files import messages

HEADER = "file,file_station,file_channel,network,station,component"


@pytest.mark.parametrize(
    ("codes", "component"),
    [
        (("HHZ", "hhz", "BH3", "EL Z", "Z", "z", "3", "UD", "U-D", "UD1", "V", "DPZ", "Z1"), "Z"),
        (("HHN", "ehn", "HH1", "BHY", "N", "1", "y", "NS", "N-S", "NS2", "N1", "N2"), "N"),
        (("HHE", "EHe", "HH2", "BHX", "E", "2", "x", "EW", "ew", "EW2", "E1"), "E"),
        (("LOG", "BDF", "HHR", "VCO", "", "ACE1Q", "T"), ""),
    ],
)
def test_channel_codes_are_mapped_by_the_table(codes: tuple[str, ...], component: str) -> None:
    assert {code: component_of(code)[0] for code in codes} == dict.fromkeys(codes, component)


def test_the_components_of_a_sensor_share_its_code() -> None:
    assert {component_of(code)[1] for code in ("HHZ", "HH1", "hhe")} == {"HH"}
    assert {component_of(code)[1] for code in ("UD2", "NS2", "EW2")} == {"2"}
    assert {component_of(code)[1] for code in ("Z1", "n1", "E1")} == {"1"}


def test_names_of_files_tell_components() -> None:
    assert component_of_name("2024.001.ABC.HHZ.sac") == ("Z", "HH")
    assert component_of_name("abc_n.gse") == ("N", "")
    assert component_of_name("KNET01.EW2") == ("E", "2")
    assert component_of_name("readme.txt") == ("", "")


@pytest.fixture
def written(tmp_path: Path):
    """A function that writes a channel map and returns its path."""

    def write(text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / "channel_map.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


def codes(station: str, channel: str) -> Codes:
    """Return codes without network and location."""
    return Codes("", station, location="", channel=channel)


def test_the_first_row_that_fits_holds(written) -> None:
    rows = "*.EVT,mola,0,XX,MOL,HNZ", "*.evt,MOLA,?,,,N", ",,,,OTHER,Z", "*.never,,,,,E"
    found = read_channel_map(written("\n".join([HEADER, "# a comment", *rows])))
    first = found.find(Path("a/X.evt"), codes("MOLA", "0"))
    assert first is not None
    assert (first.network, first.station, first.component) == ("XX", "MOL", "HNZ")
    second = found.find(Path("X.evt"), codes("Mola", "5"))
    third = found.find(Path("X.sac"), codes("MOLA", "0"))
    fourth = found.find(Path("X.sac"), codes("", ""))
    assert second is not None and second.component == "N"
    assert third is not None and fourth is third and third.station == "OTHER"
    report = Report()
    found.tell(report)
    assert "tells what 4 channels are" in messages(report)
    assert "1 row fit no channel (line 6)" in messages(report)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheet_writes_it_too(written, encoding: str, separator: str) -> None:
    text = "File_Channel,Component\r\n0,Z\r\n\r\n1,hhn \r\n".replace(",", separator)
    found = read_channel_map(written(text, encoding))
    assert [(row.file_channel, row.component) for row in found.rows] == [("0", "Z"), ("1", "hhn")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lacks the column 'component'"),
        ("file,channel,component\n", "line 1: has the unknown column 'channel'"),
        ("file,station\na,b\n", "lacks the column 'component'"),
        ("file,component\n", "holds no channel"),
        ("file,component\na,Z\nb,Q\n", "line 3: 'Q' tells no component"),
        ("file,component\na,\n", "line 2: '' tells no component"),
        ("file,component\na,Z,b\n", "line 2: has more cells than the header"),
        ("\0\x01\x02", "line 1: "),
    ],
)
def test_what_is_no_channel_map_is_told(written, text: str, message: str) -> None:
    path = written(text)
    with pytest.raises(DeepQuakeError, match=message) as raised:
        read_channel_map(path)
    assert str(raised.value).startswith(str(path)) and "\n" not in str(raised.value)


def test_a_map_that_is_not_there_or_too_large_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="cannot be read: No such file"):
        read_channel_map(tmp_path / "gone.csv")
    with pytest.raises(DeepQuakeError, match="cannot be read"):
        read_channel_map(tmp_path)
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(20 << 30)
    with pytest.raises(DeepQuakeError, match="too large"):
        read_channel_map(path)


def test_a_channel_table_of_win_is_read(written) -> None:
    rows = "14a3 0 3 N.WNNH U 6 8 160.0", "14A4 1 3 E.ABC NS 6 8", "", "14A5 0 3 XYZ UB 1"
    table = "\n".join(["# \x8a\xcf\x91\xaa", *rows])
    found = read_channel_map(written(table, "latin-1"))
    told = [(r.line, r.file_channel, r.network, r.station, r.component) for r in found.rows]
    assert told == [
        (2, "14a3", "N", "WNNH", "U"),
        (3, "14A4", "E", "ABC", "NS"),
        (5, "14A5", "", "XYZ", "UB"),
    ]
    assert found.find(Path("x.cnt"), codes("", "14A3")) is found.rows[0]
