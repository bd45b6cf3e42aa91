"""Tiny networks with exactly the inputs and outputs of the SAM family's real exports, for tests.

usage: python models/testing/make_tiny_sam.py [FOLDER]     (needs the packages onnx and numpy)

They have the names, types, shapes and order of the exports that `npm run models -- add` knows, and never saw a picture: their
weights are random (seeded), but where they place masks is not, so that a test sees whether prompts arrive where they should:

- a box gives what lies inside it, clicks inside (label 1) a disc around them, clicks outside (label 0) a hole (SAM 2),
- the mask that is given is added (SAM 2),
- random projections of the embeddings colour it all a little, each candidate differently,
- the candidates are shifted by a constant: the last one is the largest and expects most of itself.

Sources of the signatures: github.com/wkentaro/osam (_models/sam2, _models/efficientsam), the export scripts in
github.com/yformer/EfficientSAM and github.com/ryouchinsa/sam-cpp-macos.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
SIDE = 1024
GRID = 256
DISC_PX = 60.0
MEAN = [0.485, 0.456, 0.406]
DEVIATION = [0.229, 0.224, 0.225]
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


class Graph:
    """Nodes and constants, gathered in order."""

    def __init__(self, seed: int) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.random = np.random.default_rng(seed)

    def constant(self, value, dtype=np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype=dtype), name))
        return name

    def whole(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def weights(self, *shape: int, scale: float) -> str:
        return self.constant(self.random.normal(0, scale, shape))

    def add(self, op: str, *inputs: str, out: str | None = None, **attributes) -> str:
        name = out or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def save(self, path: Path, inputs, outputs) -> None:
        def info(ports):
            return [helper.make_tensor_value_info(n, t, d) for n, t, d in ports]

        graph = helper.make_graph(self.nodes, "tiny", info(inputs), info(outputs), self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        model.producer_name = "limn tiny test network, never trained"
        onnx.checker.check_model(model)
        onnx.save(model, path)
        print(f"{path} {path.stat().st_size} bytes")


def features(g: Graph, image: str, stride: int, channels: int, out: str) -> None:
    """Means over stride x stride, projected to `channels`."""
    pooled = g.add("AveragePool", image, kernel_shape=[stride, stride], strides=[stride, stride])
    g.add("Conv", pooled, g.weights(channels, 3, 1, 1, scale=0.5), out=out)


def sam2_encoder(path: Path) -> None:
    g = Graph(1)
    features(g, "input", 16, 256, "image_embeddings")
    features(g, "input", 4, 32, "high_res_features1")
    features(g, "input", 8, 64, "high_res_features2")
    g.save(
        path,
        [("input", FLOAT, [1, 3, SIDE, SIDE])],
        [
            ("image_embeddings", FLOAT, [1, 256, 64, 64]),
            ("high_res_features1", FLOAT, [1, 32, 256, 256]),
            ("high_res_features2", FLOAT, [1, 64, 128, 128]),
        ],
    )


def efficient_encoder(path: Path) -> None:
    g = Graph(2)
    batch = g.add("Slice", g.add("Shape", "batched_images"), g.whole(0), g.whole(1))
    size = g.add("Concat", batch, g.whole(3, SIDE, SIDE), axis=0)
    scaled = g.add("Resize", "batched_images", "", "", size, mode="linear")
    centred = g.add("Sub", scaled, g.constant(np.reshape(MEAN, (1, 3, 1, 1))))
    normal = g.add("Div", centred, g.constant(np.reshape(DEVIATION, (1, 3, 1, 1))))
    features(g, normal, 16, 256, "image_embeddings")
    g.save(
        path,
        [("batched_images", FLOAT, ["batch", 3, "height", "width"])],
        [("image_embeddings", FLOAT, ["batch", 256, 64, 64])],
    )


def place_prompts(g: Graph, coords: str, labels: str) -> str:
    """[1, 1, GRID, GRID] logits of points [1, n, 2] in pixels of the SIDE x SIDE square, labels [1, n]."""
    coords = g.add("Add", coords, g.constant(0.5))
    centres = (np.arange(GRID) + 0.5) * SIDE / GRID
    gx, gy = g.constant(centres.reshape(1, 1, 1, GRID)), g.constant(centres.reshape(1, 1, GRID, 1))
    each = g.whole(1, -1, 1, 1)

    def coordinate(axis: int) -> str:
        return g.add("Reshape", g.add("Gather", coords, g.constant(axis, np.int64), axis=2), each)

    def is_label(label: float) -> str:
        return g.add("Equal", g.add("Reshape", labels, each), g.constant(label))

    x, y = coordinate(0), coordinate(1)
    dx, dy = g.add("Sub", gx, x), g.add("Sub", gy, y)
    squares = g.add("Add", g.add("Mul", dx, dx), g.add("Mul", dy, dy))
    disc = g.add("Exp", g.add("Mul", squares, g.constant(-0.5 / DISC_PX**2)))
    inside, outside = (g.add("Cast", is_label(label), to=FLOAT) for label in (1.0, 0.0))
    sign = g.add("Sub", inside, outside)
    discs = g.add("ReduceSum", g.add("Mul", disc, sign), g.whole(1), keepdims=1)
    # How far inside the corners: far where there is none.
    far = g.constant(1e4)
    before = g.add("Where", is_label(2.0), g.add("Min", dx, dy), far)
    behind = g.add("Where", is_label(3.0), g.add("Neg", g.add("Max", dx, dy)), far)
    depth = g.add("ReduceMin", g.add("Min", before, behind), axes=[1], keepdims=1)
    no_box = g.add("Cast", g.add("Greater", depth, g.constant(5e3)), to=FLOAT)
    slope = g.add("Clip", g.add("Div", depth, g.constant(8.0)), g.constant(-4.0), g.constant(4.0))
    # Without a box all is outside until a click says otherwise.
    box = g.add("Sub", slope, g.add("Mul", no_box, g.constant(8.0)))
    return g.add("Add", box, g.add("Mul", discs, g.constant(16.0)))


def enlarge(g: Graph, grid: str, channels: int) -> str:
    """To GRID x GRID."""
    return g.add("Resize", grid, "", "", g.whole(1, channels, GRID, GRID), mode="linear")


def texture(g: Graph, embedding: str, channels: int, candidates: int) -> str:
    """A random projection, between -0.5 and 0.5."""
    projected = g.add("Conv", embedding, g.weights(candidates, channels, 1, 1, scale=channels**-0.5))
    return g.add("Mul", g.add("Tanh", enlarge(g, projected, candidates)), g.constant(0.5))


def expectations(g: Graph, embedding: str, candidates: int) -> str:
    """[1, candidates], rising, a little different for each picture."""
    mean = g.add("Tanh", g.add("ReduceMean", embedding, axes=[1, 2, 3], keepdims=0))
    scores = g.constant(np.linspace(0.5, 0.9, candidates).reshape(1, candidates))
    return g.add("Add", g.add("Mul", mean, g.constant(0.01)), scores)


def shift_candidates(g: Graph, logits: str, candidates: int) -> str:
    shift = np.linspace(-1.5, 0, candidates).reshape(1, candidates, 1, 1)
    return g.add("Add", logits, g.constant(shift))


def sam2_decoder(path: Path) -> None:
    g = Graph(3)
    placed = place_prompts(g, "point_coords", "point_labels")
    mask = g.add("Mul", g.add("Mul", "mask_input", "has_mask_input"), g.constant(0.6))
    masks = g.add("Add", placed, mask)
    for name, channels in (("image_embeddings", 256), ("high_res_features1", 32), ("high_res_features2", 64)):
        masks = g.add("Add", masks, texture(g, name, channels, 4))
    masks = shift_candidates(g, masks, 4)
    size = g.add("Concat", g.whole(1, 4), "orig_im_size", axis=0)
    g.add("Resize", masks, "", "", size, mode="linear", out="masks")
    g.add("Identity", expectations(g, "image_embeddings", 4), out="iou_predictions")
    g.add("Clip", masks, g.constant(-32.0), g.constant(32.0), out="low_res_masks")
    g.save(
        path,
        [
            ("image_embeddings", FLOAT, [1, 256, 64, 64]),
            ("high_res_features1", FLOAT, [1, 32, 256, 256]),
            ("high_res_features2", FLOAT, [1, 64, 128, 128]),
            ("point_coords", FLOAT, ["num_labels", "num_points", 2]),
            ("point_labels", FLOAT, ["num_labels", "num_points"]),
            ("mask_input", FLOAT, [1, 1, GRID, GRID]),
            ("has_mask_input", FLOAT, [1]),
            ("orig_im_size", INT64, [2]),
        ],
        [
            ("masks", FLOAT, ["num_labels", 4, "height", "width"]),
            ("iou_predictions", FLOAT, ["num_labels", 4]),
            ("low_res_masks", FLOAT, ["num_labels", 4, GRID, GRID]),
        ],
    )


def efficient_decoder(path: Path) -> None:
    g = Graph(4)
    # Points are in pixels of orig_im_size (height, width), the first six count.
    size = g.add("Cast", "orig_im_size", to=FLOAT)
    across = g.add("Gather", size, g.constant([1, 0], np.int64), axis=0)
    scaled = g.add("Div", g.add("Mul", "batched_point_coords", g.constant(float(SIDE))), across)
    coords = g.add("Slice", scaled, g.whole(0), g.whole(6), g.whole(2))
    labels = g.add("Slice", "batched_point_labels", g.whole(0), g.whole(6), g.whole(2))
    # A click outside means nothing to it.
    zero = g.add("Equal", labels, g.constant(0.0))
    labels = g.add("Where", zero, g.constant(-1.0), labels)
    placed = place_prompts(
        g,
        g.add("Reshape", coords, g.whole(1, -1, 2)),
        g.add("Reshape", labels, g.whole(1, -1)),
    )
    masks = shift_candidates(g, g.add("Add", placed, texture(g, "image_embeddings", 256, 3)), 3)
    size = g.add("Concat", g.whole(1, 3), "orig_im_size", axis=0)
    resized = g.add("Resize", masks, "", "", size, mode="linear")
    g.add("Unsqueeze", resized, g.whole(0), out="output_masks")
    g.add("Unsqueeze", expectations(g, "image_embeddings", 3), g.whole(0), out="iou_predictions")
    g.add("Identity", masks, out="low_res_masks")
    g.save(
        path,
        [
            ("image_embeddings", FLOAT, ["batch", 256, 64, 64]),
            ("batched_point_coords", FLOAT, [1, "num_queries", "num_points", 2]),
            ("batched_point_labels", FLOAT, [1, "num_queries", "num_points"]),
            ("orig_im_size", INT64, [2]),
        ],
        [
            ("output_masks", FLOAT, [1, "num_queries", 3, "height", "width"]),
            ("iou_predictions", FLOAT, [1, "num_queries", 3]),
            ("low_res_masks", FLOAT, ["queries", 3, GRID, GRID]),
        ],
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    sam2_encoder(folder / "tiny-sam2-encoder.onnx")
    sam2_decoder(folder / "tiny-sam2-decoder.onnx")
    efficient_encoder(folder / "tiny-efficient-sam-encoder.onnx")
    efficient_decoder(folder / "tiny-efficient-sam-decoder.onnx")


if __name__ == "__main__":
    main()
