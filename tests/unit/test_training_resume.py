"""A run that is killed and goes on ends with the bytes of one that was not; nothing that was kept is ever lost."""

import importlib.util
import json
import resource

import numpy as np
import pytest

from neurosim.errors import ConversionError, DocumentError
from tests.reference import training_jobs as tiny

if importlib.util.find_spec("torch") is None:
    pytest.skip("PyTorch, which the extra 'train' has, is not installed", allow_module_level=True)

import torch

from neurosim.experiments.train import perform
from neurosim.files.runs.training_folder import finished_card
from neurosim.training import checkpoint, trainer
from neurosim.training.recipe import Sparsity

FILES = ["card.json", "card.md", "checkpoint.pt", "log.csv", "tiny.npz", "tiny_float.npz"]


class KilledError(Exception):
    """The end of a process, as far as the run can tell."""


def killing(after):
    """Watch a run, and end it when so many batches of its first epochs are done."""
    done = 0

    def watch(name, total):
        def advance():
            nonlocal done
            done += name.startswith("epoch")
            if done == after:
                raise KilledError

        return advance

    return watch


def weights(folder):
    return [(folder / name).read_bytes() for name in ("tiny.npz", "tiny_float.npz")]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    perform(tiny.job(), folder)
    return folder


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """The folder of a run that was killed in its second epoch, a checkpoint of each batch in it."""
    monkeypatch.setattr(trainer, "SAVE_EVERY_SECONDS", -1.0)
    with pytest.raises(KilledError):
        perform(tiny.job(), tmp_path, killing(6))
    return tmp_path


def test_a_run_leaves_weights_card_log_and_checkpoint(whole):
    assert sorted(path.name for path in whole.iterdir()) == FILES
    log = tiny.rows(whole / "log.csv")
    assert [row["number"] for row in log] == ["1", "2"]
    assert list(log[0]) == ["number", "rate", "loss", "accuracy", "spikes_per_neuron"]


@pytest.mark.parametrize("often", [-1.0, 300.0])
@pytest.mark.parametrize("after", [1, 3, 4, 5, 8])
def test_a_run_killed_at_any_batch_goes_on_to_the_same_bytes(tmp_path, monkeypatch, whole, after, often):
    monkeypatch.setattr(trainer, "SAVE_EVERY_SECONDS", often)
    with pytest.raises(KilledError):
        perform(tiny.job(), tmp_path, killing(after))
    perform(tiny.job(), tmp_path)
    assert weights(tmp_path) == weights(whole)
    assert tiny.rows(tmp_path / "log.csv") == tiny.rows(whole / "log.csv")


def test_a_run_goes_on_from_the_batch_after_its_checkpoint(ended):
    totals = []
    perform(tiny.job(), ended, lambda name, total: totals.append((name, total)) or (lambda: None))
    assert totals == [("epoch 2 of 2", 2), ("integers", 12), ("event by event", 2)]


def test_a_checkpoint_from_before_all_was_rounded_goes_on_with_the_weights_alone(ended):
    content = torch.load(ended / "checkpoint.pt", weights_only=True)
    for name in ("bias_steps", "identities", "thresholds"):
        del content["states"]["grid"][name]
    del content["position"]["seconds"]
    torch.save(content, ended / "checkpoint.pt")
    trained = perform(tiny.job(), ended)
    assert trained.card["proof"]["mismatches"] == 0
    assert [epoch.number for epoch in trained.log] == [1, 2]


def test_a_price_and_a_start_are_taken_up_again_too(tmp_path, monkeypatch, whole):
    monkeypatch.setattr(trainer, "SAVE_EVERY_SECONDS", -1.0)
    changes = {"sparsity": Sparsity(0.01), "start": whole / "tiny.npz"}
    with pytest.raises(KilledError):
        perform(tiny.job(**changes), tmp_path / "one", killing(3))
    for folder in ("one", "other"):
        perform(tiny.job(**changes), tmp_path / folder)
    assert weights(tmp_path / "one") == weights(tmp_path / "other")


@pytest.mark.parametrize("name", ["tiny.npz", "tiny_float.npz"])
def test_a_run_may_start_from_integers_or_from_real_numbers(tmp_path, whole, name):
    """Both are the same network, so the first thing that both show is what the start ended with."""
    before = json.loads((whole / "card.json").read_text())
    begun = trainer.Trainer(tiny.recipe(), (own := tiny.job(whole / name)).graph, own.train, own.test, tmp_path,
                            own.start)  # fmt: skip
    right, spikes = begun._evaluate(own.test)
    assert right == before["accuracy"]["float_correct"]
    neurons = own.graph.neurons * len(own.test.labels)
    assert spikes / neurons == pytest.approx(before["activity"]["spikes_per_neuron"], rel=0.005)


def test_a_finished_run_is_known_by_its_card_and_its_weights(tmp_path, whole):
    job = tiny.job()
    assert finished_card(whole, job) == json.loads((whole / "card.json").read_text())
    assert finished_card(whole, tiny.job(seed=2)) is None
    assert finished_card(tmp_path, job) is None
    for name in ("card.json", "tiny.npz"):
        (tmp_path / name).write_bytes((whole / name).read_bytes())
    assert finished_card(tmp_path, job) is not None
    (tmp_path / "tiny.npz").write_bytes(b"other weights")
    assert finished_card(tmp_path, job) is None
    for broken in ("", "[]", '{"schema": "neurosim/card/1"}', "\0"):
        (tmp_path / "card.json").write_text(broken)
        assert finished_card(tmp_path, job) is None


def test_the_card_states_what_was_proved(whole):
    card = json.loads((whole / "card.json").read_text())
    proof = card["proof"]
    slots = 4 * card["network"]["neurons"] + tiny.CLASSES
    assert (proof["images"], proof["checked"], proof["mismatches"]) == (2, 2 * slots, 0)
    words = {"saturated": "saturated", "zero": "zero", "negative": "negative", "ties": "exact ties"}
    regions = ", ".join(f"{proof[name]:,} {word}" for name, word in words.items())
    assert (
        f"| test accuracy as spikes, T = 4 | that of the integers: 0 mismatches in {2 * slots:,} neuron-timestep pairs "
        f"and logits of 2 held-out images, compared with the quantised network; {regions} |\n"
    ) in (whole / "card.md").read_text()


def test_a_card_says_loudly_what_was_not_so(whole):
    from neurosim.report.terminal.model_card import text

    card = json.loads((whole / "card.json").read_text())
    card["proof"]["mismatches"] = 3
    assert "| NOT that of the integers: 3 MISMATCHES in " in text(card)


def test_a_checkpoint_of_another_recipe_is_refused(ended):
    before = (ended / "checkpoint.pt").read_bytes()
    own, other = tiny.job().fingerprint, tiny.job(rate=0.01).fingerprint
    with pytest.raises(DocumentError) as error:
        perform(tiny.job(rate=0.01), ended)
    assert str(error.value) == (
        f"{ended}/checkpoint.pt: a checkpoint of another recipe ({own}, this is {other}); give another --out, or "
        "remove it"
    )
    assert (ended / "checkpoint.pt").read_bytes() == before


def test_a_checkpoint_of_another_network_is_refused(ended):
    with pytest.raises(DocumentError) as error:
        trainer.Trainer(tiny.recipe(), tiny.residual(), tiny.examples(), tiny.examples(12), ended,
                        fingerprint=tiny.job().fingerprint)  # fmt: skip
    assert str(error.value) == f"{ended}/checkpoint.pt: not a checkpoint of residual; remove it to begin anew"


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_truncated_checkpoint_is_refused(ended, share):
    path = ended / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(DocumentError, match=r"checkpoint\.pt: not a checkpoint \(.+\); remove it to begin anew$"):
        perform(tiny.job(), ended)


@pytest.mark.parametrize("content", [b"garbage", b"PK\x03\x04", [1, 2], {"fingerprint": "x"}, {"position": 1}])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "checkpoint.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(DocumentError, match=r"checkpoint\.pt: not a checkpoint \(.+\); remove it to begin anew$"):
        checkpoint.load(tmp_path, "x")


def test_a_checkpoint_runs_no_code(tmp_path):
    class Trap:
        def __reduce__(self):
            return (np.ones, (1,))

    torch.save({"fingerprint": Trap(), "position": {}, "states": {}}, tmp_path / "checkpoint.pt")
    with pytest.raises(DocumentError, match="not a checkpoint"):
        checkpoint.load(tmp_path, "x")


@pytest.fixture
def tight():
    """A disk that takes no file of more than so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_too_full_for_a_checkpoint_loses_nothing(ended, whole, tight):
    before = (ended / "checkpoint.pt").read_bytes()
    tight(20_000)
    with pytest.raises(DocumentError) as error:
        perform(tiny.job(), ended)
    reason = "cannot be written: File too large; the previous file is kept"
    assert str(error.value) == f"{ended}/checkpoint.pt: {reason}"
    assert (ended / "checkpoint.pt").read_bytes() == before
    assert not list(ended.glob("*.part"))
    tight(resource.RLIM_INFINITY)
    perform(tiny.job(), ended)
    assert weights(ended) == weights(whole)


def test_a_disk_too_full_for_the_weights_loses_nothing_and_the_same_call_writes_them(tmp_path, whole, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez_compressed", lambda file, **arrays: file.write(b"a part") and full())
        with pytest.raises(DocumentError) as error:
            perform(tiny.job(), tmp_path)
    assert str(error.value) == f"{tmp_path}/tiny_float.npz: cannot be written: No space left on device"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.pt", "log.csv"]
    perform(tiny.job(), tmp_path)
    assert weights(tmp_path) == weights(whole)


def full():
    raise OSError(28, "No space left on device")


def test_an_interruption_in_a_batch_waits_for_its_end_and_is_kept(tmp_path, monkeypatch, whole):
    import signal

    step = trainer.Trainer._step

    def interrupted(self, rows):
        if (self.position.epoch, self.position.batch) == (1, 1):
            signal.raise_signal(signal.SIGINT)
        return step(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(trainer.Trainer, "_step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            perform(tiny.job(), tmp_path)
    position, _ = checkpoint.load(tmp_path, tiny.job().fingerprint)
    assert (position.epoch, position.batch) == (1, 2)
    perform(tiny.job(), tmp_path)
    assert weights(tmp_path) == weights(whole)


def test_an_interruption_while_held_out_images_are_evaluated_is_kept(tmp_path, monkeypatch, whole):
    def interrupted(self, examples):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trainer.Trainer, "_evaluate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            perform(tiny.job(), tmp_path)
    position, _ = checkpoint.load(tmp_path, tiny.job().fingerprint)
    assert (position.epoch, position.batch) == (0, 4)
    perform(tiny.job(), tmp_path)
    assert weights(tmp_path) == weights(whole)


def test_a_second_interruption_does_not_wait():
    import signal

    from neurosim.training.signals import deferred

    with deferred() as pressed:
        assert not pressed()
        signal.raise_signal(signal.SIGINT)
        assert pressed()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_loss_that_is_no_number_says_what_to_do_and_keeps_the_checkpoint(ended, monkeypatch):
    before = (ended / "checkpoint.pt").read_bytes()
    monkeypatch.setattr(trainer.functional, "cross_entropy", lambda *given, **named: torch.tensor(float("nan")))
    with pytest.raises(ConversionError) as error:
        perform(tiny.job(), ended)
    assert str(error.value).startswith("epoch 2, batch 3: the loss is nan; take a smaller rate (now ")
    assert (ended / "checkpoint.pt").read_bytes() == before
