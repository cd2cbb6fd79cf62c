"""A picture from a file or from bytes, as PNG, JPEG and the like hold one, decoded whole or refused in words."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from neurosim.errors import DocumentError
from neurosim.filesystem.ordinary_file import file_size

LARGEST_PIXELS = 2**26
"""Of one picture (64 megapixels, 192 MiB in colour); a few kilobytes may announce a thousand times as many."""


FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "PPM", "GIF", "TIFF")  # others may start a program, as PostScript does
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)  # what it warns of is refused


class PictureError(ValueError):
    """A picture that cannot be decoded; its text says why."""


def decode(content: Path | bytes, mode: str) -> Image.Image:
    """Return a picture in colour (``mode`` RGB) or in grey (L); PictureError where it is none or too large."""
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
    except Exception as error:  # what damaged bytes make of a decoder has no end
        raise PictureError(str(getattr(error, "strerror", None) or error) or "it is damaged") from error


def check_size(width: int, height: int) -> None:
    """PictureError where a picture of that size, or one that it becomes, has no or too many pixels."""
    if not 0 < width * height <= LARGEST_PIXELS:
        raise PictureError(f"it has {width:,} x {height:,} pixels, at most {LARGEST_PIXELS:,} are decoded")


def read_picture(path: Path, mode: str) -> Image.Image:
    """Return the picture in a file; a DocumentError names the file that holds none."""
    file_size(path)
    try:
        return decode(path, mode)
    except PictureError as error:
        raise DocumentError(f"{path}: cannot be decoded: {error}") from error
