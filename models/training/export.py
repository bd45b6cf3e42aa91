"""Exports a checkpoint for the product and checks every file against torch.

usage: export.py RUN/ema.pt OUT      writes OUT/model.w16.onnx (weights in 16 bits, arithmetic in 32: processor),
                                     OUT/model.fp16.onnx (all in 16 bits: WebGPU), OUT/model.onnx, OUT/export.json

The pixel mean and deviation are inside the graph: it takes RGB 0..255. Height and width are free, multiples of 32.
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

from network import MEAN, STD, Network

# Logits may differ by this much from torch's, and this share of pixels may change sides.
ALLOWED = {"model.onnx": (1e-3, 0.0002), "model.w16.onnx": (0.5, 0.005), "model.fp16.onnx": (1.0, 0.01)}


class Product(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1) * 255)
        self.register_buffer("gain", 1 / (torch.tensor(STD).view(1, 3, 1, 1) * 255))

    def forward(self, image, prompt):
        return self.network((image - self.mean) * self.gain, prompt)


def load_network(path):
    saved = torch.load(path, map_location="cpu", weights_only=True)
    network = Network()
    network.load_state_dict(saved["net"])
    return network.eval().float(), saved


def export_onnx(product, path):
    names = ("image", "prompt", "logits", "features", "features4")
    sample = (torch.rand(1, 3, 256, 256) * 255, torch.rand(1, 4, 256, 256))
    torch.onnx.export(
        product, sample, str(path), opset_version=17, dynamo=False,
        input_names=list(names[:2]), output_names=list(names[2:]),
        dynamic_axes={name: {0: "n", 2: "h", 3: "w"} for name in names},
    )
    model = drop_identities(onnx.load(path))
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return model


def drop_identities(model):
    """torch shares equal weights through Identity nodes; some runtimes cannot fold those into convolutions."""
    weights = {w.name for w in model.graph.initializer}
    renamed = {n.output[0]: n.input[0] for n in model.graph.node if n.op_type == "Identity" and n.input[0] in weights}
    kept = [n for n in model.graph.node if not (n.output and n.output[0] in renamed)]
    for node in kept:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


def halve_weights(model):
    """Stores large weights in 16 bits, with a Cast back to 32: half the download, the same arithmetic."""
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    weights, casts = [], []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size <= 64:
            weights.append(weight)
            continue
        weights.append(numpy_helper.from_array(values.astype(np.float16), weight.name + "_half"))
        casts.append(helper.make_node("Cast", [weight.name + "_half"], [weight.name], to=TensorProto.FLOAT))
    del halved.graph.initializer[:]
    halved.graph.initializer.extend(weights)
    del halved.graph.node[:]
    halved.graph.node.extend([*casts, *model.graph.node])
    onnx.checker.check_model(halved)
    return halved


def sample_inputs(size, rng):
    image = (rng.random((1, 3, size, size)) * 255).astype(np.float32)
    prompt = np.zeros((1, 4, size, size), np.float32)
    prompt[0, 3, 40 : size - 60, 50 : size - 40] = 1
    prompt[0, 0, 100:110, 100:110] = 1
    return image, prompt


def check(product, path):
    """Farthest difference from torch of logits, and the share of pixels that change sides."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    apart = flipped = 0.0
    for size in (256, 320, 384):
        image, prompt = sample_inputs(size, rng)
        got = session.run(["logits"], {"image": image, "prompt": prompt})[0]
        with torch.no_grad():
            wanted = product(torch.from_numpy(image), torch.from_numpy(prompt))[0].numpy()
        apart = max(apart, float(np.abs(got - wanted).max()))
        flipped = max(flipped, float(((got > 0) != (wanted > 0)).mean()))
    return {
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "logits apart": round(apart, 6),
        "pixels flipped": round(flipped, 6),
    }


def export(checkpoint, out):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    network, saved = load_network(checkpoint)
    product = Product(network)
    model = export_onnx(product, out / "model.onnx")
    onnx.save(halve_weights(model), out / "model.w16.onnx")
    onnx.save(convert_float_to_float16(onnx.load(out / "model.onnx"), keep_io_types=True), out / "model.fp16.onnx")
    report = {name: check(product, out / name) for name in ALLOWED}
    report["trained"] = {"steps": saved["step"], "crops": saved["seen"]}
    (out / "export.json").write_text(json.dumps(report, indent=1) + "\n")
    for name, (apart, flipped) in ALLOWED.items():
        if report[name]["logits apart"] > apart or report[name]["pixels flipped"] > flipped:
            raise SystemExit(f"{name} does not answer as torch does: {report[name]}")
    return report


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(json.dumps(export(sys.argv[1], sys.argv[2]), indent=1))
