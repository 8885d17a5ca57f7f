"""The names of the columns of lists of picks."""

import pytest

from deepquake.catalog.columns import header_of, kind_of_table
from deepquake.catalog.picks.columns import columns_of_picks, phases_of


def columns(header: str) -> dict[str, str]:
    """Return what each name of a header is taken for, of those that are known."""
    found = header_of(f"{header}\n")
    assert kind_of_table(found) == "picks"
    named = zip(found.names, found.columns, strict=True)
    return {name: column for name, column in named if column}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "file_name,begin_time,station_id,phase_index,phase_time,phase_score,phase_type",
            "station_id=station phase_time=time phase_score=score phase_type=phase",
        ),
        (
            "id\ttimestamp\ttype\tprob\tamp\tevent_idx\tprob_gamma",
            "id=station timestamp=time type=phase prob=score event_idx=event_id",
        ),
        (
            "trace_id,start_time,end_time,peak_time,peak_value,phase",
            "trace_id=station peak_time=time peak_value=score phase=phase",
        ),
        (
            "seedid,phasename,time,probability",
            "seedid=station phasename=phase time=time probability=score",
        ),  # fmt: skip
        (
            "event_id,time,station,phase,arrival_time",
            "event_id=event_id time=origin_time station=station phase=phase arrival_time=time",
        ),
        ("id,station,phase,time", "id=row_id station=station phase=phase time=time"),
        ("station,phase,ptime,timestamp", "station=station phase=phase timestamp=time"),
        (
            "Station,Phase,ModelledTime,PickTime,PickError,SNR,Residual",
            "Station=station "
            "Phase=phase ModelledTime=modelled_time PickTime=time Residual=residual",
        ),  # fmt: skip
        (
            "evid,time,lat,lon,sta,p_time,s_time",
            "evid=event_id time=origin_time lat=latitude "
            "lon=longitude sta=station p_time=time:P s_time=time:S",
        ),  # fmt: skip
        (
            "station,trace_start_time,trace_sampling_rate_hz,trace_Pg_arrival_sample,trace_Pg_status,"
            "trace_PmP_arrival_sample",
            "station=station trace_start_time=start "
            "trace_sampling_rate_hz=rate trace_Pg_arrival_sample=sample:Pg "
            "trace_Pg_status=status:Pg",
        ),  # fmt: skip
        (
            "station,p_arrival_time,p_probability,p_snr,s_arrival_time",
            "station=station p_arrival_time=time:P p_probability=score:P s_arrival_time=time:S",
        ),  # fmt: skip
        (
            "station,phase,time,event_type,type",
            "station=station phase=phase time=time event_type=kind",
        ),
        ("station,phase,time,time_utc", "station=station phase=phase time_utc=time"),
        (
            "evento;estacion;fase;fecha;hora",
            "evento=event_id estacion=station fase=phase fecha=date hora=hour",
        ),  # fmt: skip
        ("station,phase,time,type", "station=station phase=phase time=time type=kind"),
    ],
)
def test_columns_of_programs(header: str, expected: str) -> None:
    assert columns(header) == dict(pair.split("=") for pair in expected.split())


def test_those_of_the_isc_are_twice_there() -> None:
    names = "STA LAT LON ISCPHASE REPPHASE DATE TIME TDEF DATE TIME LAT LON DEPFIX AUTHOR TYPE MAG"
    expected = (
        "station - - phase reported_phase date time in_origin origin_date origin_time latitude "
        "longitude depth_fixed agency magnitude_kind magnitude"
    )
    found = header_of(f"TYPE,{names.replace(' ', ',')}\n").columns
    assert [column or "-" for column in found] == ["kind", *expected.split()]
    assert columns("STA,ISCPHASE,ARRIVAL_DATE,ARRIVAL_TIME,ORIGIN_DATE,ORIGIN_TIME") == {
        "STA": "station", "ISCPHASE": "phase", "ARRIVAL_DATE": "date", "ARRIVAL_TIME": "time",
        "ORIGIN_DATE": "origin_date", "ORIGIN_TIME": "origin_time",
    }  # fmt: skip


@pytest.mark.parametrize(
    "names", ["station phase", "phase time", "id type time latitude", "station latitude time", ""]
)
def test_what_is_no_list_of_picks_has_no_such_columns(names: str) -> None:
    known = [name if name == "latitude" else "" for name in names.split()]
    assert columns_of_picks(names.split(), known) == []


def test_phases_that_have_columns() -> None:
    assert phases_of(["time:P", "score:P", "sample:Sn", "time"]) == ["P", "Sn"]
