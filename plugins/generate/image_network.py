"""What networks of images need: a decoder, turned and mirrored examples, and noise along closed paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from plugins.generate.network_batches import compiled, in_batches
from toolkit.materials.effects import Images, cleaned
from toolkit.training import load_keras

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.interactions import FloatArray

_BATCH = 64


def oriented(images: Images) -> dict[str, FloatArray]:
    """The eight orientations of each image, and its place in its sequence: `pixels` and `frame`, (8 n, 1)."""
    turned = [np.rot90(images.pixels, turns, axes=(1, 2)) for turns in range(4)]
    whole = np.concatenate([*turned, *(part[:, :, ::-1] for part in turned)])
    return {"pixels": np.ascontiguousarray(whole), "frame": np.tile(images.frames, 8)[:, None].astype(np.float32)}


def build_decoder(config: Mapping[str, Any]) -> Any:
    """Codes and places in a sequence in, premultiplied pixels out: convolutions between steps of enlarging by two."""
    keras = load_keras()
    layers, units, side = keras.layers, config["units"], config["size"] // 4
    code, frame = keras.Input((config["latent"],)), keras.Input((1,))
    hidden = layers.Dense(4 * units, activation="gelu")(layers.Concatenate()([code, frame]))
    hidden = layers.Reshape((side, side, units))(layers.Dense(side * side * units, activation="gelu")(hidden))
    hidden = layers.Conv2D(2 * units, 3, padding="same", activation="gelu")(hidden)
    hidden = layers.Conv2D(units, 3, padding="same", activation="gelu")(layers.UpSampling2D()(hidden))
    hidden = layers.UpSampling2D(interpolation="bilinear")(hidden)
    hidden = layers.Conv2D(max(units // 2, 4), 3, padding="same", activation="gelu")(hidden)
    return keras.Model([code, frame], layers.Conv2D(4, 3, padding="same")(hidden), name="decoder")


def called(model: Any, *inputs: NDArray[Any]) -> list[NDArray[Any]]:
    """What a model makes of n rows, in float32."""
    return in_batches(compiled(model), _BATCH, *(array.astype(np.float32) for array in inputs))


def circles(rng: np.random.Generator, n: int, frames: int, latent: int) -> FloatArray:
    """(n * frames, latent) normal noise: of a sequence on a closed path, which leaves each frame's noise normal."""
    one, other = (np.repeat(rng.normal(size=(n, latent)), frames, axis=0) for _ in range(2))
    angle = np.tile(2 * np.pi * np.arange(frames) / frames, n)[:, None]
    found: FloatArray = (np.cos(angle) * one + np.sin(angle) * other).astype(np.float32)
    return found


def places(rng: np.random.Generator, n: int, frames: int, learnt: Sequence[float]) -> FloatArray:
    """(n * frames, 1) places in a sequence: there and back for a loop; of images alone as those learnt from have."""
    if frames == 1:
        return rng.choice(np.asarray(learnt, dtype=np.float32), size=(n, 1))
    there_and_back = (1 - np.cos(2 * np.pi * np.arange(frames) / frames)) / 2
    return np.tile(there_and_back, n)[:, None].astype(np.float32)


def as_images(pixels: FloatArray, given: FloatArray, n: int, opaque: bool) -> Images:
    """What a decoder made of (n * frames, 1) places in a sequence, as n sequences."""
    frames = len(given) // n
    names = tuple(f"effect {number + 1}" for number in np.repeat(np.arange(n), frames).tolist())
    return Images(cleaned(pixels, opaque), np.repeat(np.arange(n), frames), given[:, 0].astype(np.float32), names)
