"""Boxes, clicks and bad masks as people and the network itself make them. Clicks are (x, y, inside) in crop pixels."""
import math

import cv2
import numpy as np

from augment import draw_blob

# Channels of a prompt [4, s, s]; models/default/model.json says the same.
INSIDE, OUTSIDE, MASK, BOX = range(4)


def depth_of(mask):
    """Distance of every set pixel to the nearest clear one; outside the crop is clear."""
    padded = np.pad(mask.astype(np.uint8), 1)
    return cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]


def deepest(depth):
    y, x = np.unravel_index(depth.argmax(), depth.shape)
    return int(x), int(y)


def random_place(where, rng):
    ys, xs = np.nonzero(where)
    k = rng.integers(len(ys))
    return int(xs[k]), int(ys[k])


def click_within(mask, rng, centre=0.6):
    """A click in the mask: its centre with this probability, else anywhere not too near its edge."""
    depth = depth_of(mask)
    most = depth.max()
    if most <= 0:
        return None
    if rng.random() < centre:
        return deepest(depth)
    return random_place(depth >= most * rng.uniform(0.15, 0.8), rng)


def next_click(mask, truth, ignored, rng, centre=0.6, least_depth=1.5, tremor=0.0):
    """A correction: in the largest error, mostly at its centre, else anywhere in that part; now and then in the largest error of
    the other kind. `tremor`: deviation in pixels by which the hand misses. None where nothing is worth a click."""
    missing, extra = truth & ~mask & ~ignored, mask & ~truth & ~ignored
    to_add, to_remove = depth_of(missing), depth_of(extra)
    a, b = to_add.max(), to_remove.max()
    if max(a, b) < least_depth:
        return None
    inside = a >= b if rng.random() < 0.85 else a * rng.uniform(0.5, 2) >= b
    depth, wrong = (to_add, missing) if inside else (to_remove, extra)
    most = depth.max()
    if most < 1:
        return None
    x, y = deepest(depth)
    if rng.random() > centre:
        _, parts = cv2.connectedComponents(wrong.astype(np.uint8), connectivity=8)
        x, y = random_place((parts == parts[y, x]) & (depth >= most * rng.uniform(0.1, 0.7)), rng)
    if tremor > 0:
        x, y = np.clip(np.round([x, y] + rng.normal(0, tremor, 2)), 0, len(mask) - 1).astype(int)
    return int(x), int(y), bool(inside)


def draw_click(prompt, click, size):
    """Discs of 5 px at the product's 256; at training sizes the same share of the crop."""
    x, y, inside = click
    cv2.circle(prompt[INSIDE if inside else OUTSIDE], (x, y), max(2, round(5 * size / 256)), 1.0, -1)


def draw_box(prompt, mask, rng):
    """A box around the mask: tight, loose or off. False when there is none to draw."""
    size = len(mask)
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(ys) == 0:
        return False
    box = np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1], float)
    sides = np.array([box[2] - box[0], box[3] - box[1]] * 2)
    outwards = np.array([-1, -1, 1, 1])
    kind = rng.random()
    if kind < 0.3:
        change = rng.normal(0, 0.015, 4)
    elif kind < 0.75:
        change = outwards * rng.uniform(0, 0.15, 4) * rng.uniform(0, 1)
    elif kind < 0.9:
        change = outwards * rng.uniform(0, 0.15) + rng.normal(0, 0.03, 4)
    else:
        change = rng.normal(0, 0.07, 4)
    x0, y0, x1, y1 = np.clip(np.round(box + change * sides), 0, size).astype(int)
    if x1 - x0 < 3 or y1 - y0 < 3:
        return False
    prompt[BOX, y0:y1, x0:x1] = 1
    return True


def damage(mask, rng):
    """A plausible bad mask of the same object, float32: what a person, an import or an earlier click may have left."""
    size = len(mask)
    length = max(4.0, math.sqrt(mask.sum()))
    bad = mask.astype(np.uint8)
    kind = rng.integers(0, 7)
    if kind == 0:  # too large, too small
        e = max(1, int(length * rng.uniform(0.02, 0.12)))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * e + 1, 2 * e + 1))
        bad = cv2.dilate(bad, disc) if rng.random() < 0.6 else cv2.erode(bad, disc)
    elif kind == 1:  # coarse
        n = max(4, int(size * rng.uniform(0.06, 0.25)))
        small = cv2.resize(bad.astype(np.float32), (n, n), interpolation=cv2.INTER_AREA)
        bad = (cv2.resize(small, (size, size)) > rng.uniform(0.3, 0.7)).astype(np.uint8)
    elif kind == 2:  # shifted
        dx, dy = rng.normal(0, length * 0.06, 2)
        bad = cv2.warpAffine(bad, np.float32([[1, 0, dx], [0, 1, dy]]), (size, size))
    elif kind == 3:  # a polygon of few corners
        outlines, _ = cv2.findContours(bad, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        bad = np.zeros_like(bad)
        for outline in outlines:
            corners = cv2.approxPolyDP(outline, length * rng.uniform(0.02, 0.12), True)
            cv2.fillPoly(bad, [corners], 1)
    elif kind == 4:  # a part is missing
        place = click_within(mask, rng, 0)
        if place:
            cv2.circle(bad, place, int(length * rng.uniform(0.15, 0.5)), 0, -1)
    elif kind == 5:  # spilled over
        if mask.any():
            place = random_place(mask, rng)
            bad = np.maximum(bad, draw_blob(rng, size, place, length * rng.uniform(0.2, 0.6)) // 255)
    else:  # a wavy edge
        n = rng.integers(4, 20)
        waves = rng.normal(0, 1, (n, n)).astype(np.float32)
        waves = cv2.resize(waves, (size, size), interpolation=cv2.INTER_CUBIC)
        edge = depth_of(mask) - depth_of(~mask)
        bad = (edge + waves * length * rng.uniform(0.03, 0.15) > 0).astype(np.uint8)
    if rng.random() < 0.3:
        place = click_within(mask, rng, 0)
        if place:
            cv2.circle(bad, place, int(length * rng.uniform(0.1, 0.4)), int(rng.random() < 0.3), -1)
    return bad.astype(np.float32)


def first_prompt(kind, mask, ignored, size, rng):
    """What the network gets before it has answered: 'box', 'click', or 'mask' or 'part' (one to be corrected, whole or cut by the crop)."""
    prompt = np.zeros((4, size, size), np.float32)
    boxed = False
    correcting = kind in ("mask", "part")
    if kind == "box" or (correcting and rng.random() < 0.5):
        boxed = draw_box(prompt, mask, rng)
    if correcting:
        prompt[MASK] = damage(mask, rng)
        for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
            click = next_click(prompt[MASK] > 0.5, mask, ignored, rng, 0.5)
            if click:
                draw_click(prompt, click, size)
                if rng.random() < 0.5:
                    break
        return prompt
    if boxed:
        more = rng.choice([0, 0, 0, 0, 0, 1, 2])
    else:
        place = click_within(mask, rng)
        if place:
            draw_click(prompt, (*place, True), size)
        more = rng.choice([0, 0, 0, 1, 2, 3])
    for _ in range(more):
        if rng.random() < 0.5:
            place = click_within(mask, rng, 0)
            if place:
                draw_click(prompt, (*place, True), size)
            continue
        # Outside, but not far away.
        depth = depth_of(~mask) * ~ignored
        far = max(5.0, math.sqrt(mask.sum()) * rng.uniform(0.15, 0.8))
        near = (depth > 3) & (depth < far)
        if near.any():
            draw_click(prompt, (*random_place(near, rng), False), size)
    return prompt
