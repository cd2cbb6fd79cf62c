import json

import pandas
import pytest

import neurosim
from neurosim.errors import DocumentError
from neurosim.report.data.layers import frame, write_layers
from neurosim.report.data.summary import recorded, summary
from tests.unit.report_example import CHEAP, DEAR, WITH_MEMORY, WITHOUT_COMPARE, digits_record, make_costs, vgg16_record

FIELDS = [
    "schema",
    "run_id",
    "workload",
    "out_dir",
    "neurosim_version",
    "model_version",
    "seed",
    "network",
    "stimulus",
    "chip",
    "results",
    "baselines",
    "baseline_notices",
    "ratios",
    "wall",
    "notices",
]
RESULT_FIELDS = [
    "conversion",
    "lossless",
    "accuracy",
    "activity",
    "schedule",
    "latency",
    "initiation_interval",
    "noc",
    "cores",
    "barriers",
    "memory",
    "counts",
    "counts_total",
    "energy",
]
ENERGY_FIELDS = [
    "scope",
    "pj",
    "low_pj",
    "high_pj",
    "by_op",
    "by_layer",
    "unpriced",
    "partial_pj",
    "origin",
    "evidence",
    "included",
]


@pytest.fixture(scope="module")
def record():
    return digits_record()


@pytest.fixture(scope="module")
def found(record):
    return summary(record, make_costs(record, CHEAP, DEAR), {"total_s": 1.5}, run_id="0123abcd", out_dir="reports/x")


def test_the_summary_has_the_fields_that_scripts_rely_on_in_their_order(found):
    assert list(found) == FIELDS
    assert set(RESULT_FIELDS) <= set(found["results"][0])
    assert set(ENERGY_FIELDS) <= set(found["results"][0]["energy"]["example_int8"])
    assert (found["schema"], found["run_id"], found["out_dir"]) == ("neurosim/run/1", "0123abcd", "reports/x")
    assert found["neurosim_version"] == neurosim.__version__
    assert found["wall"] == {"total_s": 1.5}
    assert found["network"] == {
        "name": "digits_cnn",
        "layers": 5,
        "neurons": 1610,
        "synapses": 116352,
        "weights": 38160,
        "weights_origin": "trained",
    }


def test_a_summary_survives_being_written_and_read_as_json(found):
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_record_can_be_read_back_from_the_summary(record, found):
    again = recorded(json.loads(json.dumps(found)))
    assert again.results == record.results
    assert (again.network, again.stimulus, again.chip) == (record.network, record.stimulus, record.chip)
    assert (again.workload, again.seed, again.notices) == (record.workload, record.seed, record.notices)


def test_an_object_of_another_schema_is_refused():
    with pytest.raises(DocumentError) as refused:
        recorded({"schema": "neurosim/run/2"})
    assert str(refused.value) == "schema: found 'neurosim/run/2'; wanted 'neurosim/run/1'"


def test_layers_and_the_rest_of_the_chip_add_up_to_the_energy(found):
    for result in found["results"]:
        for energy in result["energy"].values():
            assert sum(energy["by_layer"]) + energy["chip_wide_pj"] == pytest.approx(energy["pj"], rel=1e-12)
            assert sum(energy["by_op"].values()) == pytest.approx(energy["pj"], rel=1e-12)


def test_ratios_are_those_of_the_printed_energies_and_lie_in_their_bands(found):
    energy = found["results"][0]["energy"]["example_int8"]["pj"]
    baseline = found["baselines"]["ann_50"]["example_int8"]
    ratios = found["ratios"]["example_int8"]
    assert ratios["ann_50_over_snn"] == pytest.approx(baseline / energy, rel=1e-12)
    low, high = ratios["ann_50_over_snn_band"]
    assert low < ratios["ann_50_over_snn"] < high


def test_products_of_a_baseline_are_counted_whole(found):
    assert found["baselines"]["ann_dense"]["macs"] == 116352
    assert isinstance(found["baselines"]["ann_dense"]["macs"], int)


def test_beyond_compute_a_baseline_is_a_pair_and_never_one_number():
    record = digits_record()
    found = summary(record, make_costs(record, WITH_MEMORY, scope="memory"))
    assert set(found["baselines"]["ann_50"]["example_memory"]) == {"ideal_reuse", "no_reuse"}


def test_an_unpriced_operation_leaves_null_and_the_partial_sum():
    record = digits_record()
    found = summary(record, make_costs(record, WITHOUT_COMPARE, allow_partial=True))
    energy = found["results"][0]["energy"]["example_gap"]
    assert (energy["pj"], energy["low_pj"], energy["high_pj"]) == (None, None, None)
    assert energy["unpriced"] == ["compare_int20"]
    assert energy["partial_pj"] > 0


def test_the_bill_of_another_record_is_refused(record):
    with pytest.raises(ValueError, match="zip"):
        summary(record, make_costs(vgg16_record(), CHEAP))


def test_layers_csv_has_a_row_for_every_result_and_layer_and_one_for_the_rest_of_the_chip(record, tmp_path):
    costs = make_costs(record, CHEAP, DEAR)
    path = write_layers(tmp_path, record, costs)
    rows = pandas.read_csv(path)
    assert path.name == "layers.csv"
    assert list(rows["layer"]) == [0, 1, 2, 3, 4, -1] * 2
    assert list(rows["name"][:6]) == ["input", "conv1", "conv2", "dense1", "dense2", "chip-wide"]
    assert rows["ops_multiply"][1] == record.results[0].layers[1].macs
    assert rows["time_s"][1] == pytest.approx(record.results[0].layers[1].ticks * 1e-9)


def test_columns_of_layers_csv_sum_to_the_counts_and_the_energy(record):
    costs = make_costs(record, CHEAP)
    rows = frame(record, costs)
    first = rows[rows["result"] == 0]
    assert first["ops_add"].sum() == record.results[0].counts["add_int20"]
    assert first["energy_pj[example_int8, compute]"].sum() == pytest.approx(costs.results[0]["example_int8"].pj)


def test_a_partial_energy_is_never_named_energy_in_layers_csv(record):
    columns = frame(record, make_costs(record, WITHOUT_COMPARE, allow_partial=True)).columns
    assert "partial_pj[example_gap, compute]" in columns
    assert not [column for column in columns if column.startswith("energy")]
