"""Exported networks, computed by onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine import Network
from engine.export import Subject, write


def outputs(path: Path, x: np.ndarray) -> np.ndarray:
    """What onnxruntime computes of samples."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    found: np.ndarray = session.run(None, {session.get_inputs()[0].name: x.astype(np.float32)})[0]
    return found


def checked(path: Path) -> Any:
    """The model of a file that ONNX's own checker passes, shapes and all."""
    import onnx

    model = onnx.load_model(str(path))
    onnx.checker.check_model(model, full_check=True)
    return model


def compare(subject: Network | Subject, x: np.ndarray, path: Path, expected: np.ndarray, **options: object) -> Any:
    """Writes, checks and runs; returns the model."""
    write(subject, path, "onnx", **options)
    model = checked(path)
    found = outputs(path, x)
    assert found.shape == expected.shape
    assert found.dtype == np.float32
    scale = max(float(np.abs(expected).max(initial=0)), 1e-3)
    assert np.abs(found - expected).max(initial=0) / scale < 1e-5
    return model


def close(found: np.ndarray, expected: np.ndarray, name: str = "", within: float = 1e-5) -> None:
    """Checks that outputs are the same, measured by the largest."""
    assert found.shape == expected.shape, name
    scale = max(float(np.abs(expected).max(initial=0)), 1e-3)
    assert np.abs(found - expected).max(initial=0) / scale < within, name
