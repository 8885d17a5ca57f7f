"""The settings of a run by subject, each declared once: type, default, range and help.

A function takes the subject it needs (``RecordSettings``), not all of them. The names are the keys
of .ini files and the options of the command line; how they are read: ``configuration``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

COMPONENTS = "ZNE"
DEFAULT_NAME = "config_default.ini"
UNET = "UNet"  # the model that tells the times of arrivals


def setting(default: Any, meaning: str, **limits: Any) -> Any:
    """Declare a setting: a field of one of the dataclasses below.

    Parameters
    ----------
    default : bool, int, float or str
        The value where none is given.
    meaning : str
        Help text: what it is, with its unit.
    **limits
        Of a number ``above``, ``least``, ``most``; of a text the ``choices`` (``Declaration``).
    """
    return field(default=default, metadata={"meaning": meaning, **limits})


@dataclass(frozen=True)
class RunSettings:
    """How a step runs: what it says and draws, and who shares its work."""

    debug: bool = setting(False, "say more while running, and list every problem at the end")
    workers: int = setting(1, "processes that share the work; 0 is all cores")
    dask_address: str = setting("", "Dask scheduler that shares the work: tcp://HOST:PORT or file")
    random_seed: int = setting(1, "seed of every random choice; the same seed gives the same bytes")
    plot: bool = setting(
        True, "draw the pictures of the step; without, report.html has tables only"
    )
    plot_windows: bool = setting(False, "step 1: draw a picture of every window too")


@dataclass(frozen=True)
class RecordSettings:
    """What is read of the records, and how it is filtered and scaled."""

    sampling_rate: float = setting(100.0, "samples per second every record is brought to", above=0)
    component_Z: bool = setting(True, "use the vertical component")
    component_N: bool = setting(False, "use the north component")
    component_E: bool = setting(False, "use the east component")
    sensor_order: str = setting(
        "HH,EH,BH,SH,EL,DP,HN,HL,EN,CH",
        "where a station has several sensors, the first of these band and instrument codes is used",
    )
    channel_map: str = setting(
        "",
        "table (CSV) of what channels are, where the records do not say; empty: channel_map.csv "
        "in, beside or above the waveforms",
    )
    allow_upsampling: bool = setting(False, "upsample records of less than 50 samples per second")
    filter_highpass: float = setting(2.0, "high-pass corner in Hz, before windows are cut; 0: none")
    filter_lowpass: float = setting(0.0, "low-pass corner in Hz, before windows are cut; 0: none")
    normalization: str = setting(
        "std",
        "amplitude of each window: max (divide by the largest absolute value of all components), "
        "std (by the standard deviation) or none",
        choices=("max", "std", "none"),
    )

    @property
    def sensors(self) -> tuple[str, ...]:
        """The band and instrument codes of ``sensor_order``."""
        codes = (code.strip().upper() for code in self.sensor_order.split(","))
        return tuple(code for code in codes if code)

    @property
    def components(self) -> str:
        """The components in use, in the order of the rows of a window: some of 'ZNE'."""
        return "".join(c for c in COMPONENTS if getattr(self, f"component_{c}"))

    @property
    def corners_hz(self) -> tuple[float, float]:
        """The corners of high-pass and low-pass; 0 is none."""
        return self.filter_highpass, self.filter_lowpass

    @property
    def filter_text(self) -> str:
        """The filter in words: '2 to 15 Hz', 'above 2 Hz'; empty where there is none."""
        low, high = self.corners_hz
        if low and high:
            return f"{low:g} to {high:g} Hz"
        return f"above {low:g} Hz" if low else f"below {high:g} Hz" if high else ""


@dataclass(frozen=True)
class ArrivalSettings:
    """Where the stations are, and when waves that nobody picked arrive there."""

    stations_path: str = setting(
        "", "list of stations (CSV, StationXML, STATION0.HYP ...); empty: beside the waveforms"
    )
    elevation_positive: str = setting("up", "elevations grow up or down", choices=("up", "down"))
    elevation_unit: str = setting(
        "auto",
        "unit of elevations of stations where the file does not tell it; auto: by their values",
        choices=("auto", "km", "m"),
    )
    velocity_model_path: str = setting(
        "",
        "velocity model: CSV with depth,vp (km below sea level, km/s, linear in between) or "
        "top,vp (layers), and vs for S; empty is mean_velocity",
    )
    mean_velocity: float = setting(18000.0, "mean velocity of P in km/h, for estimates", above=0)
    min_pick_score: float = setting(
        0.3, "a pick with a lower score of its picker is no positive, but forbids noise", most=1
    )
    use_estimated_p: bool = setting(False, "take windows of estimated P as positives too")
    estimated_p_uncertainty: float = setting(
        2.0, "an estimated P may be wrong by this many seconds"
    )
    window_avoid_unpicked: float = setting(
        120.0, "seconds without noise after an event with neither pick nor estimate at a station"
    )
    noise_without_event: bool = setting(False, "take noise also from records without an event")


@dataclass(frozen=True)
class WindowSettings:
    """Which windows there are, and how far noise keeps away from arrivals."""

    window_size: float = setting(10.0, "length of a window in seconds", above=0)
    window_stride: float = setting(1.0, "step from one window to the next in seconds", above=0)
    window_stride_negatives: float = setting(
        0.0, "step from one noise window to the next in seconds; 0 is window_stride"
    )
    max_windows: int = setting(
        0,
        "step 1: at most this many noise windows of each stream, evenly spread; step 6: read at "
        "most this many windows of each stream; 0 is all",
    )
    pwave_window: float = setting(2.0, "a P lies at least half of these seconds from either end")
    window_avoid_negatives_before: float = setting(
        2.0, "a noise window ends more than this many seconds before what was read or may arrive"
    )
    window_avoid_negatives_after: float = setting(
        60.0, "a noise window starts more than this many seconds after what was read or may arrive"
    )
    save_windows: bool = setting(
        False, "write each window as a miniSEED file to look at (small data sets only)"
    )
    save_sac: bool = setting(False, "write each window as a SAC file as well")


@dataclass(frozen=True)
class DatasetSettings:
    """Which windows train the network, and which test it."""

    test_fraction: float = setting(0.2, "share of the events kept for testing, 0 to 1", most=1)
    split_by: str = setting(
        "event",
        "what is kept on one side of the split: all windows of an event, or each window alone",
        choices=("event", "window"),
    )
    balance: bool = setting(False, "as many noise windows as there are positives, drawn at random")
    event_kinds: str = setting(
        "earthquake", "kinds of events to train on, separated by commas; others only forbid noise"
    )
    random_starts: bool = setting(
        True, "move each window of step 1 by a random part of a step, so that a P is anywhere in it"
    )
    random_placements: int = setting(0, "windows added for each P, which is anywhere in them")
    training_window: float = setting(
        90.0, "UNet: length in seconds of what is kept around each P, to cut windows from", above=0
    )


@dataclass(frozen=True)
class NetworkSettings:
    """The network: which, for how many classes, and the layers of ConvNetQuake2 and UNet."""

    model: str = setting(
        "ConvNetQuake",
        "ConvNetQuake or ConvNetQuake2 (is there an event in a window?), or UNet (when do P and S "
        "arrive?)",
        choices=("ConvNetQuake", "ConvNetQuake2", UNET),
    )
    n_clusters: int = setting(2, "number of classes: noise and each source region", least=2)
    num_conv_layers: int = setting(4, "ConvNetQuake2: number of convolutions", above=0)
    ksize: int = setting(20, "ConvNetQuake2: samples in a convolution's kernel", above=0)
    conv_stride: int = setting(2, "ConvNetQuake2: stride of a convolution", above=0)
    pooling: bool = setting(True, "ConvNetQuake2: max-pooling after each convolution")
    pooling_window: int = setting(5, "ConvNetQuake2: samples in a pooling window", above=0)
    pooling_stride: int = setting(2, "ConvNetQuake2: stride of a pooling window", above=0)
    num_fc_layers: int = setting(3, "ConvNetQuake2: dense layers, that of the classes too", above=0)
    fc_size: int = setting(10, "ConvNetQuake2: units of each dense layer but the last", above=0)
    batch_norm: bool = setting(
        False, "normalise the output of convolutions over the batch; a UNet always does"
    )
    phases: str = setting("P,S", "UNet: the phases it tells apart", choices=("P", "P,S"))
    unet_levels: int = setting(5, "UNet: resolutions it looks at the record in", least=2)
    unet_channels: int = setting(
        12,
        "UNet: channels at the finest resolution; half as many more at each coarser one",
        above=0,
    )
    unet_ksize: int = setting(7, "UNet: samples in a convolution's kernel", above=0)
    unet_stride: int = setting(4, "UNet: ratio of one resolution to the next", least=2)
    unet_stem_stride: int = setting(
        2, "UNet: stride of the first convolution; 1 takes twice the time", above=0
    )


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained."""

    learning_rate: float = setting(0.001, "step size of Adam", above=0)
    learning_rate_decay: str = setting(
        "cosine", "cosine (0 at max_checkpoint_step) or none (constant)", choices=("cosine", "none")
    )
    learning_rate_warmup: int = setting(
        0, "training steps in which the step size rises to learning_rate", least=0
    )
    weight_average: float = setting(
        0.99, "decay a step of the average of weights that is used afterwards; 0: the last", most=1
    )
    weight_decay: float = setting(0.001, "weight of the L2 penalty on the network's weights")
    batch_size: int = setting(128, "windows in a training step, half of them noise", least=2)
    display_step: int = setting(50, "show progress every this many steps", above=0)
    checkpoint_step: int = setting(100, "write a checkpoint every this many steps", above=0)
    max_checkpoint_step: int = setting(500, "stop after this many steps of training", above=0)
    resume: bool = setting(False, "go on from the newest checkpoint")
    validation_fraction: float = setting(0.1, "share of the training events held out", most=1)


@dataclass(frozen=True)
class AugmentationSettings:
    """How each training step varies its windows; 0 switches a kind off."""

    augment_noise_std: float = setting(0.0, "Gaussian noise added, in deviations of each trace")
    augment_mix_noise: float = setting(0.0, "share of windows with recorded noise added", most=1)
    augment_snr_min: float = setting(1.0, "minimum deviation of a window over that of added noise")
    augment_snr_max: float = setting(10.0, "maximum deviation of a window over that of added noise")
    augment_polarity: float = setting(0.5, "share of the windows turned upside down", most=1)
    augment_amplitude: float = setting(0.0, "scale components: deviation of the factor's logarithm")
    augment_dead_component: float = setting(0.0, "share of windows that lose one component", most=1)
    augment_stretch: float = setting(0.0, "stretch in time by up to this share, the P stays")
    augment_squeeze: float = setting(0.0, "UNet: squeeze in time by up to this share", most=0.9)
    augment_superpose: float = setting(
        0.0, "UNet: share of the events that another one is added to", most=1
    )
    augment_one_component: float = setting(
        0.0, "UNet: share of windows of which only the vertical component is left", most=1
    )
    augment_swap_horizontals: float = setting(
        0.0, "UNet: share of windows whose horizontal components change places", most=1
    )
    augment_burst: float = setting(0.0, "UNet: share of windows with a burst of noise", most=1)
    augment_spike: float = setting(0.0, "UNet: share of windows with spikes", most=1)
    augment_gap: float = setting(0.0, "UNet: share of windows with a gap", most=1)


@dataclass(frozen=True)
class DetectionSettings:
    """How step 6 goes through records, and what counts as an event."""

    window_step_predict: float = setting(1.0, "step of windows in seconds when detecting", above=0)
    detection_threshold: float = setting(
        0.0,
        "least score of an arrival, and of a window of an event; 0 is the network's own: that of "
        "the best F1 on what training held out",
        most=1,
    )
    alarms_per_day: float = setting(
        0.0,
        "where detection_threshold is 0: at most so many false alarms of each phase per "
        "station-day, in the noise that training held out; 0 is as many as the best F1 has",
    )
    pick_tolerance: float = setting(
        0.5, "a reading is found by a detection no more than this many seconds away"
    )
    annotate: bool = setting(False, "step 6: write the network's probabilities as miniSEED too")
    follow: bool = setting(False, "step 6: follow records that are still coming in")
    follow_interval: float = setting(2.0, "seconds from one look at the records to the next")
    follow_late: float = setting(3600.0, "seconds after its end when a day that is followed closes")
    follow_silent: float = setting(120.0, "seconds after which a station is said to be silent")


@dataclass(frozen=True)
class EventSettings:
    """What makes an event of arrivals, how it is located and measured, and what is written of it.

    ML = log10(A) + ml_log_distance log10(R) + ml_distance R + ml_constant: A in nm of ground motion
    on a Wood-Anderson seismograph, R in km; the defaults are those of Hutton and Boore (1987).
    """

    min_stations: int = setting(3, "least stations of an event, or all that record then", least=1)
    min_picks: int = setting(4, "least arrivals of an event that is located", least=1)
    min_pairs: int = setting(
        0, "least stations with both P and S of an event that is located", least=0
    )
    vp_vs_ratio: float = setting(1.75, "Vp over Vs, where the velocity model has no vs", above=1)
    ml_log_distance: float = setting(1.11, "local magnitude: factor of log10 of the distance in km")
    ml_distance: float = setting(0.00189, "local magnitude: factor of the distance in km")
    ml_constant: float = setting(-2.09, "local magnitude: constant", least=-100)
    counts_per_mm: float = setting(
        0.0,
        "counts of the records for a mm on a Wood-Anderson seismograph, where their response is "
        "not known; 0: no magnitude without a response",
    )
    event_waveforms: bool = setting(True, "write the records around each event as miniSEED")


@dataclass(frozen=True)
class Settings:
    """All settings of a run, and where each that was given came from."""

    run: RunSettings = field(default_factory=RunSettings)
    records: RecordSettings = field(default_factory=RecordSettings)
    arrivals: ArrivalSettings = field(default_factory=ArrivalSettings)
    windows: WindowSettings = field(default_factory=WindowSettings)
    dataset: DatasetSettings = field(default_factory=DatasetSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    events: EventSettings = field(default_factory=EventSettings)
    sources: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def given(self) -> dict[str, str]:
        """The keys given on the command line or in a file of the user's, and where."""
        return {key: place for key, place in self.sources.items() if place != DEFAULT_NAME}

    def value(self, key: str) -> Any:
        """Return the value of a setting by its key."""
        return getattr(getattr(self, DECLARED[key].subject), key)

    def changed(self, **values: Any) -> "Settings":
        """Return a copy with the values of some keys changed."""
        settings = self
        for key, value in values.items():
            subject = DECLARED[key].subject
            part = replace(getattr(settings, subject), **{key: value})
            settings = replace(settings, **{subject: part})
        return settings


@dataclass(frozen=True)
class Declaration:
    """A setting as it is declared: the field ``name`` of the subject ``subject`` of Settings.

    A number must be greater than ``above``, and from ``least`` to ``most``.
    """

    name: str
    subject: str
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    above: float | None = None
    least: float = 0
    most: float | None = None

    @property
    def kind(self) -> type[Any]:
        """The type of its values."""
        return type(self.default)


DECLARED: dict[str, Declaration] = {
    key.name: Declaration(name=key.name, subject=subject, default=key.default, **key.metadata)
    for subject, declared in vars(Settings()).items()
    if subject != "sources"
    for key in fields(declared)
}


def window_samples(window_size_s: float, sampling_rate_hz: float) -> int:
    """Return the samples in a window: both ends count, so 10 s at 100 Hz are 1001.

    Parameters
    ----------
    window_size_s : float
        Its length (s).
    sampling_rate_hz : float
        The sampling rate (Hz).

    Returns
    -------
    int
        The number of samples.
    """
    return round(window_size_s * sampling_rate_hz) + 1
