"""Descriptions of the canvas's items in sentences, for screen readers."""

from __future__ import annotations

from nnstudio.canvas.items.block_faces import block_face, wire_label
from nnstudio.canvas.items.block_item import Face
from nnstudio.canvas.items.group_faces import group_face
from nnstudio.canvas.keyboard.keyboard_wire import KeyLink
from nnstudio.canvas.keyboard.navigation import wires_of
from nnstudio.canvas.protocols import DrawnScene
from nnstudio.document import ports, rewiring, wiring
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import OUTPUT, Document, Group, Wire, shown_name
from nnstudio.document.ports import Port
from nnstudio.document.traversal import network_order


def describe_block(document: Document, analysis: Analysis, name: str, face: Face) -> str:
    """Describe a block or an end: type, settings, shapes, wires, and problems."""
    order = network_order(document)
    states = [face.off, face.note, "frozen" if face.frozen else ""]
    first = [f"{face.name}, {face.title}", face.detail, face.count, *states]
    parts = [", ".join(part for part in first if part), f"{order.index(name) + 1} of {len(order)}"]
    shape = next((wire_label(wire, analysis) for wire in wires_of(document, name) if wire.target == name), "")
    if shape:
        parts.append(f"Takes {shape}")
    targets = [wire.target for wire in document.wires if wire.source == name]
    if targets:
        label = wire_label(Wire(source=name, target=targets[0]), analysis)
        parts.append(f"Feeds {' and '.join(map(shown_name, targets))}" + (f" with {label}" if label else ""))
    if face.problem:
        parts.append(f"Problem: {face.problem.rstrip('.')}")
    return ". ".join(parts) + "."


def describe_group(document: Document, analysis: Analysis, group: Group) -> str:
    """Describe a group: its pattern, its blocks, and its problems."""
    face = group_face(document, group, analysis)
    state = "collapsed" if group.collapsed else "expanded"
    first = [f"Group {group.name}, {face.title}", f"{face.copies} times" if face.copies > 1 else "", state]
    parts = [", ".join(part for part in first if part), f"Holds {', '.join(group.blocks)}", face.count]
    parts += [f"Problem: {face.problem.rstrip('.')}"] if face.problem else []
    return ". ".join(part for part in parts if part) + "."


def describe_wire(document: Document, analysis: Analysis, wire: Wire) -> str:
    """Describe a wire: its ends, its input number, and the shape it carries."""
    label = _carried(document, analysis, wire)
    into = ports.inputs_of(document, wire.target)
    parts = [f"Wire from {shown_name(wire.source)} to {shown_name(wire.target)}"]
    parts += [f"input {into.index(wire) + 1} of {len(into)}"] if len(into) > 1 else []
    parts += [f"carries {label}"] if label else []
    return ", ".join(parts) + "."


def name_port(document: Document, port: Port) -> str:
    """Name of a port: "Input 2 of 3 of concatenate_1"."""
    block = shown_name(port.block)
    if port.side == "out":
        return f"Output of {block}"
    count = len(ports.inputs_of(document, port.block))
    if port.wire is None:
        return f"Free input of {block}"
    number = f" {ports.number_of(document, port.wire)} of {count}" if count > 1 else ""
    return f"Input{number} of {block}"


def describe_port(document: Document, analysis: Analysis, port: Port, face: Face) -> str:
    """Describe a port: its name, its shape, and its connections."""
    parts = [f"{name_port(document, port)}, {face.title}"]
    if port.side == "out":
        label = _carried(document, analysis, Wire(source=port.block, target=OUTPUT))
        parts += [f"Gives {label}"] if label else []
        targets = [shown_name(wire.target) for wire in ports.wires_at(document, port)]
        parts.append(f"Connected to {' and '.join(targets)}" if targets else "Connected to nothing")
    elif port.wire is not None:
        label = _carried(document, analysis, port.wire)
        parts += [f"Takes {label}"] if label else []
        parts.append(f"Connected to {shown_name(port.wire.source)}")
    else:
        parts.append("Connected to nothing")
    return ". ".join(parts) + "."


def describe_link(link: KeyLink) -> str:
    """Describe a wire being drawn: its ends, its result, and whether it is valid."""
    source, target = (shown_name(end) for end in link.ends)
    parts = [f"{'Wire moved' if link.moved is not None else 'New wire'} from {source} to {target}"]
    if link.moved is not None and link.ends == (link.moved.source, link.moved.target):
        return f"{parts[0]}, where it was. The arrow keys choose another port, Enter keeps it there."
    if link.obstacle:
        return f"{parts[0]}. {link.obstacle}"
    joined = describe_joint(link)
    return ". ".join([*parts, *([joined] if joined else []), "Enter connects them."])


def describe_joint(link: KeyLink) -> str:
    """Describe how a wire joins others at its target.

    "" at a block without other wires, or where the wire may not end.
    """
    document = link.document
    if link.obstacle or (link.moved is not None and link.ends == (link.moved.source, link.moved.target)):
        return ""
    feeding = ports.inputs_of(rewiring.without(document, link.moved) if link.moved else document, link.ends[1])
    if ports.takes_more(document, link.ends[1]):
        return f"It becomes input {len(feeding) + 1}"
    return f"An Add joins it with the wire from {shown_name(feeding[0].source)}" if feeding else ""


def _carried(document: Document, analysis: Analysis, wire: Wire) -> str:
    """The shape of what flows through a wire, which may be drawn to or from a group."""
    if document.has_group(wire.source):
        source = wiring.exits(document, wire.source)
        wire = Wire(source=source[0], target=wire.target) if source else wire
    return wire_label(wire, analysis)


def describe(scene: DrawnScene, stop: str | Port | Wire) -> str:
    """Describe a block, end or group by name, or a port or wire of a canvas."""
    document, analysis = scene.store.document, scene.store.analysis
    if isinstance(stop, Wire):
        return describe_wire(document, analysis, stop)
    if isinstance(stop, Port):
        return describe_port(document, analysis, stop, scene.blocks[stop.block].face)
    if document.has_group(stop):
        return describe_group(document, analysis, document.group(stop))
    block = scene.blocks.get(stop)
    # What stands in a collapsed group is not drawn.
    face = block.face if block else block_face(document.block(stop), analysis)
    return describe_block(document, analysis, stop, face)
