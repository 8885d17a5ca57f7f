"""What a network is follows from the settings, and what contradicts it is named."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import Settings
from deepquake.learning import spec as specification
from deepquake.learning.spec import ModelSpec, Signature, spec_of, with_spec
from tests.conftest import ROOT

MODEL_JSON = Path("model.json")


def given_spec(**given) -> ModelSpec:
    return spec_of(configuration.load(given))


def test_windows_and_classes_follow_from_the_settings() -> None:
    spec = given_spec(window_size=20.0, component_N=True, n_clusters=5, filter_lowpass=40.0)
    assert spec.class_names == ("noise", "region 0", "region 1", "region 2", "region 3")
    assert given_spec().class_names == ("noise", "event")
    assert spec.signature == Signature(
        window_size=2001,
        n_traces=2,
        components="ZN",
        sampling_rate=100.0,
        filter_highpass=2.0,
        filter_lowpass=40.0,
    )


def test_settings_take_from_a_network_all_but_the_seed() -> None:
    spec = given_spec(window_size=20.0, component_N=True, ksize=7, random_seed=8)
    settings = with_spec(Settings().changed(detection_threshold=0.9), spec)
    assert replace(spec_of(settings), random_seed=8) == spec
    assert (settings.run.random_seed, settings.detection.detection_threshold) == (1, 0.9)


def test_what_contradicts_a_network_is_an_error_naming_both(tmp_path: Path) -> None:
    spec = given_spec(window_size=20.0, component_N=True)
    ini = tmp_path / "mine.ini"
    ini.write_text("[x]\nfilter_highpass = 1\n")
    for given, path, says in (
        ({"window_size": 10.0}, None, "window_size = 20.0, but window_size = 10.0 .*command line"),
        ({"component_N": False}, None, "component_N = true, but component_N = false"),
        ({"n_clusters": 4}, None, "n_clusters = 2, but n_clusters = 4"),
        ({}, ini, "filter_highpass = 2.0, but filter_highpass = 1.0 .*mine.ini"),
    ):
        with pytest.raises(DeepQuakeError, match=f"model.json: .*{says}"):
            specification.check_given(spec, configuration.load(given, path), Path())
    # ConvNetQuake has no ksize to contradict
    given = {"window_size": 20.0, "ksize": 7}
    specification.check_given(spec, configuration.load(given), Path())


def test_windows_are_checked_as_far_as_their_files_say(tmp_path: Path) -> None:
    spec = given_spec()
    specification.check_signature(spec, Signature(1001, 1), tmp_path)
    for signature, says in (
        (Signature(501, 1), "window_size = 501 samples, but 1001 samples is asked for"),
        (replace(spec.signature, components="N"), "components = N, but Z is asked for"),
    ):
        with pytest.raises(DeepQuakeError, match=says):
            specification.check_signature(spec, signature, tmp_path)
    with pytest.raises(DeepQuakeError, match="the network of net takes n_traces = 1"):
        specification.check_signature(spec, Signature(1001, 3), tmp_path, network=Path("net"))


def test_another_network_is_told_by_what_makes_a_difference() -> None:
    specification.check_same(given_spec(), given_spec(ksize=7), MODEL_JSON)
    for given in ({"random_seed": 2}, {"component_E": True}, {"model": "ConvNetQuake2"}):
        with pytest.raises(DeepQuakeError, match="cannot go on from this checkpoint"):
            specification.check_same(given_spec(), given_spec(**given), MODEL_JSON)


def test_a_specification_comes_back_from_json_of_today_and_of_old() -> None:
    spec = given_spec(n_clusters=3, window_size=50.0, pwave_window=2.0)
    head = json.loads(json.dumps(specification.as_json(spec)))
    assert specification.from_json(head, MODEL_JSON) == spec
    old = head | {"mixed_precision": True, "window_size": 50}
    assert specification.from_json(old, MODEL_JSON) == spec


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"n_clusters": "two"}, "n_clusters takes a whole number, not 'two'"),
        ({"window_size": -10.0}, "model.json: window_size takes a number above 0, not '-10.0'"),
        ({"model": "ResNet"}, "model.json: model takes one of ConvNetQuake.*, not 'ResNet'"),
        ({"filter_highpass": 80.0}, "model.json: filter_highpass = 80.0 Hz must be below half"),
        ({"components": "ZX"}, "model.json: components cannot be 'ZX'"),
        (
            {"class_names": ["noise"]},
            "model.json: has 1 class_names, but 2",
        ),
    ],
)
def test_values_that_no_settings_have_are_refused(changes: dict, says: str) -> None:
    head = specification.as_json(given_spec()) | changes
    with pytest.raises(DeepQuakeError, match=says):
        specification.from_json(head, MODEL_JSON)


def test_what_other_rooms_need_of_this_one_loads_no_tensorflow() -> None:
    modules = "spec metrics checkpoints store augmentation batches history"
    code = f"import sys\nfrom deepquake.learning import {', '.join(modules.split())}\n"
    code += "assert not {'tensorflow', 'keras', 'sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)
