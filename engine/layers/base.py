"""Base class of layers: one immutable declaration that holds everything about a layer.

Layout. At the public surface the batch axis comes first: `(N, C, H, W)`. Inside a plan it is *last*: `(C, H, W, N)`.
With the batch innermost, every strided copy, comparison and reduction runs over contiguous memory, flattening is
a view, and both a dense layer and a convolution are one matrix product whose result already is the next layer's input.

Calls. In a small network a step is some thirty calls of NumPy on arrays of a few numbers, so the call is what costs.
What runs at every step passes its output by position, `np.add(a, b, y)`, which is a quarter quicker than `out=y`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.declared import Declared
from engine.errors import Fix, ShapeError
from engine.initializers import InitializerName
from engine.mathematics import Step
from engine.receptive_field import POINT, Reach
from engine.types import Shape, show_shape
from engine.window_taps import Taps

REGISTRY: dict[str, type[Layer]] = {}

Category = Literal["Core", "Convolution", "Pooling", "Shape", "Regularisation", "Activation", "Merge"]


@dataclass(frozen=True)
class ParameterSpec:
    """Shape and initialisation of one parameter array.

    `fan_in` and `fan_out` count the connections into and out of one unit (Glorot and Bengio 2010, section 4.2).
    """

    shape: Shape
    initializer: InitializerName
    fan_in: int = 1
    fan_out: int = 1

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)


class Layer(Declared):
    """Base of all layers.

    A subclass declares its settings as fields and implements `output_shape` and `bind`.

    Class attributes:
        category, icon: the palette's category, and the drawing (a file's stem in resources/icons).
        formula: the computation, as one line of text.
        use: when to use the layer, in a sentence.
        inputs: how many wires it takes, (least, most); None as most for any number.
        ordered: the order of its inputs matters.
        rectifying: an activation for which the He initialisers are made.
        link: name of the output function this layer is, for losses that fuse with it ("sigmoid", "softmax").
        elementwise: dL/dx may be written over dL/dy.
        by_channel: every slice of the first axis of the output, and of all arrays of the layer, follows from the same
            slice of the inputs alone; so slices of large arrays are computed in parallel.
        in_place: y may be written over x, since backward does not read x.
        reads_output: backward reads y, so nobody may write over it.
        resizes_by: the field that sets the size of the output's first axis ("units", "filters"), if there is one.
        weight_axes: axes of the parameter "weight" that count the units of its input and of its output, (input,
            output); further axes are a kernel's. None where no weight lies between two units.
        linear: in inference, an affine function of its input; two of them in a row are no more than one.
        odd: f(-x) = -f(x), its parameters apart.
        steepness: root mean square of its derivative, for inputs of mean 0 and standard deviation 1.
        dies: a unit whose output is 0 passes no gradient on, and may stay so for all samples.
        saturates: its slope fades where the output comes near either end of `output_range`.
        mixes_samples: while training, an output depends on the other samples of the batch.
    """

    category: ClassVar[Category] = "Core"
    icon: ClassVar[str] = "layer"
    formula: ClassVar[str] = ""
    use: ClassVar[str] = ""
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    ordered: ClassVar[bool] = False
    rectifying: ClassVar[bool] = False
    link: ClassVar[str | None] = None
    elementwise: ClassVar[bool] = False
    by_channel: ClassVar[bool] = False
    in_place: ClassVar[bool] = False
    reads_output: ClassVar[bool] = False
    resizes_by: ClassVar[str | None] = None
    weight_axes: ClassVar[tuple[int, int] | None] = None
    linear: ClassVar[bool] = False
    odd: ClassVar[bool] = False
    steepness: ClassVar[float] = 1.0
    dies: ClassVar[bool] = False
    saturates: ClassVar[bool] = False
    mixes_samples: ClassVar[bool] = False

    # Every layer repeats this with its own name; it is the tag in files.
    type: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        default = cls.model_fields["type"].default
        if default == cls.__name__:
            REGISTRY[cls.__name__] = cls

    @classmethod
    def type_name(cls) -> str:
        """Name of the type in the field's terms, as in files and the palette: "Conv2D"."""
        return cls.__name__

    def output_shape(self, *inputs: Shape) -> Shape:
        """Shape of the output, without the batch axis. Raises ShapeError, with a fix where there is one."""
        raise NotImplementedError(f"{type(self).__name__} declares no shape rule")

    def parameter_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        """Parameters by short name, for inputs of these shapes."""
        return {}

    def state_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        """State by short name: arrays saved with the parameters, but never trained."""
        return {}

    def array_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        """Specs of all saved arrays: parameters and state."""
        return self.parameter_specs(*inputs) | self.state_specs(*inputs)

    def is_weight(self, key: str) -> bool:
        """True for parameters that multiply the input: penalties apply to them, not to biases."""
        return key == "weight"

    def multiply_adds(self, *inputs: Shape) -> int:
        """Multiply-adds of one forward pass of one sample."""
        return 0

    def reach(self, *inputs: Shape) -> Reach | None:
        """Receptive field of one output number on the layer's input; None for all of it.

        The statistics that normalisation layers compute do not count.
        """
        return POINT

    def taps(self, place: tuple[int, int, int], *inputs: Shape) -> Taps | None:
        """Input pixels and weights behind the output pixel at `place`: channel, row and column.

        None for layers that slide no window over an image (C, H, W).
        """
        return None

    def output_range(self) -> tuple[float, float]:
        """Bounds (low, high) of every output, for any input."""
        return -math.inf, math.inf

    def left_over(self, *inputs: Shape) -> tuple[int, int]:
        """Rows and columns at the end of the image that no window reaches."""
        return 0, 0

    def work(self, *inputs: Shape) -> int:
        """Upper bound of the numbers per sample that `bind` allocates.

        Inputs, output and their gradients do not count.
        """
        return 2 * math.prod(self.output_shape(*inputs)) + 2 * math.prod(inputs[0])

    def check_batch(self, samples: int, *inputs: Shape) -> None:
        """Check that a layer that mixes samples can learn from batches of this size. Raises SpecError."""

    def passes_through(self, *, training: bool) -> bool:
        """True if the output is the input, except for its shape; `bind` is then not called."""
        return False

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        """Make the forward and the backward operation on the context's arrays.

        Backward must write every input gradient that is not None, and every parameter gradient that is not left in
        `context.factors`.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no computation")

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        """Its computation as readable steps: forward, gradient of each parameter, gradient of each input.

        They are for one sample; with `training`, where a layer `mixes_samples`, for a whole batch with its axis first.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no mathematics")

    def summary(self) -> str:
        """Most important settings, for the second line of a block: "5 @ 3x3"."""
        return ""


def linked(link: str) -> Layer:
    """Layer that is the output function of this name, such as Softmax."""
    return next(kind for kind in REGISTRY.values() if kind.link == link)()  # type: ignore[call-arg]


class Activation(Layer):
    """Base of activations: elementwise functions that keep the shape."""

    category: ClassVar[Category] = "Activation"
    elementwise: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]


def expect_vector(layer: Layer, shape: Shape, flatten: Layer) -> int:
    """Length of a vector input.

    Raises ShapeError, with the fix of inserting `flatten`, if the input is not a vector.
    """
    if len(shape) != 1:
        raise ShapeError(
            f"{layer.type_name()} needs flat input, but gets {show_shape(shape)}. Put a Flatten in front of it.",
            fix=Fix("Insert Flatten", insert=(flatten,)),
        )
    return shape[0]


def expect_image(layer: Layer, shape: Shape, reshape: Callable[[Shape], Layer]) -> tuple[int, int, int]:
    """Channels, height and width of an image input.

    Raises ShapeError if the input is not (C, H, W). Where its numbers fill a square image, the fix is to `reshape` it.
    """
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    side = math.isqrt(math.prod(shape))
    message = f"{layer.type_name()} needs images (channels x height x width), but gets {show_shape(shape)}. "
    if side > 1 and side * side == math.prod(shape):
        target = (1, side, side)
        raise ShapeError(
            message + f"Put a Reshape to {show_shape(target)} in front of it.",
            fix=Fix(f"Insert Reshape to {show_shape(target)}", insert=(reshape(target),)),
        )
    raise ShapeError(message + "Use data that are images, or put a Reshape in front of it.")
