"""OpenCV's GrabCut behind standard input: a line of JSON in, a line of JSON out.

in:  {"open": "picture.jpg"}                                  out: {"ok": true}
in:  {"box": [x0, y0, x1, y1] | null, "clicks": [[x, y, inside], ...]}
                                                              out: {"runs": [clear, set, clear, ...]}   row by row
C. Rother, V. Kolmogorov, A. Blake, "GrabCut", 2004. Pictures are worked on at a long side of at most SIDE pixels, as a
tool would do to answer in under a second.
"""
import json
import sys

import cv2
import numpy as np

SIDE = 384
ROUNDS = 5

cv2.setNumThreads(1)
cv2.setRNGSeed(0)


def start_mask(shape, scale, box, clicks):
    """Sure and likely parts: outside the box is background; without a box a disc around the first click is likely."""
    height, width = shape
    mask = np.full(shape, cv2.GC_PR_BGD, np.uint8)
    if box:
        x0, y0, x1, y1 = (int(v * scale) for v in box)
        mask[:] = cv2.GC_BGD
        mask[y0 : max(y1, y0 + 2), x0 : max(x1, x0 + 2)] = cv2.GC_PR_FGD
    else:
        x, y, _ = clicks[0]
        reach = int(0.25 * min(height, width))
        cv2.circle(mask, (int(x * scale), int(y * scale)), reach, cv2.GC_PR_FGD, -1)
        mask[0] = mask[-1] = cv2.GC_BGD
        mask[:, 0] = mask[:, -1] = cv2.GC_BGD
    for x, y, inside in clicks:
        value = cv2.GC_FGD if inside else cv2.GC_BGD
        cv2.circle(mask, (int(x * scale), int(y * scale)), 3, value, -1)
    if not (mask == cv2.GC_BGD).any():
        mask[0] = cv2.GC_BGD
    return mask


def segment(image, scale, size, box, clicks):
    mask = start_mask(image.shape[:2], scale, box, clicks)
    try:
        cv2.grabCut(image, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        pass  # Too few pixels of one kind to learn colours from: what was likely stays.
    inside = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.float32)
    return cv2.resize(inside, size, interpolation=cv2.INTER_LINEAR) > 0.5


def runs_of(mask):
    flat = mask.reshape(-1)
    cuts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate([[0], cuts, [flat.size]])).tolist()
    return [0, *runs] if flat[0] else runs


def main():
    image, scale, size = None, 1.0, (0, 0)
    for line in sys.stdin:
        ask = json.loads(line)
        if "open" in ask:
            image = cv2.imread(ask["open"])
            size = (image.shape[1], image.shape[0])
            scale = min(1.0, SIDE / max(size))
            if scale < 1:
                image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            answer = {"ok": True}
        else:
            answer = {"runs": runs_of(segment(image, scale, size, ask["box"], ask["clicks"]))}
        print(json.dumps(answer), flush=True)


main()
