"""Image files in folders named after their classes.

ImageNet (Russakovsky et al. 2015, arXiv 1409.0575) is usually kept so.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray
from PIL import Image

from neurosim.datasets.dataset import LabelledImages, Pick, Split, check_labels, everything
from neurosim.datasets.formats.picture import PictureError, check_size, decode
from neurosim.datasets.locate import contents, places, remedy
from neurosim.errors import DocumentError

PARTS = {"train": ("train",), "test": ("val", "test")}
USUAL = ("imagenet",)
SUFFIXES = (".jpeg", ".jpg", ".png", ".bmp", ".webp", ".ppm")
MARGIN = 256 / 224  # the shorter side before the crop; Krizhevsky et al. 2012, and the usual practice since


@dataclass(frozen=True)
class ImageFolderDataset:
    """Images in folders named after their classes, as ImageNet is usually kept; ``data`` is the folder of the parts.

    Files are ``train/CLASS/*`` and ``val/CLASS/*``, or ``test/CLASS/*``; classes are numbered in the order of their
    names. The shorter side of an image is resampled to 256/224 of ``size``, and the pixels in the middle are kept.

    Parameters
    ----------
    data : str, optional
        Folder of the parts. Without it the default data folder.
    size : int
        Rows and columns of the images, in colour; a stimulus takes those of the network.
    per_class : int, optional
        Only so many images of each class, the first by file name.
    """

    data: str | None = None
    size: Annotated[int, Ge(1), Le(4096)] = 224
    per_class: Annotated[int, Ge(1), Le(2**31 - 1)] | None = None
    kind: ClassVar[str] = "image_folder"

    def __post_init__(self) -> None:
        for name, value in (("size", self.size), ("per_class", self.per_class)):
            if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                raise DocumentError(f"data {self.kind}: '{name}' is a number from 1, found {value!r}")

    def files(self, split: Split) -> list[Path]:
        """Return the folder of one part."""
        parts = self._parts()
        if split not in parts:
            searched = places(self.kind, self.data, USUAL)
            wanted = " or ".join(f"{name}/CLASS/*.JPEG" for name in PARTS[split])
            raise DocumentError(
                f"data {self.kind}: wanted {wanted}; {contents(searched)}; {remedy(self.kind, self.data)}"
            )
        return [parts[split]]

    def read(self, split: Split, pick: Pick = everything) -> LabelledImages:
        """Return one part, codes 0 to 255; see :meth:`DatasetKind.read`. Every file that cannot be decoded is named."""
        (folder,) = self.files(split)
        classes = _classes(self._parts())
        files = [_files(folder / name)[: self.per_class] for name in classes]
        if empty := [name for name, own in zip(classes, files, strict=True) if not own]:
            raise DocumentError(f"{folder}: no images of {', '.join(empty)}; wanted {' '.join(SUFFIXES)}")
        all_files = [file for own in files for file in own]
        numbers = np.repeat(np.arange(len(classes)), [len(own) for own in files])
        labels = check_labels(folder, numbers, len(all_files), classes)
        rows = pick(len(all_files))
        images = self._decode([all_files[row] for row in rows])
        return LabelledImages(images, labels[rows], classes, 1 / 255, 255, f"{folder.parent.name}/{folder.name}")

    def _parts(self) -> dict[str, Path]:
        """Return the folder of each part that exists, of the first place that has any."""
        for place in places(self.kind, self.data, USUAL):
            folders = {
                split: place / name for split, names in PARTS.items() for name in reversed(names)
                if (place / name).is_dir()
            }  # fmt: skip
            if folders:
                return folders
        return {}

    def _decode(self, files: list[Path]) -> NDArray[np.uint8]:
        needed = len(files) * self.size**2 * 3
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        if needed > memory:
            raise DocumentError(
                f"data {self.kind}: {len(files):,} images of {self.size} x {self.size} pixels take "
                f"{needed / 1e9:,.1f} GB, this machine has {memory / 1e9:,.1f}; keep fewer with 'per_class'"
            )
        images = np.empty((len(files), self.size, self.size, 3), np.uint8)

        def fill(row: int) -> str:
            try:
                images[row] = _cropped(files[row], self.size)
            except PictureError as error:
                return f"{files[row]}: cannot be decoded: {error}"
            return ""

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:  # Pillow decodes without the GIL
            broken = [problem for problem in threads.map(fill, range(len(files))) if problem]
        if broken:
            raise DocumentError("\n".join(broken))
        return images


def _classes(parts: dict[str, Path]) -> tuple[str, ...]:
    """Return the names of the classes; DocumentError where the parts do not have the same."""
    by_part = {
        part: {entry.name for entry in part.iterdir() if entry.is_dir() and not entry.name.startswith(".")}
        for part in parts.values()
    }
    for part, names in by_part.items():
        if not names:
            raise DocumentError(f"{part}: no folders of classes in it")
    classes = set[str]().union(*by_part.values())
    lacking = [f"{part}: lacks the classes {', '.join(sorted(classes - names))}" for part, names in by_part.items()
               if names != classes]  # fmt: skip
    if lacking:
        raise DocumentError("\n".join(lacking))
    return tuple(sorted(classes))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


def _cropped(path: Path, size: int) -> NDArray[np.uint8]:
    """Return the middle of an image, (size, size, 3)."""
    image = decode(path, "RGB")
    # As torchvision's Resize and CenterCrop: the shorter side first, then the middle.
    ratio = round(size * MARGIN) / min(image.size)
    width, height = (max(size, int(side * ratio)) for side in image.size)
    check_size(width, height)
    left, top = round((width - size) / 2), round((height - size) / 2)
    resized = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(resized.crop((left, top, left + size, top + size)))
