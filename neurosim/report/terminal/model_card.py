"""A model card: accuracy, activity and origin of trained weights, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.units import format_duration, plural

if TYPE_CHECKING:
    from neurosim.training.trainer import Epoch

REGIONS = {"saturated": "saturated", "zero": "zero", "negative": "negative", "ties": "exact ties"}


def line(epoch: Epoch, epochs: int) -> str:
    """Return one line about a finished epoch, with the estimated time of the remaining ones."""
    left = (epochs - epoch.number) * epoch.seconds
    return (
        f"epoch {epoch.number:>3} of {epochs}   loss {epoch.loss:.4f}   held-out {100 * epoch.accuracy:.2f} %   "
        f"{epoch.spikes_per_neuron:.3f} spikes per neuron   {format_duration(epoch.seconds)}, "
        f"{format_duration(left)} left"
    )


def text(card: dict[str, Any]) -> str:
    """Return a card as Markdown."""
    accuracy, activity, integers, recipe = card["accuracy"], card["activity"], card["integers"], card["recipe"]
    images, network, data = accuracy["images"], card["network"], card["data"]
    layers = activity["by_layer"]
    sparsity = recipe["sparsity"]
    penalty = f"{sparsity['coefficient']:g} per {sparsity['normalisation']}" if sparsity["coefficient"] else "none"
    rows = {
        "network": f"{network['name']}, input {' x '.join(map(str, network['input']))}, "
        f"{plural(network['neurons'], 'neuron')}, {plural(network['weights'], 'weight')}, "
        f"{plural(network['macs'], 'in-bounds MAC')}",
        "trained on": f"{data['train']}, {data['train_images']:,} images",
        "tested on": f"{data['test']}, {data['test_images']:,} held-out images",
        "test accuracy in floating point": _share(accuracy["float_correct"], images),
        f"test accuracy of the integers, {integers['weight_bits']}-bit weights": _share(
            accuracy["integer_correct"], images
        ),
        f"test accuracy as spikes, T = {activity['steps']}": _proof(card),
        "spikes per neuron": f"{activity['spikes_per_neuron']:.3f} over all time steps, "
        f"{activity['spikes_per_neuron'] / activity['steps']:.4f} per time step",
        "synaptic operations per image": f"{activity['additions_per_image'] / 1e6:,.1f} million, after the first layer",
        "exponents and accumulators": f"{integers['exponents'][0]} to {integers['exponents'][-1]}, at most "
        f"{integers['accumulator_bits']} bits",
        "recipe": f"{recipe['epochs']} epochs of batches of {recipe['batch']}, rate {recipe['rate']:g} after "
        f"{100 * recipe['warmup']:g} % warm-up, cosine decay, momentum {recipe['momentum']:g}, weight decay "
        f"{recipe['weight_decay']:g}, label smoothing {recipe['smoothing']:g}; the last {recipe['integer_epochs']} on "
        f"integer weights; seed {recipe['seed']}",
        "started from": recipe["start"] or "random weights",
        "augmentation": _variation(recipe["augmentation"]),
        "activity penalty (L1)": penalty,
        "training time": f"{format_duration(card['seconds'])}, {recipe['precision']}, {_machine(card)}, "
        f"PyTorch {card['torch']}",
        "to repeat the training": f"`neurosim train {card['name']}`, fingerprint {card['fingerprint']}",
        "weights": f"`{card['weights']['file']}`, SHA-256 {card['weights']['sha256'][:16]}...",
    }
    head = [f"# {card['name']}", "", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
    names = " | ".join(layer["layer"] for layer in layers)
    values = " | ".join(f"{layer['spikes_per_neuron']:.3f}" for layer in layers)
    activity_table = [
        "",
        "Spikes per neuron by layer, over all time steps:",
        "",
        f"| {names} |",
        "|---" * len(layers) + "|",
    ]
    return "\n".join([*head, *activity_table, f"| {values} |"]) + "\n"


def _share(correct: int, images: int) -> str:
    return f"{100 * correct / images:.2f} % ({correct:,} of {images:,})"


def _variation(how: dict[str, Any]) -> str:
    """Return the augmentation of the training images."""
    shift, cutout, side, epochs = (how.get(name, 0) for name in ("shift", "cutout", "crop", "crop_epochs"))
    augmentations = {
        f"shifts of up to {plural(shift, 'pixel')}": shift,
        "mirroring": how["mirror"],
        f"a blank square of {cutout} x {cutout} pixels": cutout,
        f"over the first {f'{epochs} epochs' if epochs > 1 else 'epoch'} a square of {side} x {side} pixels": epochs,
    }
    return ", ".join(words for words, is_so in augmentations.items() if is_so) or "none"


def _proof(card: dict[str, Any]) -> str:
    """Return the outcome of the event-driven run; the accuracy is that of the integers only without mismatches."""
    proof = card["proof"]
    images = plural(proof["images"], "held-out image")
    regions = ", ".join(f"{proof[name]:,} {word}" for name, word in REGIONS.items())
    what = (
        f"in {proof['checked']:,} neuron-timestep pairs and logits of {images}, compared with the quantised network; "
        f"{regions}"
    )
    return (
        f"that of the integers: 0 mismatches {what}"
        if not proof["mismatches"]
        else (f"NOT that of the integers: {proof['mismatches']:,} MISMATCHES {what}")
    )


def _machine(card: dict[str, Any]) -> str:
    if card["device"]:
        return str(card["device"])
    return f"{plural(card['threads'], 'thread')} of {card['host']['processor']}"
