"""Kinds of events: what the formats write, in words of ours, and what is no event at all."""

from functools import lru_cache

from deepquake.catalog.events import Event

EARTHQUAKE = "earthquake"  # what nobody tells, too
# What ``event_kinds`` may hold, as ``kind_of_event`` tells them.
EVENT_KINDS = (
    *(EARTHQUAKE, "teleseism", "volcanic", "explosion", "blast", "ice", "thunder"),
    *("landslide", "rockburst", "other"),
)
TELESEISM = "D"  # the distance of an event, as SEISAN writes it
# What a catalogue calls so is no event, or another one told again.
NO_EVENT_WORDS = frozenset(
    (
        *(
            "deleted",
            "rejected",
            "dismissed",
            "cancelled",
            "canceled",
            "duplicate",
            "false",
            "fake",
        ),
        *("noise", "glitch", "calibration", "not existing", "non existing", "false trigger"),
        *("fake event", "not an event", "eliminado", "rechazado", "descartado", "anulado"),
        *("duplicado", "falso", "ruido", "no existe", "no existente"),
    )
)

# What the formats write, by our word. In two letters: those of the ISC and the IASPEI (k known,
# s suspected: KOERI writes Ke and Sm) and those of the networks of California and Washington. In
# full: the types of QuakeML and SeisComP, and words of Spanish catalogues.
WRITTEN = {
    "": "unknown,uk,unk,not reported,not locatable,seismic event,event,u,desconocido,no reportado",
    "earthquake": "q,*,eq,ke,se,fe,de,le,re,local,regional,local earthquake,"
    "regional earthquake,tectonic earthquake,tectonic,natural,sismo,terremoto,temblor,tectonico,"
    "sismo local,sismo regional,sismo tectonico",
    "induced": "i,ki,si,induced or triggered event,induced earthquake,induced event,triggered,"
    "reservoir loading,fluid injection,fluid extraction,inducido,sismo inducido",
    "volcanic": "v,vt,lp,lf,ve,volcanic eruption,volcanic event,volcanic earthquake,"
    "volcano-tectonic,volcano-tectonico,volcanotectonico,tremor,long period,volcanico,"
    "sismo volcanico",
    "explosion": "e,ex,kh,sh,kx,sx,kn,sn,nt,chemical explosion,nuclear explosion,"
    "experimental explosion,accidental explosion,controlled explosion,industrial explosion,shot,"
    "explosion nuclear",
    "probable explosion": "p,px,suspected explosion,explosion suspected,explosion probable,"
    "posible explosion,possible explosion",
    "blast": "qb,km,sm,quarry blast,quarry,mining explosion,mine blast,blasting levee,"
    "road cut,mining,voladura,cantera,explosion de cantera,explosion en cantera,"
    "explosion minera,explosion en mina",
    "ice": "c,g,ice quake,icequake,glacier,glacial,glaciar",
    "thunder": "s,th,sonic boom,sonic blast,sonic,acoustic noise,acoustic,atmospheric event,trueno",
    "landslide": "l,x,ls,rs,av,df,slide,rockslide,rockfall,avalanche,snow avalanche,"
    "debris avalanche,debris flow,deslizamiento,derrumbe",
    "rockburst": "r,kr,sr,rb,co,bc,rock burst,collapse,cavity collapse,mine collapse,"
    "building collapse,colapso,estallido de roca",
    "other": "o,ot,other event,outside of network interest,anthropogenic event,hydroacoustic event,"
    "meteorite,crash,plane crash,train crash,boat crash,otro",
}
WORD_OF = {
    text: word for word, texts in WRITTEN.items() for text in (word, *texts.split(",")) if text
}
ACCENTS = str.maketrans("áéíóúñ_", "aeioun ")


@lru_cache(maxsize=1024)
def kind_from(text: str) -> str | None:
    """Return our word for the kind of event a format tells, None where that is not known.

    What tells nothing, or that nothing is known, is "". Letters are those of SEISAN.
    """
    told = _plain_kind(text)
    return WORD_OF.get(told) if told else ""


def is_no_event(text: str) -> bool:
    """Return whether a type or a status says that there was no event, or that it is told twice."""
    return _plain_kind(text) in NO_EVENT_WORDS


def kind_of_event(event: Event) -> str:
    """Return which of ``EVENT_KINDS`` an event is; what nobody tells is an earthquake."""
    if event.distance == TELESEISM:
        return "teleseism"
    if event.kind in ("", "induced"):
        return EARTHQUAKE
    return "explosion" if event.kind == "probable explosion" else event.kind


def _plain_kind(text: str) -> str:
    return " ".join(text.lower().translate(ACCENTS).split())
