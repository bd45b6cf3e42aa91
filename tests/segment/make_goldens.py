"""Makes the golden masks that the TypeScript predictor is held to, with the reference predictor of the first network.

usage: make_goldens.py REFERENCE_DIR OUT.json   (REFERENCE_DIR holds predictor.py; needs numpy, opencv, onnxruntime)
"""
import json
import sys

import cv2
import numpy as np

sys.path.insert(0, sys.argv[1])
from predictor import REC, Model, Session  # noqa: E402

SAMPLES = "apps/server/samples/"
# image, box [x0, y0, x1, y1] or None, clicks (x, y, inside); one mask after each step: box first, then each click
CASES = [
    ("dogs.jpg", None, [(0.45, 0.35, True), (0.5, 0.75, True), (0.2, 0.2, False)]),
    ("dogs.jpg", (0.3, 0.1, 0.75, 0.95), [(0.5, 0.7, True)]),
    ("pizza-table.jpg", (0.1, 0.2, 0.9, 0.95), [(0.5, 0.5, True), (0.05, 0.05, False)]),
    ("dragonfly.jpg", (0.15, 0.1, 0.9, 0.8), [(0.5, 0.4, True), (0.3, 0.6, False)]),
    ("paris-crossing.jpg", (0.55, 0.5, 0.72, 0.68), [(0.6, 0.58, True)]),
]


def rle(mask):
    """COCO run lengths (column-major, background first) as a list."""
    flat = mask.T.reshape(-1).astype(np.uint8)
    change = np.flatnonzero(np.diff(flat)) + 1
    cuts = np.concatenate([[0], change, [flat.size]])
    runs = np.diff(cuts).tolist()
    return ([0] + runs) if flat[0] else runs


model = Model("models/default/model.w16.onnx")
out = []
for name, box, clicks in CASES:
    image = cv2.imread(SAMPLES + name)
    h, w = image.shape[:2]
    session = Session(model, image, **REC)
    steps = []
    if box:
        session.box = [round(box[0] * w), round(box[1] * h), round(box[2] * w), round(box[3] * h)]
        session.predict()
        steps.append({"clicks": 0, "counts": rle(session.prob > 0.5)})
    for n, (x, y, inside) in enumerate(clicks, 1):
        # The product protects the mask from the third click on.
        session.o["merge"] = n >= 3
        session.clicks.append((int(x * w), int(y * h), inside))
        session.predict()
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
