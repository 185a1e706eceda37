"""The bytes of an image file -> whether it is one that a server should open."""

import io
import warnings

PIXELS = 50_000_000
"""More is refused before anything is unpacked: a phone's camera has 12 to 50 million."""
TOO_LARGE = f"an image of at most {PIXELS:,} pixels"
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


def check_picture(content: bytes) -> str:
    """Return what was expected in place of ``content``, or nothing where it is an image that can be read whole."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=FORMATS)
            if image.width * image.height > PIXELS:
                return TOO_LARGE
            image.load()
    except Image.DecompressionBombError:
        return TOO_LARGE
    except Exception:  # Pillow raises a dozen kinds for damaged files
        return "a whole image file (PNG, JPEG, WebP, GIF, BMP, TIFF) in base64"
    return ""
