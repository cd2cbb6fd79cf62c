"""A card: what is to be known of trained weights, as a person reads it."""

from __future__ import annotations

from typing import Any

from neurosim.units import format_duration, plural

REGIONS = {"saturated": "saturated", "zero": "zero", "negative": "negative", "ties": "exact ties"}


def line(epoch: Any, epochs: int) -> str:
    """Return one line about an epoch that is done, and how long the rest will take at its pace."""
    left = (epochs - epoch.number) * epoch.seconds
    return (
        f"epoch {epoch.number:>3} of {epochs}   loss {epoch.loss:.4f}   held back {100 * epoch.accuracy:.2f} %   "
        f"{epoch.spikes_per_neuron:.3f} spikes per neuron   {format_duration(epoch.seconds)}, "
        f"{format_duration(left)} left"
    )


def text(card: dict[str, Any]) -> str:
    """Return a card as Markdown."""
    found, activity, integers, recipe = card["accuracy"], card["activity"], card["integers"], card["recipe"]
    images, network, data = found["images"], card["network"], card["data"]
    layers = activity["by_layer"]
    sparsity = recipe["sparsity"]
    penalty = f"{sparsity['coefficient']:g} per {sparsity['normalisation']}" if sparsity["coefficient"] else "none"
    rows = {
        "network": f"{network['name']}, input {' x '.join(map(str, network['input']))}, "
        f"{plural(network['neurons'], 'neuron')}, {plural(network['weights'], 'weight')}, "
        f"{plural(network['macs'], 'in-bounds MAC')}",
        "trained on": f"{data['train']}, {data['train_images']:,} images",
        "measured on": f"{data['test']}, {data['test_images']:,} images, none of them trained on",
        "accuracy in real numbers": _share(found["float_correct"], images),
        f"accuracy of the integers, {integers['weight_bits']}-bit weights": _share(found["integer_correct"], images),
        f"accuracy as spikes, T = {activity['steps']}": _proof(card),
        "spikes per neuron": f"{activity['spikes_per_neuron']:.3f} over all steps, "
        f"{activity['spikes_per_neuron'] / activity['steps']:.4f} per step",
        "synaptic additions an image": f"{activity['additions_per_image'] / 1e6:,.1f} million, behind the first layer",
        "exponents and accumulators": f"{integers['exponents'][0]} to {integers['exponents'][-1]}, at most "
        f"{integers['accumulator_bits']} bits",
        "recipe": f"{recipe['epochs']} epochs of batches of {recipe['batch']}, rate {recipe['rate']:g} after "
        f"{100 * recipe['warmup']:g} % warm-up, cosine decay, momentum {recipe['momentum']:g}, weight decay "
        f"{recipe['weight_decay']:g}, label smoothing {recipe['smoothing']:g}; the last {recipe['integer_epochs']} on "
        f"integer weights; seed {recipe['seed']}",
        "started from": recipe["start"] or "random weights",
        "images varied by": _variation(recipe["augmentation"]),
        "activity penalty (L1)": penalty,
        "took": f"{format_duration(card['seconds'])}, {recipe['precision']}, {_machine(card)}, PyTorch {card['torch']}",
        "to train it again": f"`neurosim train {card['name']}`, fingerprint {card['fingerprint']}",
        "weights": f"`{card['weights']['file']}`, SHA-256 {card['weights']['sha256'][:16]}...",
    }
    head = [f"# {card['name']}", "", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())]
    names = " | ".join(layer["layer"] for layer in layers)
    values = " | ".join(f"{layer['spikes_per_neuron']:.3f}" for layer in layers)
    activity_table = ["", "Spikes per neuron by layer, over all steps:", "", f"| {names} |", "|---" * len(layers) + "|"]
    return "\n".join([*head, *activity_table, f"| {values} |"]) + "\n"


def _share(correct: int, images: int) -> str:
    return f"{100 * correct / images:.2f} % ({correct:,} of {images:,})"


def _variation(how: dict[str, Any]) -> str:
    """Say how images were varied."""
    shift, cutout, side, epochs = (how.get(name, 0) for name in ("shift", "cutout", "crop", "crop_epochs"))
    said = {
        f"shifts of up to {plural(shift, 'pixel')}": shift,
        "mirroring": how["mirror"],
        f"a blank square of {cutout} x {cutout} pixels": cutout,
        f"over the first {f'{epochs} epochs' if epochs > 1 else 'epoch'} a square of {side} x {side} pixels": epochs,
    }
    return ", ".join(words for words, is_so in said.items() if is_so) or "nothing"


def _proof(card: dict[str, Any]) -> str:
    """Say what an event-driven run of the integers showed; the same as the integers' only where nothing differed."""
    found = card["proof"]
    images = f"{plural(found['images'], 'image')} held back"
    met = ", ".join(f"{found[name]:,} {word}" for name, word in REGIONS.items())
    what = f"in {found['checked']:,} slots, every spike and logit of {images} against the quantised network; {met}"
    return (
        f"the integers' own: 0 mismatches {what}"
        if not found["mismatches"]
        else (f"NOT the integers': {found['mismatches']:,} MISMATCHES {what}")
    )


def _machine(card: dict[str, Any]) -> str:
    if card["device"]:
        return str(card["device"])
    return f"{plural(card['threads'], 'thread')} of {card['host']['processor']}"
