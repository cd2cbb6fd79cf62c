"""32 x 32 colour images of a hundred classes in twenty.

Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from neurosim.datasets.dataset import LabelledImages, Pick, Shape, Split, everything, examples
from neurosim.datasets.formats.cifar_records import read_records
from neurosim.datasets.locate import find
from neurosim.errors import DocumentError
from neurosim.messages import suggest

FINE = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
willow_tree wolf woman worm
"""
COARSE = """
aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture
insects large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores
medium_mammals non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2
"""
CLASSES = {"coarse": tuple(COARSE.split()), "fine": tuple(FINE.split())}  # in the order of the label bytes
USUAL = ("cifar-100-binary", "cifar100/cifar-100-binary", "cifar100")


@dataclass(frozen=True)
class Cifar100Dataset:
    """CIFAR-100: colour images of 32 x 32 pixels; ``labels`` are fine (100 classes) or coarse (20).

    Parameters
    ----------
    data : str, optional
        Folder of the official binary version. Without it the default data folder.
    labels : {"fine", "coarse"}
        Which of the two label bytes of an image is its label.
    """

    data: str | None = None
    labels: str = "fine"
    kind: ClassVar[str] = "cifar100"
    shape: ClassVar[Shape] = (3, 32, 32)
    classes: ClassVar[int] = len(CLASSES["fine"])

    def __post_init__(self) -> None:
        if self.labels not in CLASSES:
            nearest = suggest(self.labels, CLASSES) or "; there are: fine, coarse"
            raise DocumentError(f"data {self.kind}: unknown labels '{self.labels}'{nearest}")

    def files(self, split: Split) -> list[Path]:
        """Return the file of one part."""
        return find(self.kind, self.data, USUAL, ((f"{split}.bin",),))

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return 50 000 training or 10 000 test images, codes 0 to 255; see :meth:`DatasetKind.read`."""
        files = self.files(split)
        images, labels = read_records(files, labels=len(CLASSES))
        chosen = labels[:, tuple(CLASSES).index(self.labels)]
        name = f"CIFAR-100 {'training' if split == 'train' else 'test'} set"
        return examples(files[0], images, chosen, CLASSES[self.labels], 255, name, pick)
