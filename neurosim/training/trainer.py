"""The training loop: batch by batch, one record an epoch, resumable at any batch.

Every random number depends on the seed, the epoch and the batch alone, so a run that was killed and resumed from its
checkpoint ends with the same bytes as one that was not (on the same machine, with as many threads).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurosim.datasets.dataset import LabelledImages
from neurosim.errors import ConversionError, DocumentError
from neurosim.network.graph import Graph, Network
from neurosim.training import checkpoint
from neurosim.training.augmentation import crop, vary
from neurosim.training.batchnorm_split import split_batchnorm
from neurosim.training.checkpoint import CheckpointPosition
from neurosim.training.integer_grid import IntegerGrid
from neurosim.training.module import GraphModule
from neurosim.training.qcfs import SMALLEST_CLIP
from neurosim.training.recipe import Recipe
from neurosim.training.signals import deferred

SAVE_EVERY_SECONDS = 300.0  # between checkpoints within an epoch (our choice)
VALIDATION_BATCH = 256  # images that are evaluated together (our choice)

Watch = Callable[[str, int], Callable[[], None]]


@dataclass(frozen=True)
class Epoch:
    """The result of one epoch: mean training loss, and accuracy and spikes per neuron on held-out images.

    ``rate`` is the last learning rate, ``spikes_per_neuron`` counts the set bits of all activation codes over T steps.
    """

    number: int
    rate: float
    loss: float
    accuracy: float
    spikes_per_neuron: float
    seconds: float


class Trainer:
    """A recipe, its data and a network that is trained; ``epochs()`` may be left and called again."""

    def __init__(
        self,
        recipe: Recipe,
        graph: Graph,
        train: LabelledImages,
        held_out: LabelledImages,
        folder: Path,
        start: Network | None = None,
        device: str = "cpu",
        fingerprint: str = "",
    ) -> None:
        """``held_out`` images are evaluated after each epoch; ``start`` are the first weights, random where None.

        Training resumes from a checkpoint in ``folder`` of the same ``fingerprint``; DocumentError for another one.
        """
        self.recipe, self.train, self.held_out, self.device = recipe, train, held_out, device
        self.folder, self.fingerprint = folder, fingerprint
        torch.manual_seed(recipe.seed)
        self.module = GraphModule(graph)
        if start is not None:
            self._begin_with(start)
        placed: Any = self.module  # PyTorch's types do not know the memory format
        placed.to(device=device, memory_format=torch.channels_last)
        torch.backends.cudnn.allow_tf32 = False  # float32 is float32, on a GPU as well, and the same each time
        torch.backends.cudnn.deterministic = True
        self.batches = len(train.labels) // recipe.batch or 1
        self.optimiser = self._optimiser()
        self._set_penalty()
        self.position = CheckpointPosition()
        if (saved := checkpoint.load(folder, fingerprint)) is not None:
            self.position, states = saved
            self._resume(states)

    def epochs(self, watch: Watch) -> Iterator[Epoch]:
        """Train to the end of the recipe, and yield each finished epoch."""
        while self.position.epoch < self.recipe.epochs:
            yield self._epoch(watch)

    def network(self) -> Network:
        """Return the network as trained so far; once weights are on their grid, the weights that become integers."""
        return self.module.network()

    @property
    def log(self) -> list[Epoch]:
        """All finished epochs, those before a resumption too."""
        return [Epoch(int(record.pop("number")), **record) for record in map(dict, self.position.log)]

    def _epoch(self, watch: Watch) -> Epoch:
        recipe, position = self.recipe, self.position
        began = time.monotonic() - position.seconds
        if self.module.grid is None and position.epoch >= recipe.epochs - recipe.integer_epochs:
            unit, top = self.train.unit, self.train.max_code
            self.module.rest_constant_channels()
            self.module.settle(IntegerGrid.of(self.module.network(), recipe.steps, recipe.weight_bits, unit, top))
        self._train(began, watch(f"epoch {position.epoch + 1} of {recipe.epochs}", self.batches - position.batch))
        loss, rate = position.loss / self.batches, self.optimiser.param_groups[0]["lr"]
        try:
            correct, spikes = self._evaluate(self.held_out)
        except KeyboardInterrupt:
            self.save()
            raise
        images = len(self.held_out.labels)
        activity = spikes / images / self.module.graph.neurons
        epoch = Epoch(position.epoch + 1, rate, loss, correct / images, activity, time.monotonic() - began)
        log = [*position.log, vars(epoch)]
        self.position = CheckpointPosition(position.epoch + 1, log=log)
        self.save()
        return epoch

    def _train(self, began: float, advance: Callable[[], None]) -> None:
        """Train on the rest of the epoch; write a checkpoint now and then, and on Ctrl-C, which ends it."""
        position, size = self.position, self.recipe.batch
        order = np.random.default_rng((self.recipe.seed, position.epoch)).permutation(len(self.train.labels))
        self.module.train()
        saved = time.monotonic()
        with deferred() as interrupted:
            while position.batch < self.batches:
                position.loss += self._step(order[position.batch * size :][:size])
                position.batch += 1
                position.seconds = time.monotonic() - began
                if interrupted() or time.monotonic() - saved > SAVE_EVERY_SECONDS:
                    self.save()
                    saved = time.monotonic()
                if interrupted():
                    break
                advance()
        if position.batch < self.batches:  # the handler of the signal raised nothing
            raise KeyboardInterrupt

    def save(self) -> None:
        """Write a checkpoint."""
        states: dict[str, Any] = {"module": self.module.state_dict(), "optimiser": self.optimiser.state_dict()}
        states["grid"] = None if self.module.grid is None else vars(self.module.grid)
        checkpoint.save(self.folder, self.fingerprint, self.position, states)

    def _resume(self, states: dict[str, Any]) -> None:
        """Restore the states of a checkpoint."""
        try:
            self.module.load_state_dict(states["module"])
            self.optimiser.load_state_dict(states["optimiser"])
            grid = None if states["grid"] is None else IntegerGrid(**states["grid"])
        except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
            path = self.folder / checkpoint.NAME
            raise DocumentError(
                f"{path}: not a checkpoint of {self.module.graph.name}; remove it to begin anew"
            ) from error
        if grid is not None:
            self.module.settle(grid)

    def _step(self, rows: NDArray[np.integer]) -> float:
        """Train on one batch and return its loss; ConversionError for a loss that is not finite."""
        recipe, position = self.recipe, self.position
        random = np.random.default_rng((recipe.seed, position.epoch, position.batch))
        codes = vary(self.train.images[rows], recipe.augmentation, random)
        if position.epoch < recipe.augmentation.crop_epochs:
            codes = crop(codes, recipe.augmentation.crop, random)
        labels = torch.from_numpy(self.train.labels[rows]).to(self.device)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        exact = recipe.precision == "float32" or position.epoch >= recipe.epochs - recipe.exact_epochs
        with torch.autocast(self.device, torch.bfloat16, enabled=not exact):
            logits = self.module(self._pixels(codes))
        loss = functional.cross_entropy(logits.float(), labels, label_smoothing=recipe.smoothing)
        if not math.isfinite(value := loss.item()):
            raise ConversionError(
                f"epoch {position.epoch + 1}, batch {position.batch + 1}: the loss is {value}; "
                f"take a smaller rate (now {self._rate():g}) or a longer warmup"
            )
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self.optimiser.step()
        with torch.no_grad():
            for activation in self.module.activations.values():
                activation.lam.clamp_(min=SMALLEST_CLIP)
        return value

    def _rate(self) -> float:
        """Return the learning rate of the next batch: a linear rise, then half a cosine down to 0."""
        done = self.position.epoch * self.batches + self.position.batch
        total = self.recipe.epochs * self.batches
        rise = self.recipe.warmup * total
        if done < rise:
            return self.recipe.rate * (done + 1) / (rise + 1)
        return self.recipe.rate * 0.5 * (1 + math.cos(math.pi * (done - rise) / max(total - rise, 1)))

    def _pixels(self, codes: NDArray[np.integer]) -> Tensor:
        """Return codes (n, rows, columns, channels) as real pixels (n, channels, rows, columns)."""
        pixels = torch.from_numpy(codes.astype(np.float32)).to(self.device).permute(0, 3, 1, 2)
        return (pixels * self.train.unit).contiguous(memory_format=torch.channels_last)

    def correct(self, examples: LabelledImages) -> int:
        """Return how many of ``examples`` the network classifies correctly in real numbers."""
        return self._evaluate(examples)[0]

    @torch.no_grad()
    def _evaluate(self, examples: LabelledImages) -> tuple[int, int]:
        """Return how many answers are correct, and the spikes of all images: the set bits of all activation codes."""
        self.module.eval()
        spikes = correct = 0

        def count(activation: Any, inputs: Any, y: Tensor) -> None:
            nonlocal spikes
            codes = torch.round(y * (activation.levels / activation.lam)).to(torch.int32).cpu().numpy()
            spikes += int(np.bitwise_count(codes).sum())

        hooks = [activation.register_forward_hook(count) for activation in self.module.activations.values()]
        for first in range(0, len(examples.labels), VALIDATION_BATCH):
            part = slice(first, first + VALIDATION_BATCH)
            answers = self.module(self._pixels(examples.images[part])).argmax(1).cpu().numpy()
            correct += int((answers == examples.labels[part]).sum())
        for hook in hooks:
            hook.remove()
        return correct, spikes

    def _optimiser(self) -> torch.optim.Optimizer:
        """Return SGD with weight decay on the weights of layers, but not on biases, statistics or clip values."""
        weighted = (node.name for node in self.module.graph.nodes if node.layer.weighted)
        names = {f"{name}.weight" for name in weighted}
        decayed = [tensor for name, tensor in self.module.parameters_by_name().items() if name in names]
        rest = [tensor for name, tensor in self.module.parameters_by_name().items() if name not in names]
        groups = [{"params": decayed, "weight_decay": self.recipe.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        momentum = self.recipe.momentum
        return torch.optim.SGD(groups, self.recipe.rate, momentum=momentum, nesterov=momentum > 0)

    def _begin_with(self, start: Network) -> None:
        """Load the first weights; a folded network gets batch statistics of training images."""
        if set(start.parameters) == set(self.module.graph.parameters):
            self.module.load(start.parameters)
            return
        rows = np.random.default_rng(self.recipe.seed).permutation(len(self.train.labels))[:VALIDATION_BATCH]
        images = torch.from_numpy(self.train.images[rows].astype(np.float32)).permute(0, 3, 1, 2)
        split_batchnorm(self.module, start, images * self.train.unit)

    def _set_penalty(self) -> None:
        """Give each activation the gradient of the penalty; the cross entropy is already a mean over the images."""
        sparsity, graph = self.recipe.sparsity, self.module.graph
        if not any(node.layer.fires for node in graph.nodes):
            raise ConversionError(f"{graph.name}: no activation that could fire")
        penalty = sparsity.coefficient * self.recipe.steps
        if sparsity.normalisation != "sum":
            penalty /= min(self.recipe.batch, len(self.train.labels))
        if sparsity.normalisation == "neuron":
            penalty /= graph.neurons
        for activation in self.module.activations.values():
            activation.penalty = penalty
