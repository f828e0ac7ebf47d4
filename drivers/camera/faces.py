"""Faces in a picture, by BlazeFace for short range: faces up to about two metres from the lens.

The network is MediaPipe's ``face_detection_short_range.tflite`` (Apache-2.0), which set-up takes
out of the npm package ``@mediapipe/face_detection`` and LiteRT runs. It says where faces are, and
knows nobody. How its answer is read: V. Bazarevsky et al., BlazeFace, arXiv:1907.05047, and
MediaPipe's graph of the same name, from which the sizes and offsets below are.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from drivers.camera.vision import Image, cv2

log = logging.getLogger(__name__)

MODEL = Path(sys.prefix) / "share" / "yimen" / "face_detection_short_range.tflite"
"""Where set-up puts the network."""
_SIDE = 128
_GRIDS = ((16, 2), (8, 6))
"""Cells along each side, and boxes a cell; the boxes all have the picture's own size."""
_LEAST_SCORE = 0.5
_OVERLAP = 0.3
_BOX = 4
_Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Face:
    """A face, and where it is: shares of the picture's width and height, from its upper left
    corner. ``score``: from 0.5 to 1, how surely it is a face."""

    left: float
    top: float
    width: float
    height: float
    score: float


class FaceFinder:
    """The network, loaded. For one thread."""

    def __init__(self, model: Path = MODEL) -> None:
        """Load it. Raises ``ValueError`` for a file that is no such network, and ``ImportError``
        where LiteRT is not installed."""
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        # Without its accelerator LiteRT says nothing on stderr, and takes a few ms more at a look.
        plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self._network: Any = Interpreter(
            model_path=str(model), num_threads=1, experimental_op_resolver_type=plain
        )
        self._network.allocate_tensors()
        self._anchors = _anchors()
        (entry,) = self._network.get_input_details()
        exits = {each["name"]: each for each in self._network.get_output_details()}
        wanted = {"regressors": (1, len(self._anchors), 16), "classificators": (1, 896, 1)}
        found = {name: tuple(each["shape"]) for name, each in exits.items()}
        if tuple(entry["shape"]) != (1, _SIDE, _SIDE, 3) or found != wanted:
            raise ValueError(f"{model.name} is not the network for faces at short range")
        self._entry = entry["index"]
        self._boxes, self._scores = (exits[name]["index"] for name in wanted)

    def find(self, pixels: Image) -> tuple[Face, ...]:
        """The faces in a picture (BGR, of any size), the surest first."""
        framed, wide, high = _framed(pixels)
        self._network.set_tensor(self._entry, framed[None])
        self._network.invoke()
        logits = self._network.get_tensor(self._scores)[0, :, 0]
        scores = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
        likely = scores >= _LEAST_SCORE
        if not likely.any():
            return ()
        numbers = self._network.get_tensor(self._boxes)[0, likely, :_BOX] / _SIDE
        sizes = numbers[:, 2:]
        corners = (self._anchors[likely] + numbers[:, :2] - sizes / 2 - 0.5) / (wide, high) + 0.5
        boxes = np.hstack((corners, sizes / (wide, high)))
        sure = scores[likely].tolist()
        kept = cv2.dnn.NMSBoxes(boxes.tolist(), sure, _LEAST_SCORE, _OVERLAP)  # the surest first
        return tuple(_face(boxes[at].tolist(), sure[at]) for at in np.ravel(kept))


@cache
def finder(model: Path = MODEL) -> FaceFinder | None:
    """The network of this process, loaded when it is first asked for; ``None``, and a line in the
    log, where it cannot be had: a camera without it still tells who moves."""
    try:
        return FaceFinder(model)
    except (ImportError, ValueError, RuntimeError) as error:
        log.warning("faces are not looked for: %s", error)
        return None


def _face(box: list[float], score: float) -> Face:
    left, top, width, height = box
    return Face(left, top, width, height, score)


def _anchors() -> _Numbers:
    """The middle of each box that the network tells of, in its order."""
    found: list[tuple[float, float]] = []
    for cells, boxes in _GRIDS:
        for row in range(cells):
            for column in range(cells):
                found += [((column + 0.5) / cells, (row + 0.5) / cells)] * boxes
    return np.array(found, np.float32)


def _framed(pixels: Image) -> tuple[_Numbers, float, float]:
    """A picture in the middle of the network's square, in RGB from -1 to 1, and what share of the
    square's width and height it takes."""
    height, width = pixels.shape[:2]
    scale = _SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    square = np.zeros((_SIDE, _SIDE, 3), np.uint8)
    left, top = (_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    numbers = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32) / 127.5 - 1
    return numbers, size[0] / _SIDE, size[1] / _SIDE
