"""A small catalogue in each format that docs/formats.md names, by the name it has there."""

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.nordic.writer import event_lines
from deepquake.core.times import parse_iso

ORIGIN = "2021-05-03T10:20:30.500"


def made_event() -> Event:
    """Return an event of which all is known that an s-file holds."""
    origin = parse_iso(ORIGIN)
    p = Pick("BAUV", "P", origin + 4.2, channel="HZ", onset="I", polarity="C")
    s = Pick("BAUV", "S", origin + 7.4, channel="HN", weight=2, automatic=True)
    magnitude = Magnitude(2.1, "L", "FUN")
    return Event(
        *("20210503102030", origin, 10.25, -67.5, 5.0),
        magnitudes=[magnitude],
        picks=[p, s],
        agency="FUN",
        distance="L",
        kind="blast",
    )


def sfile() -> str:
    """Return the s-file of the event, with a residual of its P."""
    lines = [
        f"{line[:63]} 0.10{line[68:]}" if line.startswith(" BAUV HZ") else line
        for line in event_lines(made_event())
    ]
    return "\n".join([*lines, "", ""])


def quakeml() -> str:
    """Return the event in QuakeML, with a residual and a score as step 6 writes it."""
    return """<?xml version="1.0"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
<eventParameters publicID="smi:x/all"><event publicID="smi:x/event/a1">
<preferredOriginID>smi:x/o1</preferredOriginID><type>quarry blast</type>
<origin publicID="smi:x/o1"><time><value>2021-05-03T10:20:30.5Z</value></time>
<latitude><value>10.25</value></latitude><longitude><value>-67.5</value></longitude>
<depth><value>5000</value></depth>
<arrival publicID="smi:x/a1"><pickID>smi:x/p1</pickID><phase>P</phase>
<timeResidual>0.1</timeResidual><timeWeight>1</timeWeight></arrival>
<arrival publicID="smi:x/a2"><pickID>smi:x/p2</pickID><phase>S</phase>
<timeResidual>0.1</timeResidual><timeWeight>0</timeWeight></arrival></origin>
<magnitude publicID="smi:x/m1"><mag><value>2.1</value></mag><type>ML</type></magnitude>
<pick publicID="smi:x/p1"><time><value>2021-05-03T10:20:34.7Z</value></time>
<waveformID networkCode="VE" stationCode="BAUV" channelCode="HHZ"/>
<polarity>positive</polarity><evaluationMode>automatic</evaluationMode>
<comment><text>score 0.95</text></comment></pick>
<pick publicID="smi:x/p2"><time><value>2021-05-03T10:20:37.9Z</value></time>
<waveformID networkCode="VE" stationCode="BAUV" channelCode="HHN"/></pick>
</event></eventParameters></q:quakeml>
"""


GAMMA = {
    "events.csv": "time\tmagnitude\tlongitude\tlatitude\tdepth(m)\tcovariance\tevent_idx\n"
    "2021-05-03T10:20:30.500\t2.1\t-67.5\t10.25\t5000\t0.2,0.1,0.0\t3\n",
    "picks.csv": "id\ttimestamp\ttype\tprob\tamp\tevent_idx\tprob_gamma\n"
    "VE.BAUV..HH\t2021-05-03T10:20:34.700\tp\t0.95\t0.001\t3\t0.9\n"
    "VE.BAUV..HH\t2021-05-03T10:20:37.900\ts\t0.85\t0.001\t3\t0.9\n",
}
PYOCTO = {
    "events.csv": "idx,time,x,y,z,picks,latitude,longitude,depth\n"
    "3,2021-05-03 10:20:30.500000+00:00,1.0,2.0,5.0,2,10.25,-67.5,5.0\n",
    "assignments.csv": "event_idx,pick_idx,residual,station,phase,time\n"
    "3,1,0.1,VE.BAUV,P,1620037234.7\n3,2,0.2,VE.BAUV,S,1620037237.9\n",
}
PHASENET = """station_id,phase_index,phase_time,phase_score,phase_type
VE.BAUV..HH,3470,2021-05-03T10:20:34.700,0.91,P
VE.BAUV..HH,3790,2021-05-03T10:20:37.900,0.81,S
"""
EQTRANSFORMER = (
    "file_name,network,station,instrument_type,station_lat,station_lon,station_elv,"
    "event_start_time,event_end_time,detection_probability,detection_uncertainty,p_arrival_time,"
    "p_probability,p_uncertainty,p_snr,s_arrival_time,s_probability,s_uncertainty,s_snr\n"
    "BAUV_x,VE,BAUV,HH,10.3,-67.4,400.0,2021-05-03 10:20:34.70,2021-05-03 10:20:44,0.8,,"
    "2021-05-03 10:20:34.70,0.7,,10.1,2021-05-03 10:20:37.90,0.6,,7.1\n"
)
SEISBENCH = (
    "trace_name,station_code,station_network_code,source_id,source_origin_time,"
    "source_latitude_deg,source_longitude_deg,source_depth_km,source_magnitude,trace_start_time,"
    "trace_sampling_rate_hz,trace_p_arrival_sample,trace_p_status,trace_s_arrival_sample\n"
    "b$0,BAUV,VE,e1,2021-05-03T10:20:30.5,10.25,-67.5,5.0,2.1,2021-05-03T10:20:27.7,100,700,"
    "automatic,1020\n"
)
STEAD = (
    "network_code,receiver_code,receiver_type,p_arrival_sample,p_status,p_weight,s_arrival_sample,"
    "s_status,s_weight,source_id,source_origin_time,source_latitude,source_longitude,"
    "source_depth_km,source_magnitude,trace_start_time,trace_category,trace_name\n"
    "VE,BAUV,HH,700.0,manual,0.9,1020.0,automatic,0.5,e1,2021-05-03 10:20:30.5,10.25,-67.5,5.0,"
    "2.1,2021-05-03 10:20:27.70,earthquake_local,BAUV.VE_2021\n"
)
QM_PICKS = """Station,Phase,ModelledTime,PickTime,PickError,SNR,Residual
BAUV,P,2021-05-03T10:20:34.6Z,2021-05-03T10:20:34.7Z,0.08,16.2,0.1
BAUV,S,2021-05-03T10:20:37.8Z,2021-05-03T10:20:37.9Z,0.08,12.2,0.1
"""
QUAKEMIGRATE = {
    "20210503102030500.event": "EventID,DT,X,Y,Z,COA,ML\n"
    "20210503102030500,2021-05-03T10:20:30.500000Z,-67.5,10.25,5.0,4.9,2.1\n",
    "20210503102030500.picks": QM_PICKS,
}
HYPO71 = "BAUVIPC0 210503102034.70      37.90ES 2\n                 10\n"
Y2000 = (
    "202105031020305010 1500 67 3000  500210\n"
    "BAUV VE  HHZ IPU0202105031020 3470  10  0 3790ES 2\n"
    "                                                                  38443\n"
)
REAL = (
    "   1   2021 05 03 10:20:30.500   37230.500  0.0873     10.2500    -67.5000     5.00"
    "   2.100   0.123    1    1    2    1   50.00\n"
    "   VE      BAUV    P   37234.7000    4.2000 5.20e-02  0.1000   0.9100  12.0000\n"
    "   VE      BAUV    S   37237.9000    7.4000 5.20e-02  0.1000   0.8100  12.0000\n"
)
HYPODD_PHA = """#  2021  5  3 10 20 30.50  10.2500  -67.5000   5.00 2.1 0.1 0.2 0.05  38443
BAUV   4.200  1.000  P
BAUV   7.400  0.500  S
"""
HYPODD_RELOC = (
    "    38443  10.250000  -67.500000    5.000     -1.0      2.0      3.0    10.0    10.0   10.0"
    " 2021  5  3 10 20 30.500 2.1    0    0   12   10  0.010  0.020   1\n"
)
NLL_OBS = (
    "BAUV   ?    HHZ  i P      c 20210503 1020 34.7000 GAU  2.00e-02 -1.00e+00 -1.0e+00 -1.0e+00\n"
    "BAUV   ?    HHN  e S      ? 20210503 1020 37.9000 GAU  5.00e-02 -1.00e+00 -1.0e+00 -1.0e+00\n"
)
EVENTS = """event_id,time,latitude,longitude,depth,mag,magType,type,author
a1,2021-05-03T10:20:30.5,10.25,-67.5,5.0,2.1,ml,quarry blast,FUN
"""
PICKS = """event_id,network,station,phase,time,weight,evaluation_mode,probability,residual,polarity
a1,VE,BAUV,P,2021-05-03T10:20:34.7,0,manual,,0.1,U
a1,VE,BAUV,S,2021-05-03T10:20:37.9,2,automatic,0.8,0.2,
"""
SCEDC = """#YYY/MM/DD HH:mm:SS.ss ET GT MAG  M    LAT     LON     DEPTH Q  EVID     NPH NGRM
2021/05/03 10:20:30.50 qb  l 2.10 l   10.250  -67.500   5.0 A 38443095   45 1000
"""
ZMAP = "-67.5\t10.25\t2021.335\t5\t3\t2.1\t5.0\t10\t20\t30.5\n"
OLD_JSON = """{"events": [{"eventOriginTime": "2021-05-03T10:20:30.5", "lat": 10.25, "lon": -67.5,
 "depth": 5.0, "detections": [{"station": "BAUV", "ptime": "2021-05-03T10:20:34.7"}]}]}
"""

SAMPLES: dict[str, dict[str, str]] = {
    "s-files (SEISAN, Nordic)": {"a.S202105": sfile()},
    "QuakeML, and what else ObsPy reads": {"a.xml": quakeml()},
    "`catalog.json` of the project of 2018": {"catalog.json": OLD_JSON},
    "tables of events": {"events.csv": EVENTS},
    "tables of picks, joined to those of events by id": {"events.csv": EVENTS, "picks.csv": PICKS},
    "SCEDC": {"2021.catalog": SCEDC},
    "ZMAP": {"zmap.txt": ZMAP},
    "PhaseNet": {"picks.csv": PHASENET},
    "EQTransformer": {"X_prediction_results.csv": EQTRANSFORMER},
    "GaMMA, QuakeFlow": GAMMA,
    "PyOcto": PYOCTO,
    "REAL": {"phase_sel.txt": REAL},
    "SeisBench": {"metadata.csv": SEISBENCH},
    "STEAD": {"chunk1.csv": STEAD},
    "QuakeMigrate": QUAKEMIGRATE,
    "HYPO71, HYPOELLIPSE phases": {"a.pha": HYPO71},
    "HYPOINVERSE-2000": {"a.phs": Y2000},
    "HypoDD `.pha`": {"a.pha": HYPODD_PHA},
    "HypoDD `.reloc`": {"hypoDD.reloc": HYPODD_RELOC},
    "NonLinLoc `.obs`": {"a.obs": NLL_OBS},
}
