"""Bundled example projects, ready to train: resources/templates/NAME.nnstudio."""

from __future__ import annotations

from dataclasses import dataclass

import resources
from engine.data import Dataset
from nnstudio.project.project_file import SUFFIX, ProjectError, from_bytes
from nnstudio.training.project import Project


@dataclass(frozen=True)
class Template:
    """Description of a template; `name` and `icon` are stems of its files."""

    name: str
    title: str
    sentence: str
    icon: str

    def dataset(self) -> Dataset:
        """Data on which it trains."""
        return load(self.name).document.data.dataset


TEMPLATES = (
    Template(
        "xor", "XOR", "The classic first network: three hidden units learn what no straight line can separate.", "xor"
    ),
    Template("spiral", "Spiral", "Two interleaved spirals; watch the decision boundary curl between them.", "spirals"),
    Template("moons", "Moons", "Two half moons and ReLU units: the decision boundary is piecewise linear.", "moons"),
    Template("iris", "Iris", "Three species of flowers, classified by four lengths.", "iris"),
    Template("digits-cnn", "Handwritten digits", "A convolutional network reads 8x8 digits within seconds.", "digits"),
    Template(
        "mnist-tutorial",
        "MNIST, zero or one",
        "The from-scratch tutorial's network, one image at a time. It begins on the bundled digits.",
        "mnist",
    ),
    Template(
        "mnist-cnn",
        "MNIST, all ten",
        "Two convolutions with pooling, the standard network. It begins on the bundled digits.",
        "mnist",
    ),
    Template(
        "breast-cancer",
        "Breast cancer",
        "Logistic regression: one unit tells malignant from benign tumours by 30 numbers.",
        "cells",
    ),
    Template(
        "shapes-cnn",
        "Shapes",
        "Circles, squares, triangles and crosses at any place, found by convolution and pooling.",
        "shapes",
    ),
    Template("regression-sine", "Sine curve", "One input, one output: the curve bends through the points.", "wave"),
    Template("regression-hills", "Hills", "Regression: predicts a height instead of a class.", "hills"),
    Template("regression-plane", "Plane", "The smallest network of all: one unit fits a plane.", "plane"),
)


def load(name: str) -> Project:
    """Template of this name. Raises ProjectError if there is none."""
    names = [template.name for template in TEMPLATES]
    if name not in names:
        raise ProjectError(f"there is no template {name!r:.80}; choose one of {', '.join(names)}")
    return from_bytes(resources.path("templates", name + SUFFIX).read_bytes(), name)
