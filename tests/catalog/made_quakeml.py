"""QuakeML as agencies write it, for tests: an event of origins, arrivals and picks."""

from dataclasses import dataclass, field

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" '
    'xmlns:q="http://quakeml.org/xmlns/quakeml/1.2"><eventParameters publicID="smi:x/all">'
)
TAIL = "</eventParameters></q:quakeml>"
DAY = "2019-07-04T"


@dataclass
class Origin:
    """One origin; ``arrivals`` are pick names with phase and timeWeight ("" for none)."""

    name: str
    clock: str = "17:02:55"
    latitude: float = 10.2
    mode: str = "manual"
    made: str = ""
    arrivals: list[tuple[str, str, str]] = field(default_factory=list)
    more: str = ""  # further elements

    def text(self) -> str:
        """Return the element."""
        arrivals = "".join(
            f'<arrival publicID="smi:x/arr/{self.name}{pick}"><pickID>smi:x/pick/{pick}</pickID>'
            f"<phase>{phase}</phase>{element('timeWeight', weight)}</arrival>"
            for pick, phase, weight in self.arrivals
        )
        made = element("creationTime", self.made and DAY + self.made)
        return (
            f'<origin publicID="smi:x/origin/{self.name}"><time><value>{DAY}{self.clock}Z</value>'
            f"</time><latitude><value>{self.latitude}</value></latitude><longitude><value>-67.9"
            f"</value></longitude><depth><value>5000</value></depth>{self.more}"
            f"{element('evaluationMode', self.mode)}<creationInfo><agencyID>FUN</agencyID>{made}"
            f"</creationInfo>{arrivals}</origin>"
        )


@dataclass
class QuakePick:
    """One pick, as ``NET.STA``."""

    name: str
    clock: str
    code: str = "VE.MCB"
    hint: str = "P"
    more: str = ""

    def text(self) -> str:
        """Return the element."""
        network, _, station = self.code.partition(".")
        return (
            f'<pick publicID="smi:x/pick/{self.name}"><time><value>{DAY}{self.clock}Z</value>'
            f'</time><waveformID networkCode="{network}" stationCode="{station}" '
            f'channelCode="HHZ"></waveformID>{element("phaseHint", self.hint)}{self.more}</pick>'
        )


def element(name: str, text: str) -> str:
    """Return an element, none without a text."""
    return f"<{name}>{text}</{name}>" if text else ""


def quakeml(
    origins: list[Origin], picks: list[QuakePick], *, kind: str = "earthquake", more: str = ""
) -> str:
    """Return the element of one event."""
    inner = "".join(part.text() for part in [*origins, *picks])
    return f'<event publicID="smi:x/event/e1">{more}{element("type", kind)}{inner}</event>'


def preferred(name: str) -> str:
    """Return the element that names the preferred origin."""
    return f"<preferredOriginID>smi:x/origin/{name}</preferredOriginID>"
