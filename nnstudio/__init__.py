"""nnstudio: drag layers onto a canvas, press play, and watch a neural network learn."""

__version__ = "0.1.0"
