"""Where the official files of the data sets are published, and their checksums."""

from __future__ import annotations

SOURCES: dict[str, str] = {"mnist": "", "fashion_mnist": "", "cifar10": "", "cifar100": ""}
