"""Images of samples, as the data show them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

Array = NDArray[Any]


def to_image(sample: Array, low: float, high: float) -> QImage:
    """Convert a sample (H, W) or (C, H, W) to an image.

    Three channels are colours; of any other number, the first channel is shown.
    """
    scaled = np.clip((sample - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
    if scaled.ndim == 3:
        scaled = scaled.transpose(1, 2, 0) if len(scaled) == 3 else scaled[0]
    scaled = np.ascontiguousarray(scaled)
    height, width = scaled.shape[:2]
    kind = QImage.Format.Format_RGB888 if scaled.ndim == 3 else QImage.Format.Format_Grayscale8
    # A copy, since the image does not keep the array alive.
    return QImage(scaled.data, width, height, scaled.strides[0], kind).copy()
