"""Faces in pictures, and the scale of a shot by the largest of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.errors import ModelError

if TYPE_CHECKING:
    from plugins.analyze.looks import Bytes

Box = tuple[int, int, int, int]

CLOSE_UP, MEDIUM = 0.35, 0.1  # shares of the picture's height
_CASCADE = "haarcascade_frontalface_alt2.xml"
_NEEDS = "pip install 'cinekit[faces]'"
_SIDE = 640  # pixels of the longer side that the cascade looks at
_ENLARGED = 2  # times that a smaller picture is enlarged, since most of its faces are too small for the cascade
_SMALLEST = 24  # pixels: the window that it was trained on has 20
_STEP = 1.2
_NEIGHBOURS = 3


class FaceFinder:
    """Finds faces seen from the front, by a cascade of Haar-like features (Viola & Jones 2001; Lienhart 2002).

    It is the cascade "frontalface_alt2" that OpenCV 4 ships. Profiles and masks are not found, drawn faces seldom.

    Raises:
        ModelError: OpenCV is missing, or is a release without cascades.
    """

    def __init__(self) -> None:
        self._cv2, self._cascade = _cascade()

    def faces(self, rgb: Bytes) -> list[Box]:
        """The faces of a picture, the largest first.

        Args:
            rgb: (h, w, 3) uint8.

        Returns:
            x, y of the upper left corner, width and height, in pixels of the picture. A face is a square from the
            forehead to the chin. Those of less than 24 pixels are not looked for, once the picture is brought to 640
            pixels on the longer side, or enlarged to twice its size where that is less.
        """
        height, width = rgb.shape[:2]
        scale = min(_ENLARGED, _SIDE / max(height, width))
        size = (round(width * scale), round(height * scale))
        if min(size) < _SMALLEST:
            return []
        grey = self._cv2.cvtColor(np.ascontiguousarray(rgb), self._cv2.COLOR_RGB2GRAY)
        grey = self._cv2.resize(grey, size, interpolation=self._cv2.INTER_AREA if scale < 1 else self._cv2.INTER_LINEAR)
        found = self._cascade.detectMultiScale(
            self._cv2.equalizeHist(grey),
            scaleFactor=_STEP,
            minNeighbors=_NEIGHBOURS,
            minSize=(_SMALLEST, _SMALLEST),
        )
        boxes = [tuple(int(value / scale) for value in box) for box in found]
        # Its threads finish in any order.
        return sorted(boxes, key=lambda box: (-box[3], box[0], box[1]))  # type: ignore[arg-type]


def shot_scale(faces: list[Box], height: int) -> tuple[int, float | None, str | None]:
    """The scale of a shot, by the height of its largest face.

    A standing body is some seven and a half heads high, and the square of a face some .8 of a head. At .1 of the
    picture's height eight heads fit into it, which is the whole body (long shot); at .35 some two, which is head and
    shoulders (close-up); medium shots lie between. The scales are the field's (Bordwell & Thompson, Film Art); the
    two limits are this program's own.

    Args:
        faces: as `FaceFinder.faces` returns them.
        height: of the picture they were found in.

    Returns:
        How many faces there are, the largest one's height as a share of the picture's, and close-up, medium or long;
        None and None where there is no face, which says nothing about the scale.
    """
    if not faces:
        return 0, None, None
    share = max(face[3] for face in faces) / height
    return len(faces), share, "close-up" if share >= CLOSE_UP else "medium" if share >= MEDIUM else "long"


@cache
def _cascade() -> tuple[Any, Any]:
    """OpenCV and the cascade, read once."""
    try:
        import cv2
    except ImportError as error:
        raise ModelError(f"faces need OpenCV: {_NEEDS}") from error
    if not hasattr(cv2, "CascadeClassifier"):
        raise ModelError(f"OpenCV {cv2.__version__} has no cascades any more, release 4 has: {_NEEDS}")
    file = Path(cv2.__file__).parent / "data" / _CASCADE
    cascade = cv2.CascadeClassifier(str(file)) if file.is_file() else None
    if cascade is None or cascade.empty():
        raise ModelError(f"OpenCV {cv2.__version__} comes without {_CASCADE}: {_NEEDS}")
    return cv2, cascade
