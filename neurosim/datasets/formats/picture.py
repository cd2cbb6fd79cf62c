"""A picture (PNG, JPEG and the like) from a file or from bytes, decoded whole or refused with the reason."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from neurosim.errors import DocumentError
from neurosim.filesystem.ordinary_file import file_size

LARGEST_PIXELS = 2**26
"""Of one picture (64 megapixels, 192 MiB in colour): a file of a few kilobytes can declare a thousand times more."""

FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "PPM", "GIF", "TIFF")  # no others: Pillow starts a program to read PostScript
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # ``check_size`` refuses what it warns of


class PictureError(ValueError):
    """A picture that cannot be decoded; the text is the reason."""


def decode(content: Path | bytes, mode: str) -> Image.Image:
    """Return a picture in colour (``mode`` RGB) or grey (L); PictureError where it is not a picture or too large."""
    source = content if isinstance(content, Path) else io.BytesIO(content)
    try:
        with Image.open(source, formats=FORMATS) as file:
            check_size(*file.size)
            return file.convert(mode)
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"it is none of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:
        raise PictureError(f"it has more than {LARGEST_PIXELS:,} pixels") from None
    except Exception as error:  # a decoder raises almost anything on damaged bytes
        raise PictureError(str(getattr(error, "strerror", None) or error) or "it is damaged") from error


def check_size(width: int, height: int) -> None:
    """PictureError where a picture, before or after it is resampled, has no pixels or too many."""
    if not 0 < width * height <= LARGEST_PIXELS:
        raise PictureError(f"it has {width:,} x {height:,} pixels, at most {LARGEST_PIXELS:,} are decoded")


def read_picture(path: Path, mode: str) -> Image.Image:
    """Return the picture in a file; DocumentError, naming the file, where it cannot be decoded."""
    file_size(path)  # refuses what is not an ordinary file, which Pillow would wait for
    try:
        return decode(path, mode)
    except PictureError as error:
        raise DocumentError(f"{path}: cannot be decoded: {error}") from error
