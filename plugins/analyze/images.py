"""Images: colours, light and faces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from plugins.analyze.faces import FaceFinder, shot_scale
from plugins.analyze.looks import lab_of, looks_of
from plugins.analyze.palettes import palette_of
from plugins.analyze.picture_files import read_picture
from toolkit.analyzer import Analyzer, Shown
from toolkit.model import setting

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from toolkit.document import Document, Workspace

_DETAILED = 640  # pixels of the longer side in which faces are looked for
_SHOWS = (
    Shown(
        "Images",
        """
SELECT d.name AS document, i.width, i.height, round(i.opaque_share, 2) AS opaque, round(i.brightness, 1) AS brightness,
    round(i.contrast, 1) AS contrast, round(i.saturation, 1) AS saturation, round(i.warmth, 1) AS warmth, i.faces,
    i.shot_scale AS scale, p.palette
FROM results.images i JOIN raw.documents d ON d.document_key = i.document_key
LEFT JOIN (
    SELECT run, document_key, string_agg(colour, ' ' ORDER BY place) AS palette FROM results.palettes
    WHERE run IN (SELECT unnest($runs)) AND shot IS NULL GROUP BY run, document_key
) p ON p.run = i.run AND p.document_key = i.document_key
WHERE i.run IN (SELECT unnest($runs))
ORDER BY d.name, i.document_key
""",
        columns=("document", "brightness", "saturation", "warmth", "faces", "palette"),
    ),
)


class Images(Analyzer):
    """Colours, light and faces of images.

    Reads PNG, JPEG, WebP, GIF, BMP and TIFF; of several frames or pages, the first. What is transparent counts as
    little as it is seen. docs/pictures.md defines every number.
    """

    name: ClassVar[str] = "images"
    kind: ClassVar[str] = "image"
    suffixes: ClassVar[tuple[str, ...]] = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
    writes: ClassVar[tuple[str, ...]] = ("results.images", "results.palettes")
    together: ClassVar[int] = 500
    titled_by: ClassVar[Literal["file", "folder"]] = "folder"
    shows: ClassVar[tuple[Shown, ...]] = _SHOWS

    colours: int = setting(5, "Colours of a palette", ge=1, le=32)
    faces: bool = setting(False, "Look for faces, which give the scale of the shot; needs cinekit[faces]")

    def model_post_init(self, context: Any) -> None:
        """Find out before any image is read whether faces can be looked for. Raises ModelError where they cannot."""
        if self.faces:
            FaceFinder()

    def analyze(self, document: Document, workspace: Workspace) -> Mapping[str, pl.DataFrame]:
        """Rows of both its tables. Raises SourceError where the file is no image, ModelError where a package lacks."""
        import polars as pl

        picture = read_picture(document.path)
        lab = lab_of(picture.rgb)
        opacity = picture.opacity
        looks = looks_of(lab[None], None if opacity is None else opacity[None])
        faces = self._faces(document.path) if self.faces else (None, None, None)
        image = pl.DataFrame(
            {
                "width": pl.Series([picture.width], dtype=pl.Int32),
                "height": pl.Series([picture.height], dtype=pl.Int32),
                "mode": [picture.mode],
                "opaque_share": [1.0 if opacity is None else float(opacity.mean(dtype="float64"))],
                **looks,
                "faces": pl.Series([faces[0]], dtype=pl.Int32),
                "face_height": pl.Series([faces[1]], dtype=pl.Float64),
                "shot_scale": pl.Series([faces[2]], dtype=pl.String),
            }
        ).with_columns(pl.col(*looks).fill_nan(None))  # of nothing that is opaque, nothing is known
        weights = None if opacity is None else opacity.reshape(-1)
        palette = palette_of(lab.reshape(-1, 3), weights, self.colours, workspace.seed)
        return {
            "results.images": image,
            "results.palettes": palette.with_columns(pl.lit(None, pl.Int32).alias("shot")),
        }

    def _faces(self, path: Path) -> tuple[int, float | None, str | None]:
        """How many faces, the largest one's height, and the scale of the shot."""
        rgb = read_picture(path, _DETAILED).rgb
        return shot_scale(FaceFinder().faces(rgb), rgb.shape[0])
