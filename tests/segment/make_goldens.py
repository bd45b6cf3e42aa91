"""Makes the golden masks that the TypeScript predictor is held to, with the reference predictor of the first network.

usage: make_goldens.py REFERENCE_DIR OUT.json   (REFERENCE_DIR holds predictor.py; needs numpy, opencv, onnxruntime)
"""
import json
import sys

import cv2
import numpy as np

sys.path.insert(0, sys.argv[1])
from predictor import REC, Model, Session, merge  # noqa: E402

SAMPLES = "apps/server/samples/"
# Prompts that the network is sure of: where its logits are all near 0, two decoders of JPEG give two masks.
# image, box [x0, y0, x1, y1] or None, clicks (x, y, inside); one mask after each step: box first, then each click
CASES = [
    ("dogs.jpg", None, [(0.45, 0.35, True), (0.5, 0.75, True), (0.2, 0.2, False)]),
    ("dogs.jpg", (0.3, 0.1, 0.75, 0.95), [(0.5, 0.7, True), (0.6, 0.3, True), (0.4, 0.8, False), (0.45, 0.4, True)]),
    ("pizza-table.jpg", (0.1, 0.2, 0.9, 0.95), [(0.5, 0.5, True), (0.05, 0.05, False)]),
    ("dragonfly.jpg", (0.55, 0.45, 0.85, 0.95), [(0.5, 0.4, True), (0.3, 0.6, False)]),
    ("paris-crossing.jpg", (0.55, 0.5, 0.72, 0.68), [(0.6, 0.58, True)]),
]


def rle(mask):
    """COCO run lengths (column-major, background first) as a list."""
    flat = mask.T.reshape(-1).astype(np.uint8)
    change = np.flatnonzero(np.diff(flat)) + 1
    cuts = np.concatenate([[0], change, [flat.size]])
    runs = np.diff(cuts).tolist()
    return ([0] + runs) if flat[0] else runs


def fit_to_box(prob, box):
    """Rule S5a: probabilities whose logits are raised until the mask's bounds fit the box."""

    def fit(mask):
        if not mask.any():
            return 0.0
        ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        x0, y0, x1, y1 = xs[0], ys[0], xs[-1] + 1, ys[-1] + 1
        across, down = min(x1, box[2]) - max(x0, box[0]), min(y1, box[3]) - max(y0, box[1])
        common = max(0, across) * max(0, down)
        return common / ((x1 - x0) * (y1 - y0) + (box[2] - box[0]) * (box[3] - box[1]) - common)

    best, how_well = prob, fit(prob > 0.5)
    for shift in (0.5, 1, 1.5, 2, 2.5):
        if how_well >= 0.6:
            break
        raised = prob / (prob + (1 - prob) * np.exp(-shift))
        if fit(raised > 0.5) > how_well:
            best, how_well = raised, fit(raised > 0.5)
    return best


def look_twice(network):
    """Rule S5b: the network, and then in a mirror, with the probabilities of the first answer as the mask there is."""

    def mirrored(planes):
        return np.ascontiguousarray(planes[..., ::-1])

    def twice(image, prompt):
        corrected = prompt.copy()
        corrected[:, 2] = 1 / (1 + np.exp(-network(image, prompt)))
        return mirrored(network(mirrored(image), mirrored(corrected)))

    return twice


def predict(session, clicks):
    """The reference's answer, with the product's rules S5a and S5b (to a box alone) and S7a (a closer look from the third click on, before it is
    finished and merged with the mask before): docs/spec/segment.md."""
    before = session.prob
    if session.box and clicks == 0:
        cx, cy, side, _ = session.crop_rect()
        network, session.m = session.m, look_twice(session.m)
        found = session.run(cx, cy, side, None)
        session.m = network
        session.prob = session.post(fit_to_box(found, session.box))
        return
    if clicks < 3:
        session.predict()
        return
    cx, cy, side, _ = session.crop_rect()
    x, y, _ = session.clicks[-1]
    closer = max(32.0, 0.4 * side)
    looks_closer = closer <= 0.8 * side
    large = session.o["S2"]
    session.o["S2"] = 0 if looks_closer else large
    found = session.run(cx, cy, side, before)
    session.o["S2"] = large
    if looks_closer:
        near = session.run(x + 0.5, y + 0.5, closer, found)
        ys, xs = np.mgrid[: found.shape[0], : found.shape[1]]
        disc = (xs - x) ** 2 + (ys - y) ** 2 <= (0.4 * closer) ** 2
        found = np.where(disc, near, found)
    session.prob = merge(before, session.post(found), session.clicks[-1], True)


model = Model("models/default/model.w16.onnx")
out = []
for name, box, clicks in CASES:
    image = cv2.imread(SAMPLES + name)
    h, w = image.shape[:2]
    session = Session(model, image, **REC)
    steps = []
    if box:
        session.box = [round(box[0] * w), round(box[1] * h), round(box[2] * w), round(box[3] * h)]
        predict(session, 0)
        steps.append({"clicks": 0, "counts": rle(session.prob > 0.5)})
    for n, (x, y, inside) in enumerate(clicks, 1):
        session.clicks.append((int(x * w), int(y * h), inside))
        predict(session, n)
        steps.append({"clicks": n, "counts": rle(session.prob > 0.5)})
    out.append(
        {
            "image": name,
            "size": [h, w],
            "box": session.box and [float(v) for v in session.box],
            "clicks": [{"x": x + 0.5, "y": y + 0.5, "inside": p} for x, y, p in session.clicks],
            "steps": steps,
        }
    )
json.dump(out, open(sys.argv[2], "w"))
print([(c["image"], [len(s["counts"]) for s in c["steps"]]) for c in out])
