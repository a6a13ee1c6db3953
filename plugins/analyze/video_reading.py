"""A video read once, frame by frame, into rows of shots, palettes and the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.analyze.contact_sheet import contact_sheet
from plugins.analyze.faces import FaceFinder, shot_scale
from plugins.analyze.looks import lab_of, looks_of
from plugins.analyze.palettes import palette_of
from plugins.analyze.shot_boundaries import BoundaryFinder, Thresholds, Transition
from plugins.analyze.shot_record import MEASURES, Shot
from plugins.analyze.shot_scenes import scenes_of

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from numpy.typing import NDArray

    from plugins.analyze.frames import Frame
    from plugins.analyze.video import Video
    from toolkit.document import Workspace

BATCH = 64  # frames that are measured together
PICTURE_EVERY = 8  # frames, of which one is kept larger
FACE_WIDTH = 320  # pixels that faces are looked for in, where no key frames are kept
GRID = (3, 4)  # rows and columns of the looks that scenes are grouped by


class Reading:
    """A video while it is read: frames wait until it is certain which shot they belong to."""

    def __init__(self, model: Video, workspace: Workspace, rate: float) -> None:
        self.model, self.workspace, self.rate = model, workspace, rate
        self.finder = BoundaryFinder(Thresholds(cut=model.cut, gradual=model.gradual))
        self.face_finder = FaceFinder() if model.faces else None
        self.shots: list[dict[str, Any]] = []
        self.palettes: list[pl.DataFrame] = []
        self.grids: list[NDArray[np.float64]] = []
        self.keys: list[Path] = []
        self._batch: list[NDArray[np.uint8]] = []
        self._lightness: NDArray[np.float32] | None = None  # of the frame before the batch
        self._waiting: list[tuple[float, Any, NDArray[np.uint8], NDArray[np.uint8] | None]] = []
        self._unmeasured: list[tuple[float, NDArray[np.uint8] | None]] = []
        self._transitions: list[Transition] = []
        self._shot: Shot | None = None
        self._next = 0  # number of the first frame that waits
        self._times: list[float] = []
        self._size = (0, 0)

    def take(self, frame: Frame) -> None:
        """Take the next frame."""
        width = self.model.key_width or (FACE_WIDTH if self.model.faces else 0)
        wanted = width and frame.number % PICTURE_EVERY == 0
        self._unmeasured.append((frame.time, frame.picture(width) if wanted else None))
        self._batch.append(frame.small)
        self._times.append(frame.time)
        self._size = frame.size
        if len(self._batch) == BATCH:
            self._measure()
            self._settle(self.finder.settled)

    def finished(self) -> dict[str, pl.DataFrame]:
        """Rows of all tables, when all frames were taken."""
        import polars as pl

        if self._batch:
            self._measure()
        self._transitions += self.finder.finish()
        self._settle(len(self._times))
        step = float(np.median(np.diff(self._times))) if len(self._times) > 1 else 1 / self.rate
        self._close(self._times[-1] + step)
        frame = self._shot_frame()
        if self.model.sheet and self.keys:
            labels = [f"{shot['shot']}  {shot['starts_at']:.1f} s" for shot in self.shots if shot["key_frame_file"]]
            contact_sheet(self.keys, labels, self.workspace.folder / "sheet.png")
        palettes = pl.concat(self.palettes) if self.palettes else _no_palettes()
        return {
            "results.videos": self._video_frame(frame, step),
            "results.shots": frame,
            "results.palettes": palettes.select("shot", "place", "colour", "lightness", "a", "b", "share"),
        }

    def _measure(self) -> None:
        """Measure the frames of the batch, and look for transitions among them."""
        frames = np.stack(self._batch)
        lab = lab_of(frames)
        looks = looks_of(lab)
        lightness = lab[..., 0]
        before = lightness[:1] if self._lightness is None else self._lightness[None]
        motion = np.abs(np.diff(np.concatenate([before, lightness]), axis=0)).mean(axis=(1, 2))
        measures = np.column_stack([*(looks[name] for name in MEASURES[:-1]), motion])
        self._lightness = lightness[-1]
        for (time, picture), row, small in zip(self._unmeasured, measures, self._batch, strict=True):
            self._waiting.append((time, row, small, picture))
        self._transitions += self.finder.add(frames)
        self.workspace.advance(len(frames))
        self._batch, self._unmeasured = [], []

    def _settle(self, until: int) -> None:
        """Give the frames before `until`, about which nothing will change any more, to their shots."""
        ready = self._waiting[: max(0, until - self._next)]
        self._waiting = self._waiting[len(ready) :]
        for time, measures, small, picture in ready:
            opened = (
                self._transitions.pop(0) if self._transitions and self._transitions[0].frame <= self._next else None
            )
            if self._shot is None or opened is not None:
                self._close(time)
                self._shot = Shot(self._next, time, opened)
            # The step into a shot is no motion in it.
            own = measures if self._shot.frames else np.append(measures[:-1], 0.0)
            self._shot.add(own, small, picture)
            self._next += 1

    def _close(self, ends_at: float) -> None:
        """Record the shot that has grown so far."""
        import polars as pl

        shot = self._shot
        if shot is None:
            return
        number, opened = len(self.shots) + 1, shot.opened
        lab = lab_of(np.stack([small for _, small in shot.samples.items])).astype(np.float64)
        self.grids.append(_grid(lab.mean(axis=0)))
        if self.model.colours:
            palette = palette_of(lab.reshape(-1, 3), None, self.model.colours, self.workspace.seed)
            self.palettes.append(palette.with_columns(pl.lit(number, pl.Int32).alias("shot")))
        self.shots.append(
            {
                "shot": number,
                "first_frame": shot.first,
                "last_frame": shot.first + shot.frames - 1,
                "starts_at": shot.starts_at,
                "ends_at": ends_at,
                "seconds": ends_at - shot.starts_at,
                "opened_by": opened.kind if opened else "start",
                "opened_frames": opened.last - opened.first if opened else 0,
                "confidence": opened.confidence if opened else None,
                **shot.means,
                **self._key_frame(number, shot),
            }
        )
        self._shot = None

    def _key_frame(self, number: int, shot: Shot) -> dict[str, Any]:
        """The picture nearest to the middle of a shot: kept as PNG, and looked at for faces."""
        from PIL import Image

        chosen = shot.pictures.nearest(shot.first + shot.frames / 2)
        found: dict[str, Any] = dict.fromkeys(("faces", "face_height", "shot_scale", "key_frame", "key_frame_file"))
        if chosen is None:
            return found
        found["key_frame"], picture = chosen
        if self.model.key_width:
            file = self.workspace.folder / f"shot_{number:05d}.png"
            Image.fromarray(picture).save(file, compress_level=3)
            self.keys.append(file)
            found["key_frame_file"] = file.name
        if self.face_finder is not None:
            faces = self.face_finder.faces(picture)
            found["faces"], found["face_height"], found["shot_scale"] = shot_scale(faces, picture.shape[0])
        return found

    def _shot_frame(self) -> pl.DataFrame:
        import polars as pl

        starts, ends = (np.array([shot[name] for shot in self.shots]) for name in ("starts_at", "ends_at"))
        scenes = scenes_of(np.stack(self.grids), starts, ends, alike=self.model.alike, window=self.model.window)
        whole = dict.fromkeys(("shot", "first_frame", "last_frame", "opened_frames", "faces", "key_frame"), pl.Int32)
        text = dict.fromkeys(("opened_by", "shot_scale", "key_frame_file"), pl.String)
        numbers = dict.fromkeys(
            ("starts_at", "ends_at", "seconds", "confidence", "face_height", *MEASURES), pl.Float64
        )  # fmt: skip
        frame = pl.DataFrame(self.shots, schema_overrides={**whole, **text, **numbers}, infer_schema_length=None)
        return frame.with_columns(pl.Series("scene", scenes, dtype=pl.Int32))

    def _video_frame(self, shots: pl.DataFrame, step: float) -> pl.DataFrame:
        import polars as pl

        times, seconds = np.array(self._times), shots["seconds"].to_numpy()
        whole = times[-1] + step
        gaps = np.diff(times)
        uneven = bool(gaps.size and np.mean(np.abs(gaps - step) > 0.25 * step) > 0.01)
        kinds = shots["opened_by"].to_list()
        row = {
            "width": self._size[0],
            "height": self._size[1],
            "frames": times.size,
            "seconds": whole,
            "frame_rate": times.size / whole if whole else None,
            "variable_rate": uneven,
            "shots": shots.height,
            "scenes": int(shots["scene"].max()),  # type: ignore[arg-type]
            "cuts": kinds.count("cut"),
            "fades": kinds.count("fade"),
            "dissolves": kinds.count("dissolve"),
            "average_shot_length": float(seconds.mean()),
            "median_shot_length": float(np.median(seconds)),
            "shot_length_deviation": float(seconds.std()),
            "cuts_per_minute": 60 * (shots.height - 1) / whole if whole else None,
            "rhythm": _rhythm(seconds),
            **{name: float(np.average(shots[name].to_numpy(), weights=np.maximum(seconds, 1e-9))) for name in MEASURES},
        }
        counts = ("width", "height", "frames", "shots", "scenes", "cuts", "fades", "dissolves")
        return pl.DataFrame(
            [row],
            schema={
                name: pl.Int32 if name in counts else pl.Boolean if name == "variable_rate" else pl.Float64
                for name in row
            },
        )


def _grid(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """(d,) means of the fields of a picture, scaled so that the distance of two is a root mean square over fields."""
    rows = [part.mean(axis=0) for part in np.array_split(lab, GRID[0], axis=0)]
    fields = [part.mean(axis=0) for row in rows for part in np.array_split(row, GRID[1], axis=0)]
    return np.asarray(np.concatenate(fields) / np.sqrt(len(fields)))


def _rhythm(seconds: NDArray[np.float64]) -> float | None:
    """Correlation of the lengths of neighbouring shots; None of fewer than 4, and where all are of one length."""
    if seconds.size < 4 or min(seconds[:-1].std(), seconds[1:].std()) < 1e-9:
        return None
    return float(np.corrcoef(seconds[:-1], seconds[1:])[0, 1])


def _no_palettes() -> pl.DataFrame:
    import polars as pl

    numbers = dict.fromkeys(("lightness", "a", "b", "share"), pl.Float64)
    return pl.DataFrame(schema={"shot": pl.Int32, "place": pl.Int32, "colour": pl.String, **numbers})
