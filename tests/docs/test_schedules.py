"""The page on schedules: every measured number in it is one that is stored beside it, and so is what it concludes."""

import pytest

from studies.schedules import claims
from studies.schedules import measure as build_schedules
from studies.schedules import measured as schedules_measured
from studies.schedules import page as schedules_page


def with_count(key, count, **case):
    """Return the stored measurements with one count of the cases told as another."""
    rows = schedules_measured.stored()
    for row in rows:
        if all(row[name] == value for name, value in case.items()):
            row[key] = str(count)
    return rows


def test_the_page_is_what_its_stored_measurements_give():
    page = schedules_page.PAGE.read_text(encoding="utf-8")
    assert schedules_page.renewed(page, schedules_measured.stored()) == page


def test_every_part_has_a_place_and_every_place_a_part():
    page = schedules_page.PAGE.read_text(encoding="utf-8")
    assert [found[2] for found in schedules_page.REGION.finditer(page)] == list(schedules_page.PARTS)


def test_every_case_is_stored_once():
    rows = schedules_measured.stored()
    assert len(schedules_measured.Measured(rows).by_case) == len(rows) == 108


OWN, SHARED = {"residency": "resident"}, {"residency": "time_multiplexed"}
LAYER, STEP, WAVE = ({"schedule": schedule} for schedule in claims.SCHEDULES)
FIRE, PACKED = {"model": "accumulate_fire"}, {"format": "packed"}
FEW, MANY = 1, 10**12
DENIED = {
    (claims.shared_cores, "**On shared cores, yes**"): (
        ("latency_ticks", FEW, STEP | SHARED),
        ("latency_ticks", FEW, WAVE | SHARED),
    ),
    (claims.shared_cores, "(at T = 2 the wave is narrower"): (("reload_bits", FEW, WAVE | {"steps": "2"}),),
    (claims.shared_cores, "for the same spikes"): (("packets", FEW, STEP | SHARED),),
    (claims.shared_cores, "the weights moved are all but constant"): (
        ("reload_bits", MANY, LAYER | {"steps": "8"}),
        ("reload_bits", FEW, STEP | {"steps": "8"}),
    ),
    (claims.own_cores, "**On cores of their own, against step by step, yes"): (
        ("latency_ticks", FEW, STEP | OWN),
        ("latency_ticks", FEW, WAVE | OWN),
        ("latency_ticks", MANY, WAVE | OWN),
    ),
    (claims.overlap, "its latency grows slowly with T"): (("latency_ticks", MANY, WAVE | OWN | {"steps": "8"}),),
    (claims.buffers, "A store is short"): (("mesh_ticks", MANY, LAYER | OWN),),
    (claims.room, "**Not every case has it.**"): (
        ("spike_buffer_bits", 65_536, {"steps": "8"}),
        ("spike_buffer_bits", FEW, {"format": "unary", "steps": "2"}),
        ("spike_buffer_bits", FEW, PACKED | {"steps": "8"}),
        ("spike_buffer_size_bits", FEW, {}),
        ("spike_buffer_size_bits", MANY, {}),
    ),
    (claims.throughput, "There layer by layer is ahead for the same model"): (("interval_ticks", FEW, WAVE | OWN),),
    (claims.throughput, "On shared cores no two images overlap"): (
        ("interval_ticks", FEW, SHARED),
        ("interval_ticks", MANY, SHARED),
    ),
    (claims.packed, "For `accumulate_fire` the latency falls"): (
        ("latency_ticks", MANY, FIRE | PACKED),
        ("mesh_ticks", MANY, FIRE | PACKED),
    ),
    (claims.packed, "and gains little or loses"): (("latency_ticks", FEW, PACKED | {"model": "if_qcfs"}),),
    (claims.smaller, "**Yes, against step by step"): (
        ("peak_state_bits", FEW, STEP | OWN),
        ("peak_state_bits", FEW, STEP | SHARED | {"steps": "2"}),
    ),
    (claims.smaller, "**Against pipelined, from T = 4 on**"): (
        ("peak_state_bits", FEW, WAVE | {"steps": "8"}),
        ("peak_state_bits", MANY, WAVE | {"steps": "2"}),
    ),
}


@pytest.mark.parametrize(
    ("claim", "sentence", "key", "count", "case"),
    [(*told, *measurement) for told, measurements in DENIED.items() for measurement in measurements],
)
def test_a_conclusion_that_the_measurements_deny_is_not_printed(claim, sentence, key, count, case):
    with pytest.raises(ValueError, match=r"^docs/schedules\.md: what was measured does not support this") as refused:
        claim(schedules_measured.Measured(with_count(key, count, **case)))
    assert str(refused.value).partition(" any more: ")[2].startswith(sentence)


def test_who_is_ahead_follows_the_measurements():
    rows = with_count("latency_ticks", 1, schedule="pipelined", residency="resident", steps="4", network="resnet18")
    told = " ".join(claims.overlap(schedules_measured.Measured(rows)).split())
    assert "on VGG16 at T = 4 and on none at T = 8: pipelined takes" in told


@pytest.mark.parametrize(
    ("network", "steps", "policy"),
    [("vgg16", 8, "requantise"), ("vgg16", 4, None), ("resnet18", 2, "requantise"), ("mobilenetv2", 8, "requantise")],
)
def test_trained_weights_are_requantised_for_other_steps_than_theirs(network, steps, policy):
    changed = build_schedules.overrides(network, "resident", steps, "unary")
    assert changed.get("conversion.policy") == policy


def test_weights_are_trained_where_a_workload_names_some():
    assert [build_schedules.is_trained(network) for network in ("mobilenetv2", "lenet")] == [True, False]


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (schedules_measured.millions(1538322), "1.54 M"),
        (schedules_measured.millions(907461, 1538322), "0.91, 1.54 M"),
        (schedules_measured.megabytes(246794240, 0), "31"),
        (schedules_measured.megabytes(6422528), "0.80"),
        (schedules_measured.times([7.6, 1.02, 3.0]), "1.0 to 7.6 times"),
        (schedules_measured.joined(["one"]), "one"),
        (schedules_measured.joined(["one", "two", "three"]), "one, two and three"),
        (claims.on_networks([]), "on none"),
        (claims.on_networks(["vgg16", "resnet18"]), "on VGG16 and ResNet-18"),
        (claims.on_networks(["vgg16", "resnet18", "mobilenetv2"]), "on all three networks"),
    ],
)
def test_numbers_and_names_are_printed_alike(told, wanted):
    assert told == wanted
