"""PyTorch: a module, a loader of the weights, the preparation, and a training loop, in one script."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from engine.backends.torch_layers import TORCH_LAYERS, array_paths, counterpart
from engine.export.assembly import Framework, Learning, assemble, table_code
from engine.export.base import Format
from engine.export.copied import copied
from engine.export.learning import Hooks, entry_of, fused, loss_call, penalised
from engine.export.names import identifiers
from engine.export.subject import ExportError, Subject, Training
from engine.export.torch_names import RESERVED
from engine.graph import INPUT
from engine.optimizers import Optimizer
from engine.source_code import Call, call, literal

_MODULES = "engine.backends.torch_modules"
_LOSSES = "engine.export.library.torch_losses"
_OWN = ("Sine", "Sum", "Product", "Concatenate", "MeanInside", "Shift")


def _optimizer(optimizer: Optimizer) -> Call:
    o, kind = optimizer, optimizer.type
    made = TORCH_OPTIMIZERS.get(kind)
    if made is None:
        raise ExportError(f"{kind} has no counterpart in PyTorch; choose another optimiser", where="output")
    return made(o)


# Calls of the classes in torch.optim; parameters and the rate stand in front.
TORCH_OPTIMIZERS = {
    "SGD": lambda o: call("SGD", **({"momentum": o.momentum, "nesterov": o.nesterov} if o.momentum else {})),
    "RMSprop": lambda o: call("RMSprop", alpha=o.rho, eps=o.epsilon),
    "Adagrad": lambda o: call("Adagrad", eps=o.epsilon),
    "Adam": lambda o: call("Adam", betas=(o.beta1, o.beta2), eps=o.epsilon),
    "AdamW": lambda o: call("AdamW", betas=(o.beta1, o.beta2), eps=o.epsilon, weight_decay=o.weight_decay),
}


def _place(name: str) -> str:
    return name if name in _OWN else f"nn.{name}"


def _calls(made: Call) -> set[str]:
    inner = [*made.args, *made.settings.values()]
    return {made.name}.union(*(_calls(part) for part in inner if isinstance(part, Call)))


def model_code(subject: Subject) -> str:
    """Class Network, with the blocks as attributes of their own names as far as Python allows."""
    network = subject.network
    graph, names = network.structure, identifiers(network.layers, RESERVED)
    modules = {}
    for name, layer in network.layers.items():
        entry = entry_of(TORCH_LAYERS, subject, name, "PyTorch")
        modules[name] = entry.make(layer, *subject.inputs(name))
    own = sorted({kind for made in modules.values() for kind in _calls(made)} & set(_OWN))
    chain = all(len(graph.consumers[name]) <= 1 for name in (INPUT, *graph.nodes))
    local = dict.fromkeys((INPUT, *names), "x") if chain else {INPUT: "x", **names}

    def step(name: str) -> str:
        return f"self.{names[name]}({', '.join(local[source] for source in graph.sources[name])})"

    last, linked = graph.output, graph.nodes[graph.output].link is not None
    shown = [name for name in graph.nodes if not (linked and name == last)]
    lines = ["class Network(nn.Module):", '    """The network; samples are (N, *shape), with channels first."""', ""]
    lines += ["    def __init__(self):", "        super().__init__()"]
    lines += [f"        self.{names[name]} = {made.text(_place)}" for name, made in modules.items()]
    what, end = ("logits", local[graph.sources[last][0]]) if linked else ("forward", local[last])
    sentence = "Outputs before the last function." if linked else "Outputs, (N, outputs)."
    lines += ["", f"    def {what}(self, x):", f'        """{sentence}"""']
    lines += [f"        {local[name]} = {step(name)}" for name in shown]
    lines += [f"        return {end}"]
    if linked:
        lines += ["", "    def forward(self, x):", '        """Outputs, (N, outputs)."""']
        lines += [f"        return self.{names[last]}(self.logits(x))"]
    return "\n\n\n".join([*([copied(_MODULES, own)] if own else []), "\n".join(lines)])


def loading_code(subject: Subject, stem: str) -> str:
    """Function load(model, arrays), and where each array belongs."""
    network, names = subject.network, identifiers(subject.network.layers, RESERVED)
    rows = []
    for name, layer in network.layers.items():
        turned = counterpart(layer).transposed
        for key, path in array_paths(layer, *subject.inputs(name)).items():
            rows.append(f"    {literal(f'{name}.{key}')}: ({literal(f'{names[name]}.{path}')}, {key in turned}),")
    table = "\n".join(
        ["# nnstudio's names: PyTorch's, and whether PyTorch keeps the transposed matrix.", "PLACES = {", *rows, "}"]
    )
    function = f'''def load(model, arrays=None):
    """Copy arrays, by nnstudio's names, into the model; those of the file beside this script if none are given."""
    if arrays is None:
        arrays = load_file(HERE / {literal(stem + ".safetensors")})
    state = model.state_dict()
    with torch.no_grad():
        for name, (place, turned) in PLACES.items():
            if name in arrays:
                array = torch.from_numpy(np.array(arrays[name]))
                state[place].copy_(array.T if turned else array)'''
    return f"{table}\n\n\n{function}"


def _learning(subject: Subject, training: Training) -> Learning:
    """Loss, optimiser and steps."""
    network, names = subject.network, identifiers(subject.network.layers, RESERVED)
    loss, pulled = loss_call(subject, training), penalised(subject, training)
    optimizer = _optimizer(training.optimizer)
    output = "model.logits" if fused(subject, training) else "model"
    given = "".join(f", {key}={literal(value)}" for key, value in loss.settings.items())
    loss_code = f'''def loss_of(model, x, y):
    """Loss of every sample, (N,)."""
    return {loss.name}({output}(x), y{given})'''
    frozen = sorted(names[name] for name in network.frozen)
    weighted = training.class_weight is not None
    setup = ["x, y = torch.from_numpy(x), torch.from_numpy(y)"]
    if training.validation is not None:
        setup.append("x_validation, y_validation = torch.from_numpy(x_validation), torch.from_numpy(y_validation)")
    begin = ["model.train()"]
    if frozen:
        setup += ["for name in FROZEN:", "    getattr(model, name).requires_grad_(False)"]
        begin += ["for name in FROZEN:", "    getattr(model, name).eval()"]
    setup.append("trained = [each for each in model.parameters() if each.requires_grad]")
    if pulled:
        setup.append("pulled = [model.get_parameter(PLACES[name][0]) for name in PENALISED]")
    settings = "".join(f", {key}={literal(value)}" for key, value in optimizer.settings.items())
    setup.append(f"optimizer = torch.optim.{optimizer.name}(trained, LEARNING_RATE{settings})")
    hooks = Hooks(
        setup=tuple(setup),
        begin=tuple(begin),
        step=(
            *("for group in optimizer.param_groups:", '    group["lr"] = rate', "optimizer.zero_grad()"),
            *("chosen = torch.from_numpy(batch)", "each = loss_of(model, x[chosen], y[chosen])"),
            *(("weight = torch.from_numpy(weight)",) if weighted else ()),
            f"loss = {'(each * weight).sum() / weight.sum()' if weighted else 'each.mean()'}",
            *("loss.backward()", *_constraints(training, bool(pulled)), "optimizer.step()", "value = loss.item()"),
        ),
        evaluate="evaluate(model, x_validation, y_validation)",
        keep="{name: array.clone() for name, array in model.state_dict().items()}",
        take_back="model.load_state_dict(kept)",
    )
    constants = [table_code("FROZEN", [literal(name) for name in frozen])] if frozen else []
    constants += [table_code("PENALISED", [literal(name) for name in pulled])] if pulled else []
    evaluation = (_EVALUATE,) if training.validation is not None else ()
    return Learning(tuple(constants), (copied(_LOSSES, [loss.name]), loss_code, *evaluation), hooks)


_PREDICT = '''def predict(model, x):
    """Outputs in the units of the data for samples in the units of the data, (N, *shape)."""
    model.eval()
    with torch.no_grad():
        return restore(model(torch.from_numpy(prepare(np.asarray(x)))).numpy())'''

_EVALUATE = '''def evaluate(model, x, y):
    """Mean loss of samples that are not trained on."""
    model.eval()
    with torch.no_grad():
        return loss_of(model, x, y).mean().item()'''


def _constraints(training: Training, pulled: bool) -> list[str]:
    """Lines that clip gradients and add penalties to them, in the engine's order."""
    lines = []
    clipping, penalty = training.clipping, training.penalty
    if clipping is not None and clipping.value is not None:
        lines.append(f"nn.utils.clip_grad_value_(trained, {literal(clipping.value)})")
    if clipping is not None and clipping.norm is not None:
        lines.append(f"nn.utils.clip_grad_norm_(trained, {literal(clipping.norm)})")
    if pulled and penalty is not None:
        terms = [f"{literal(penalty.l2)} * each.detach()"] if penalty.l2 else []
        terms += [f"{literal(penalty.l1)} * each.detach().sign()"] if penalty.l1 else []
        lines += ["for each in pulled:", f"    each.grad += {' + '.join(terms)}"]
    return lines


PYTORCH = Framework(
    name="PyTorch",
    imports={
        "torch": "import torch",
        "F": "import torch.nn.functional as F",
        "load_file": "from safetensors.numpy import load_file",
        "Tensor": "from torch import Tensor",
        "nn": "from torch import nn",
    },
    model=model_code,
    loading=loading_code,
    learning=_learning,
    predict=_PREDICT,
)


class Pytorch(Format):
    """PyTorch script with a module, its weights beside it, and the training."""

    title: ClassVar[str] = "PyTorch: a script with the network and its training"
    help: ClassVar[str] = (
        "A readable script with an nn.Module, the preparation of the data and a training loop; weights and data lie "
        "beside it as .safetensors and .npz."
    )
    format: ClassVar[str] = "pytorch"
    suffix: ClassVar[str] = ".py"

    training: bool = Field(True, title="Training", description="Adds the training loop, with the data it needs.")

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        made = assemble(PYTORCH, subject, stem, training=self.training and subject.training is not None)
        return {self.suffix: made.text(stem).encode(), **made.beside()}
