"""Libraries whose type information does not fit their use: OpenCV's tells of no pixel type,
zxing-cpp's wants sets where it takes a list, and pyHanko's PDF writer has none."""

from __future__ import annotations

from typing import Any

import cv2 as _cv2
import zxingcpp as _zxingcpp
from pyhanko.pdf_utils import generic as _generic
from pyhanko.pdf_utils import writer as _writer

cv2: Any = _cv2
zxingcpp: Any = _zxingcpp
pdf_values: Any = _generic
pdf_writer: Any = _writer
