"""``--json``: every field and its type. The first table is the promise of the command's page, and may only grow."""

import pytest

from tests.cli.command import SMALL, neurosim

PROMISED = """
schema                                        str
run_id                                        str
workload                                      str
out_dir                                       str
neurosim_version                              str
model_version                                 int
seed                                          int
network.name                                  str
network.layers                                int
network.neurons                               int
network.synapses                              int
network.weights                               int
network.weights_origin                        str
stimulus.kind                                 str
stimulus.images                               int
results[].conversion.kind                     str
results[].conversion.steps                    int
results[].conversion.levels                   int
results[].conversion.weight_bits              int
results[].lossless                            null
results[].lossless.checked                    int
results[].lossless.mismatches                 int
results[].accuracy.images                     int
results[].accuracy.correct                    int
results[].activity.spikes                     float
results[].activity.spikes_per_neuron          float
results[].activity.spikes_per_neuron_per_step float
results[].schedule                            str
results[].latency.ticks                       int
results[].latency.seconds                     float
results[].initiation_interval.ticks           int
results[].initiation_interval.seconds         float
results[].noc.model                           str
results[].noc.packets                         int
results[].noc.hops                            int
results[].noc.busiest_link_ticks              int
results[].cores.used                          int
results[].cores.busy_fraction                 float
results[].cores.busiest                       int
results[].barriers.global                     int
results[].barriers.local                      int
results[].barriers.ticks                      int
results[].memory.peak_state_bits              int
results[].memory.weight_bits                  int
results[].memory.weight_reload_bits           int
results[].memory.core_memories[].memory       str
results[].memory.core_memories[].size_bits    int
results[].memory.core_memories[].peak_bits    int
results[].memory.core_memories[].mean_bits    float
results[].memory.core_memories[].layer        str
results[].memory.core_memories[].core         int
results[].counts.*                            float
results[].counts_total.*                      int
results[].energy.*.scope                      str
results[].energy.*.pj                         float
results[].energy.*.low_pj                     float
results[].energy.*.high_pj                    float
results[].energy.*.by_op.*                    float
results[].energy.*.by_layer[]                 float
results[].energy.*.unpriced                   empty
baselines.*.macs                              int
baselines.*.*                                 float
ratios.*.*                                    float
wall.compile_s                                float
wall.build_s                                  float
wall.functional_s                             float
wall.timing_s                                 float
wall.report_s                                 float
wall.total_s                                  float
wall.peak_rss_mb                              float
"""
BEYOND = """
notices                                       empty
stimulus.description                          str
chip.id                                       str
chip.title                                    str
chip.tick_ns                                  float
chip.synchronous                              bool
chip.width                                    int
chip.height                                   int
chip.cores_per_tile                           int
chip.io_tile                                  int
chip.link_ticks                               int
chip.synapse_memory_bits                      int
chip.word_bits                                int
chip.memory_bits.*                            int
chip.notes[]                                  str
chip.skips_zeros                              bool
results[].name                                str
results[].conversion.accumulator_bits         int
results[].conversion.rate_code                bool
results[].conversion.linear_in_spikes         bool
results[].accuracy.of                         str
results[].lossless.saturated                  int
results[].lossless.zero                       int
results[].lossless.negative                   int
results[].lossless.ties                       int
results[].latency_parts.host                  int
results[].latency_parts.compute               int
results[].latency_parts.mesh                  int
results[].latency_parts.barrier               int
results[].latency_parts.reload                int
results[].elapsed_ticks                       int
results[].layers[].number                     int
results[].layers[].name                       str
results[].layers[].role                       str
results[].layers[].shape[]                    int
results[].layers[].neurons                    int
results[].layers[].synapses                   int
results[].layers[].weights                    int
results[].layers[].macs                       int
results[].layers[].macs_effective             float
results[].layers[].cores                      int
results[].layers[].ticks                      int
results[].layers[].busy_fraction              float
results[].layers[].spikes_by_step             empty
results[].layers[].spikes_by_step[]           float
results[].layers[].packets                    float
results[].layers[].bound                      str
results[].layers[].identity_adds              float
results[].core_use[].core                     int
results[].core_use[].x                        int
results[].core_use[].y                        int
results[].core_use[].slot                     int
results[].core_use[].layers[]                 int
results[].core_use[].neurons                  int
results[].core_use[].busy                     int
results[].core_use[].stalled                  int
results[].core_use[].waiting                  int
results[].link_use                            empty
results[].energy.*.label                      str
results[].energy.*.partial_pj                 float
results[].energy.*.chip_wide_pj               float
results[].energy.*.unpriced_messages          empty
results[].energy.*.outside_scope[]            str
results[].energy.*.included                   empty
results[].energy.*.ignored_by_convention      empty
results[].energy.*.origin.*                   str
results[].energy.*.evidence.*                 float
results[].energy.*.banded_share               float
results[].energy.*.minimum                    empty
results[].energy.*.kind                       str
results[].energy.*.operating_point            empty
results[].energy.*.policy.scope               str
results[].energy.*.policy.widths              str
results[].energy.*.policy.sram                str
results[].energy.*.policy.scale               null
results[].energy.*.policy.from_vdd_v          null
results[].energy.*.policy.allow_partial       bool
results[].energy.*.notices                    empty
results[].energy.*.warnings                   empty
results[].energy.*.sha256.*                   str
results[].energy.*.model_version              str
baseline_notices                              empty
ratios.*.*[]                                  float
wall.reference_s                              float
"""
OPEN = {  # objects whose keys are data: operations, tables, baselines ... and what of them has a name after all
    "results[].counts": (),
    "results[].counts_total": (),
    "results[].energy": (),
    "results[].energy.*.by_op": (),
    "results[].energy.*.origin": (),
    "results[].energy.*.evidence": (),
    "results[].energy.*.sha256": (),
    "chip.memory_bits": (),
    "baselines": (),
    "baselines.*": ("macs",),
    "ratios": (),
    "ratios.*": (),
}
NAMES = {"NoneType": "null"}


def fields(value, place=""):
    """Yield (place, type) of every leaf; of an empty list or object that it is empty."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            name = "*" if place in OPEN and key not in OPEN[place] else key
            yield from fields(item, f"{place}.{name}" if place else name)
    elif isinstance(value, list) and value:
        for item in value:
            yield from fields(item, f"{place}[]")
    else:
        yield place, "empty" if value in ([], {}) else NAMES.get(type(value).__name__, type(value).__name__)


def rows(text):
    return {tuple(line.split()) for line in text.split("\n") if line}


def test_every_promised_field_is_there_with_its_type(finished):
    assert sorted(rows(PROMISED) - set(fields(finished.outcome.json))) == []


def test_every_further_field_is_known_so_that_none_comes_or_goes_unseen(finished):
    assert sorted(set(fields(finished.outcome.json)) - rows(PROMISED) - rows(BEYOND)) == []
    assert sorted(rows(BEYOND) - set(fields(finished.outcome.json))) == []


def test_the_values_that_have_few_choices_have_the_right_ones(finished):
    summary = finished.outcome.json
    assert summary["schema"] == "neurosim/run/1"
    assert summary["network"]["weights_origin"] == "trained"
    results = [(result["conversion"]["kind"], result["schedule"]) for result in summary["results"]]
    assert results == [("accumulate_fire", "layer_by_layer"), ("if_qcfs", "pipelined")]
    assert summary["results"][0]["lossless"]["mismatches"] == 0
    assert summary["results"][1]["lossless"] is None
    tables = ["datta2023_45nm_int8", "datta2023_45nm_int32"]
    assert [list(result["energy"]) for result in summary["results"]] == [tables, tables]
    assert [list(baseline) for baseline in summary["baselines"].values()] == 5 * [["macs", *tables]]
    assert {"ann_dense", "ann_50", "ann_measured", "bit_serial"} < summary["baselines"].keys()
    assert all("ann_50_over_snn" in summary["ratios"][table] for table in tables)


def test_counts_are_those_of_an_image_and_their_totals_those_of_all(finished):
    for result in finished.outcome.json["results"]:
        assert result["counts"] == {op: total / 2 for op, total in result["counts_total"].items()}


CHECK = """
schema                            str
run_id                            str
workload                          str
network.name                      str
network.layers                    int
network.neurons                   int
network.synapses                  int
network.weights                   int
network.weights_origin            str
stimulus.images                   int
chip.id                           str
chip.cores                        int
cases[].name                      str
cases[].conversion                str
cases[].steps                     int
cases[].accumulator_bits          int
cases[].cores                     int
cases[].layers[].name             str
cases[].layers[].shape[]          int
cases[].layers[].neurons          int
cases[].layers[].cores            int
cases[].layers[].tiles[]          int
cases[].layers[].neurons_per_core int
cases[].layers[].weight_memory_share float
cases[].layers[].threshold        int
cases[].layers[].accumulator_bits int
cases[].memories[].memory         str
cases[].memories[].size_bits      int
cases[].memories[].peak_bits      int
cases[].memories[].mean_bits      float
cases[].memories[].layer          str
cases[].memories[].core           int
predicted_memory_mb               int
notices                           empty
"""


def test_check_as_json_has_these_fields(here):
    outcome = neurosim("check", "digits", *SMALL, "--json")
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    assert set(fields(outcome.json)) == rows(CHECK)
    assert outcome.json["schema"] == "neurosim/check/1"


def test_price_as_json_has_the_fields_of_a_run_for_what_it_prices(finished):
    outcome = neurosim("price", finished.folder, "--table", "datta2023_45nm_int8", "--json")
    assert (outcome.code, outcome.err, outcome.out.count("\n")) == (0, "", 1)
    priced = outcome.json
    assert list(priced) == ["schema", "workload", "policy", "results", "baselines", "baseline_notices", "ratios"]
    of_a_run = {place for place, _ in rows(PROMISED) | rows(BEYOND)}
    energies = ("results[].energy", "results[].name", "baselines", "baseline_notices", "ratios")
    found = fields({name: priced[name] for name in ("results", "baselines", "baseline_notices", "ratios")})
    assert {place for place, _ in found} == {place for place in of_a_run if place.startswith(energies)}


@pytest.mark.parametrize("what", ["chips", "tables", "neurons", "schedules", "mappers", "networks", "workloads"])
def test_a_list_as_json_holds_rows_of_texts_with_a_name_first(what):
    outcome = neurosim("list", what, "--json")
    assert (outcome.code, outcome.err, list(outcome.json)) == (0, "", [what])
    assert all(next(iter(row)) == "name" for row in outcome.json[what])
    assert set(fields(outcome.json)) == {(f"{what}[].{column}", "str") for column in outcome.json[what][0]}


def test_the_doctors_findings_as_json(here):
    outcome = neurosim("doctor", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    assert set(fields(outcome.json)) == {(f"findings[].{name}", "str") for name in ("state", "what", "about")}
    assert {finding["state"] for finding in outcome.json["findings"]} <= {"ok", "note", "trouble"}
