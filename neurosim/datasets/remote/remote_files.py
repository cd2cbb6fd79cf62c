"""Where the official files of the data sets are published, with their checksums and licences.

Sources of the checksums: those of the CIFAR sets stand beside the links on their author's page,
https://www.cs.toronto.edu/~kriz/cifar.html; those of Fashion-MNIST in the README of its authors,
https://github.com/zalandoresearch/fashion-mnist. MNIST's authors published none: its checksums are those by which
torchvision (torchvision/datasets/mnist.py) checks the same four files, whether from their page or from the copy that is
read here. All are MD5: they detect damage, they do not prove an origin.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """One published file: where it is, its MD5 checksum and its size in bytes."""

    url: str
    md5: str
    size: int

    @property
    def name(self) -> str:
        """The file's name."""
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class RemoteDataset:
    """The files of one data set.

    They go to ``folder`` below the data folder. With ``members`` the one file is a tar archive of which only these are
    kept. ``licence`` is in the publisher's words, at the address ``stated``.
    """

    folder: str
    files: tuple[RemoteFile, ...]
    members: tuple[str, ...]
    licence: str
    stated: str

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files in the folder once all is downloaded."""
        return self.members or tuple(file.name for file in self.files)


def _idx(place: str, md5: tuple[str, ...], sizes: tuple[int, ...]) -> tuple[RemoteFile, ...]:
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    parts = zip(names, md5, sizes, strict=True)
    return tuple(RemoteFile(f"{place}/{name}-ubyte.gz", checksum, size) for name, checksum, size in parts)


CIFAR = "https://www.cs.toronto.edu/~kriz"
SOURCES: dict[str, RemoteDataset] = {
    "cifar10": RemoteDataset(
        "cifar-10-batches-bin",
        (RemoteFile(f"{CIFAR}/cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", 170_052_171),),
        (*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"),
        "none stated; the page asks to cite Krizhevsky 2009",
        f"{CIFAR}/cifar.html",
    ),
    "cifar100": RemoteDataset(
        "cifar-100-binary",
        (RemoteFile(f"{CIFAR}/cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8", 168_513_733),),
        ("train.bin", "test.bin"),
        "none stated; the page asks to cite Krizhevsky 2009",
        f"{CIFAR}/cifar.html",
    ),
    "fashion_mnist": RemoteDataset(
        "fashion_mnist",
        _idx(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
            (
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
            (26_421_880, 29_515, 4_422_102, 5_148),
        ),
        (),
        "MIT, copyright Zalando SE",
        "https://github.com/zalandoresearch/fashion-mnist",
    ),
    "mnist": RemoteDataset(
        "mnist",
        _idx(
            "https://ossci-datasets.s3.amazonaws.com/mnist",
            (
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            (9_912_422, 28_881, 1_648_877, 4_542),
        ),
        (),
        "CC BY-SA 3.0, copyright Yann LeCun and Corinna Cortes",
        "https://keras.io/api/datasets/mnist",
    ),
}
