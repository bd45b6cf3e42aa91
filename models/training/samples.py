"""Training examples: an object-centred crop, changed beyond recognition, with a first prompt."""
import math

import numpy as np

from augment import change_colours, cut_crop, draw_procedural, paste
from prompts import first_prompt

PROCEDURAL = 0.05
COPY_PASTE = 0.25
KINDS = (("box", 0.38), ("click", 0.38), ("mask", 0.14), ("part", 0.1))
# An object must be this long in the picture for a part of it to be worth a crop.
LEAST_LENGTH_FOR_PART = 100


def choose_square(rng, thing, height, width, kind):
    """Centre and side of the crop: as tight as the product's with a box, up to five times the object for a first click."""
    if kind == "click":
        low, high = (1.15, 2.2) if rng.random() < 0.55 else (1.5, 5.0)
    else:
        low, high = 1.1, 1.9
    length = thing.length
    side = length * math.exp(rng.uniform(math.log(low), math.log(high)))
    longest = 1.15 * max(height, width)
    if side > longest:
        side = max(longest, length * 1.05)
    side = max(side, 24.0)
    slack = max(0.0, (side - length) / 2) * (0.8 if kind == "click" else 0.35)
    dx, dy = rng.uniform(-1, 1, 2) * slack
    return ((thing.x0 + thing.x1) / 2 + dx, (thing.y0 + thing.y1) / 2 + dy), side


def choose_part(rng, thing, labels):
    """Centre and side of a crop of a large object's edge, as for the second look at what a click corrects. None for a small object."""
    if thing.length < LEAST_LENGTH_FOR_PART:
        return None
    inside = np.pad(labels[thing.y0 : thing.y1, thing.x0 : thing.x1] == thing.id, 1)
    inner = inside[1:-1, 1:-1]
    whole = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    ys, xs = np.nonzero(inner & ~whole)
    k = rng.integers(len(ys))
    side = thing.length * rng.uniform(0.3, 0.8)
    dx, dy = rng.uniform(-0.3, 0.3, 2) * side
    return (thing.x0 + xs[k] + dx, thing.y0 + ys[k] + dy), side


def copy_paste(pool, rng, crop, mask, ignored):
    """The object before another background, or another object before it."""
    size = len(mask)
    image, labels, other = pool.draw(rng, 400)
    height, width = labels.shape
    flip = rng.random() < 0.5
    if rng.random() < 0.5:
        side = min(height, width) * rng.uniform(0.5, 1.1)
        centre = (width / 2 + rng.normal(0, width * 0.1), height / 2 + rng.normal(0, height * 0.1))
        ground, _, _ = cut_crop(image, labels, other.id, centre, side, size, flip=flip)
        return paste(ground, change_colours(crop, rng), mask, rng), mask, np.zeros_like(ignored)
    side = other.length * rng.uniform(1.5, 4)
    centre = np.array([(other.x0 + other.x1) / 2, (other.y0 + other.y1) / 2])
    centre = centre + rng.normal(0, side * 0.25, 2)
    before, cover, _ = cut_crop(image, labels, other.id, centre, side, size, flip=flip)
    if (mask & ~cover).sum() <= 0.5 * mask.sum():
        return crop, mask, ignored
    return paste(crop, before, cover, rng), mask & ~cover, ignored & ~cover


def make_picture(pool, rng, size, kind):
    """BGR, mask, ignored."""
    if rng.random() < PROCEDURAL:
        ground = None
        if rng.random() < 0.5:
            image, labels, thing = pool.draw(rng)
            height, width = labels.shape
            side = min(height, width) * rng.uniform(0.5, 1)
            centre = (rng.uniform(side / 2, width - side / 2), rng.uniform(side / 2, height - side / 2))
            ground, _, _ = cut_crop(image, labels, thing.id, centre, side, size)
        wide = kind == "click" and rng.random() < 0.5
        image, mask = draw_procedural(rng, size, ground, wide)
        return change_colours(image, rng), mask, np.zeros_like(mask)
    image, labels, thing = pool.draw(rng)
    part = choose_part(rng, thing, labels) if kind == "part" else None
    centre, side = part or choose_square(rng, thing, *labels.shape, kind)
    turn = rng.random()
    angle = rng.normal(0, 12) if turn < 0.25 else rng.uniform(0, 360) if turn < 0.32 else 0.0
    flip = rng.random() < 0.5
    crop, mask, ignored = cut_crop(image, labels, thing.id, centre, side, size, angle, flip)
    if part is None and rng.random() < COPY_PASTE:
        crop, mask, ignored = copy_paste(pool, rng, crop, mask, ignored)
    return change_colours(crop, rng), mask, ignored


def make_sample(pool, rng, size):
    """BGR uint8 [s, s, 3], mask, ignored bool [s, s], prompt float32 [4, s, s]."""
    kinds, shares = zip(*KINDS)
    for _ in range(20):
        kind = rng.choice(kinds, p=shares)
        crop, mask, ignored = make_picture(pool, rng, size, kind)
        # Neither a speck nor the whole crop.
        if mask.sum() >= 30 and mask.mean() < 0.92:
            break
    return crop, mask, ignored, first_prompt(kind, mask, ignored, size, rng)

