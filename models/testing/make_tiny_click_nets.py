"""Tiny networks for tests of what people may bring: one that is right, and some that are not.

usage: python models/testing/make_tiny_click_nets.py [FOLDER]     (needs the packages onnx and numpy)

- tiny-click-net: the inputs and output of models/default; what lies in the box or in a disc inside is the object,
- tiny-click-net-nan: the same, but it answers with what are no numbers,
- tiny-click-net-endless: the same, but it never answers,
- tiny-click-net-greedy: the same, but it takes 3 GB of memory on the way, 7 GB at the larger size,
- tiny-click-net-fixed: the same, but for one size alone,
- tiny-classifier: another kind of network,
- tiny-click-net-elsewhere: its weights would lie in another file.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from make_tiny_sam import FLOAT, Graph
from onnx import TensorProto, helper

INPUTS = [("image", FLOAT, ["n", 3, "h", "w"]), ("prompt", FLOAT, ["n", 4, "h", "w"])]
OUTPUTS = [("logits", FLOAT, ["n", 1, "h", "w"])]


def answer(g: Graph) -> str:
    """Clicks inside 12, outside -12, previous mask 4, box 8, ground -4; a little of the picture."""
    kernel = np.reshape([12.0, -12.0, 4.0, 8.0], (1, 4, 1, 1))
    placed = g.add("Conv", "prompt", g.constant(kernel), g.constant([-4.0]))
    colour = g.add("Conv", "image", g.weights(1, 3, 1, 1, scale=1e-4))
    return g.add("Add", placed, colour)


def click_net(path: Path) -> None:
    g = Graph(11)
    g.add("Identity", answer(g), out="logits")
    g.save(path, INPUTS, OUTPUTS)


def fixed_net(path: Path) -> None:
    g = Graph(16)
    g.add("Identity", answer(g), out="logits")
    g.save(
        path,
        [("image", FLOAT, [1, 3, 256, 256]), ("prompt", FLOAT, [1, 4, 256, 256])],
        [("logits", FLOAT, [1, 1, 256, 256])],
    )


def nan_net(path: Path) -> None:
    g = Graph(12)
    g.add("Sqrt", answer(g), out="logits")
    g.save(path, INPUTS, OUTPUTS)


def endless_net(path: Path) -> None:
    g = Graph(13)
    start = answer(g)
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Mul", ["value", "value"], ["next"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", FLOAT, ["n", 1, "h", "w"]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", FLOAT, ["n", 1, "h", "w"]),
        ],
    )
    g.add("Loop", g.constant(2**60, np.int64), g.constant(True, np.bool_), start, out="logits", body=body)
    g.save(path, INPUTS, OUTPUTS)


def greedy_net(path: Path) -> None:
    """Not more than that, so that a machine on which nobody stops it is still there afterwards."""
    g = Graph(17)
    many = g.add("Expand", answer(g), g.whole(12288, 1, 1, 1))
    g.add("ReduceMax", many, out="logits", axes=[0], keepdims=1)
    g.save(path, INPUTS, OUTPUTS)


def classifier(path: Path) -> None:
    g = Graph(14)
    pooled = g.add("GlobalAveragePool", "data")
    g.add("Conv", pooled, g.weights(10, 3, 1, 1, scale=1.0), out="label")
    g.save(path, [("data", FLOAT, [1, 3, 224, 224])], [("label", FLOAT, [1, 10, 1, 1])])


def elsewhere_net(path: Path) -> None:
    g = Graph(15)
    g.add("Identity", answer(g), out="logits")
    tensor = g.constants[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", "16")):
        tensor.external_data.add(key=key, value=value)
    graph = helper.make_graph(
        g.nodes,
        "tiny",
        [helper.make_tensor_value_info(*port) for port in INPUTS],
        [helper.make_tensor_value_info(*port) for port in OUTPUTS],
        g.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    click_net(folder / "tiny-click-net.onnx")
    fixed_net(folder / "tiny-click-net-fixed.onnx")
    nan_net(folder / "tiny-click-net-nan.onnx")
    endless_net(folder / "tiny-click-net-endless.onnx")
    greedy_net(folder / "tiny-click-net-greedy.onnx")
    classifier(folder / "tiny-classifier.onnx")
    elsewhere_net(folder / "tiny-click-net-elsewhere.onnx")


if __name__ == "__main__":
    main()
