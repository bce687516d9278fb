"""One battery of tests over every layer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import resources
from engine import Network, ShapeError, SpecError, gradcheck, layers
from engine.declared import describe
from engine.layers import REGISTRY, Layer, convolution, dense
from engine.types import Shape
from tests.engine.cases import CASES, MISFITS, TAKES_ALL, Case, each_case


def test_every_layer_has_examples() -> None:
    assert {case.layer.type_name() for case in CASES} == set(REGISTRY)
    assert {layer.type_name() for layer, _, _ in MISFITS} | TAKES_ALL == set(REGISTRY)


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY)
def test_every_setting_has_examples(kind: type[Layer]) -> None:
    examples = [case.layer for case in CASES if isinstance(case.layer, kind)]
    for field in describe(kind):
        if field.name.endswith("_init"):
            continue  # the initialisers have tests of their own
        values = {getattr(layer, field.name) for layer in examples}
        assert len(values) > 1, f"{field.name} is always {values}"
        assert set(field.choices) <= values, f"{field.name}: {set(field.choices) - values} never occur"


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY)
def test_every_layer_is_fully_declared(kind: type[Layer]) -> None:
    for text in (kind.title, kind.help, kind.formula, kind.use, kind.__doc__):
        assert text
        assert text.strip()
    assert kind.help.endswith(".")
    assert kind.use.endswith(".")
    assert kind.model_fields["type"].default == kind.__name__ == kind.type_name()
    assert kind.icon == kind.__name__.lower()
    for field in describe(kind):
        assert field.title
        assert field.help.endswith(".")
        if field.kind in ("int", "float"):
            assert field.minimum is not None, field.name
            assert field.maximum is not None, field.name
    if kind.resizes_by is not None:
        assert kind.resizes_by in kind.model_fields


@each_case()
def test_the_shape_rule_says_what_is_computed(case: Case) -> None:
    network = case.network()
    assert network.output_shape == case.layer.output_shape(*case.inputs)
    for count in (0, 1, 3):
        result = network.predict(case.samples(count))
        assert result.shape == (count, *network.output_shape)
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
    specs = case.layer.parameter_specs(*case.inputs)
    assert {name: spec.shape for name, spec in specs.items()} == {
        name: array.shape for name, array in network.parameters_of(next(reversed(network.layers))).items()
    }


@each_case()
@pytest.mark.parametrize("training", [False, True])
def test_backward_agrees_with_differences(case: Case, training: bool) -> None:
    network = case.network()
    targets = np.random.default_rng(5).standard_normal((3, *network.output_shape))
    report = gradcheck.check(network, case.samples(3), targets, training=training)
    assert set(report.errors) == {*network.parameters, "input"}
    assert report.worst < 1e-6
    assert not any(report.kinks.values())


@each_case()
def test_a_batch_equals_its_rows(case: Case) -> None:
    network = case.network(np.float64)
    rows = case.samples(5)
    together = network.predict(rows)
    for index, row in enumerate(rows):
        np.testing.assert_allclose(network.predict(row[None])[0], together[index], rtol=1e-12, atol=1e-14)


@each_case()
def test_gradients_of_a_batch_are_the_mean_of_its_rows(case: Case) -> None:
    network = case.network(np.float64)
    rows = case.samples(4)
    targets = np.random.default_rng(5).standard_normal((4, *network.output_shape))
    value, together = network.gradients(rows, targets, input_gradient=True)
    single = [network.gradients(rows[i : i + 1], targets[i : i + 1], input_gradient=True) for i in range(4)]
    assert value == pytest.approx(np.mean([loss for loss, _ in single]))
    for name in network.parameters:
        mean = np.mean([gradients[name] for _, gradients in single], axis=0)
        np.testing.assert_allclose(together[name], mean, rtol=1e-10, atol=1e-12)
    for index, (_, gradients) in enumerate(single):
        np.testing.assert_allclose(together["input"][index], gradients["input"][0] / 4, rtol=1e-10, atol=1e-12)


@each_case()
@pytest.mark.parametrize("training", [False, True])
def test_no_sample_and_a_single_one(case: Case, training: bool) -> None:
    network = case.network(np.float64)
    for count in (0, 1):
        rows, targets = case.samples(count), np.zeros((count, *network.output_shape))
        value, gradients = network.gradients(rows, targets, training=training, input_gradient=True)
        assert np.isfinite(value)
        assert gradients["input"].shape == rows.shape
        for name, gradient in gradients.items():
            assert np.isfinite(gradient).all(), name
            assert count or not gradient.any(), name


@each_case()
def test_the_samples_are_left_as_they_were(case: Case) -> None:
    network = case.network()
    rows = case.samples(3).astype(np.float32)
    kept = rows.copy()
    targets = np.zeros((3, *network.output_shape), np.float32)
    before = network.state_vector.copy()
    network.predict(rows)
    network.gradients(rows, targets, training=True, input_gradient=True)
    np.testing.assert_array_equal(network.state_vector, before)
    np.testing.assert_array_equal(rows, kept)
    assert not targets.any()


@each_case()
def test_any_layout_and_type_of_samples_will_do(case: Case) -> None:
    network = case.network()
    rows = case.samples(4).astype(np.float32)
    expected = network.predict(rows)
    spread = np.empty((8, *rows.shape[1:]), np.float32)
    spread[::2] = rows
    for same in (spread[::2], np.asfortranarray(rows), rows.astype(np.float64), rows.tolist()):
        np.testing.assert_array_equal(network.predict(same), expected)
    targets = np.zeros((4, *network.output_shape), np.float32)
    _, gradients = network.gradients(rows, targets, input_gradient=True)
    _, others = network.gradients(spread[::2].astype(np.float64)[:], np.asfortranarray(targets), input_gradient=True)
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(others[name], gradient, err_msg=name)
    whole = (rows * 2).astype(np.int64)
    np.testing.assert_array_equal(network.predict(whole), network.predict(whole.astype(np.float32)))


@each_case()
def test_the_description_comes_back(case: Case, tmp_path: Path) -> None:
    network = case.network(seed=3)
    spec = json.loads(json.dumps(network.spec()))
    twin = Network.from_spec(spec)
    assert twin.spec() == network.spec()
    assert dict(twin.layers) == dict(network.layers)
    rows = case.samples(2)
    np.testing.assert_array_equal(twin.predict(rows), network.predict(rows))
    network.parameter_vector += 0.25
    network.save(tmp_path / "net.safetensors")
    loaded = Network.load(tmp_path / "net.safetensors")
    assert loaded.spec() == network.spec()
    np.testing.assert_array_equal(loaded.predict(rows), network.predict(rows))
    layer = layers.from_spec(case.layer.model_dump(mode="json"))
    assert layer == case.layer
    assert hash(layer) == hash(case.layer)


@each_case()
def test_the_same_seed_gives_the_same_network(case: Case) -> None:
    rows = case.samples(6)
    targets = np.ones((6, *case.network().output_shape))

    def run(seed: int) -> tuple[np.ndarray, list[np.ndarray]]:
        network = case.network(seed=seed)
        _, gradients = network.gradients(rows, targets, training=True)
        return network.predict(rows), [network.parameter_vector.copy(), *gradients.values()]

    prediction, arrays = run(7)
    again, same = run(7)
    np.testing.assert_array_equal(prediction, again)
    for left, right in zip(arrays, same, strict=True):
        np.testing.assert_array_equal(left, right)
    if any(spec.initializer not in ("zeros", "ones") for spec in case.layer.parameter_specs(*case.inputs).values()):
        assert not np.array_equal(prediction, run(8)[0])


@pytest.mark.parametrize(("layer", "shapes", "curable"), MISFITS, ids=lambda value: repr(value)[:60])
def test_a_shape_that_does_not_fit_is_refused(layer: Layer, shapes: tuple[Shape, ...], curable: bool) -> None:
    with pytest.raises(ShapeError) as caught:
        Case(layer, shapes).network()
    error = caught.value
    assert error.where is not None
    assert str(error).startswith(f"{error.where}: ")
    assert error.message[0].isupper() or error.message[0].isdigit()
    assert error.message.endswith(".")
    found = [layers.show_shape(part) for shape in shapes for part in (shape, shape[-2:], shape[:1])]
    assert any(part in error.message for part in found)
    assert (error.fix is not None) is curable


@pytest.mark.parametrize(
    ("layer", "shape"), [(layer, shapes[0]) for layer, shapes, curable in MISFITS if curable and len(shapes) == 1]
)
def test_the_remedy_cures(layer: Layer, shape: Shape) -> None:
    with pytest.raises(ShapeError) as caught:
        layer.output_shape(shape)
    fix = caught.value.fix
    assert fix is not None
    assert fix.title
    cured = layer.with_changes(**fix.change)
    Network([*fix.insert, cured, *fix.append], shape).predict(np.zeros((1, *shape)))  # type: ignore[list-item]


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY)
def test_layers_are_immutable_and_refuse_what_they_do_not_know(kind: type[Layer]) -> None:
    layer = next(case.layer for case in CASES if case.layer.type_name() == kind.__name__)
    with pytest.raises(Exception, match="frozen"):
        layer.type = "Other"
    with pytest.raises(SpecError, match="there is no setting 'colour'"):
        layers.from_spec({**layer.model_dump(), "colour": "red"})
    for field in describe(kind):
        if field.kind in ("int", "float") and field.maximum is not None:
            with pytest.raises(SpecError, match=field.name):
                layer.with_changes(**{field.name: field.maximum * 2 + 1})


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=REGISTRY)
def test_every_layer_has_its_drawing(kind: type[Layer]) -> None:
    folder = resources.path("icons")
    if not folder.is_dir():
        pytest.skip("the drawings are not there yet")
    assert (folder / f"{kind.icon}.svg").is_file()


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    network = Network([layers.Dropout(rate=0.3)], (1000,), seed=0)
    rows = np.ones((20, 1000), np.float32)
    np.testing.assert_array_equal(network.predict(rows), rows)
    _, gradients = network.gradients(rows, np.zeros_like(rows), training=True, input_gradient=True)
    # dL/dx = 2 (x m) m / size is zero exactly where x was dropped.
    dropped = gradients["input"] == 0
    assert dropped.mean() == pytest.approx(0.3, abs=0.02)
    assert gradients["input"].max() == pytest.approx(2 / 0.7**2 / rows.size)
    _, others = network.gradients(rows, np.zeros_like(rows), training=True, input_gradient=True)
    assert not np.array_equal(others["input"] == 0, dropped)


def test_a_convolution_is_a_cross_correlation() -> None:
    network = Network([layers.Conv2D(filters=1, kernel_size=2)], (1, 3, 3), seed=0)
    network.parameters["conv2d_1.weight"][...] = np.array([[1, 2], [3, 4]])
    network.parameters["conv2d_1.bias"][...] = 0.5
    picture = np.arange(9.0).reshape(1, 1, 3, 3)
    # By hand: 0*1 + 1*2 + 3*3 + 4*4 = 27, and ten more for each step to the right, thirty for each step down.
    np.testing.assert_array_equal(network.predict(picture)[0, 0], np.array([[27, 37], [57, 67]]) + 0.5)


def test_a_bias_per_position_has_the_shape_of_the_output() -> None:
    network = Network([layers.Conv2D(filters=5, kernel_size=3, bias="per_position")], (1, 28, 28), seed=0)
    assert network.parameters["conv2d_1.bias"].shape == (5, 26, 26) == network.output_shape


def test_max_pooling_sends_the_gradient_to_the_first_of_equals() -> None:
    network = Network([layers.MaxPool2D()], (1, 2, 2), seed=0)
    _, gradients = network.gradients(np.ones((1, 1, 2, 2)), np.zeros((1, 1, 1, 1)), input_gradient=True)
    np.testing.assert_array_equal(gradients["input"][0, 0], [[2, 0], [0, 0]])


def test_average_pooling_leaves_padding_out_of_the_mean() -> None:
    network = Network([layers.AvgPool2D(pool_size=3, stride=2, padding="same")], (1, 5, 6), seed=0)
    np.testing.assert_allclose(network.predict(np.full((1, 1, 5, 6), 7.0)), 7, rtol=1e-6)


@pytest.mark.parametrize("name", ["Sigmoid", "Tanh", "Softmax", "SiLU", "GELU", "Softplus", "ELU", "ReLU", "LeakyReLU"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_stand_extreme_numbers(name: str, dtype: type[np.floating]) -> None:
    network = Network([REGISTRY[name]()], (4,), seed=0, dtype=dtype)
    extreme = np.array([[-1e4, 1e4, 0, 1], [1e4, 1e4, -1e4, -1e4]])
    result = network.predict(extreme)
    _, gradients = network.gradients(extreme, result * 0.5, input_gradient=True)
    assert np.isfinite(result).all()
    assert np.isfinite(gradients["input"]).all()


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.layer.type_name() == "Dense"], ids=lambda case: case.name
)
def test_a_large_dense_layer_is_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, small = case.samples(3), case.network(np.float64)
    targets = np.random.default_rng(5).standard_normal((3, *small.output_shape))
    value, expected = small.gradients(rows, targets, input_gradient=True)
    monkeypatch.setattr(dense, "_SMALL", 0)
    large = case.network(np.float64)
    assert large.gradients(rows, targets)[0] == pytest.approx(value, rel=1e-12)
    for name, gradient in large.gradients(rows, targets, input_gradient=True)[1].items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-10, atol=1e-12, err_msg=name)


BLOCKED = [case for case in CASES if case.layer.type_name() == "Conv2D"]


@pytest.mark.parametrize("case", BLOCKED[::3], ids=lambda case: case.name)
@pytest.mark.parametrize(("block", "kept"), [(1, 0), (1, 1 << 22), (400, 0), (400, 1 << 22)])
def test_a_convolution_in_blocks_is_the_same(
    case: Case, block: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = case.samples(3)
    whole = case.network(np.float64)
    targets = np.random.default_rng(5).standard_normal((3, *whole.output_shape))
    expected = whole.gradients(rows, targets, input_gradient=True)
    monkeypatch.setattr(convolution, "BLOCK", block)
    monkeypatch.setattr(convolution, "KEPT", kept)
    cut = case.network(np.float64)
    np.testing.assert_allclose(cut.predict(rows), whole.predict(rows), rtol=1e-12, atol=1e-12)
    # Twice: what the first run leaves in the buffers must not matter.
    for _ in range(2):
        value, gradients = cut.gradients(rows, targets, input_gradient=True)
        assert value == pytest.approx(expected[0], rel=1e-12)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(gradient, expected[1][name], rtol=1e-9, atol=1e-12)
