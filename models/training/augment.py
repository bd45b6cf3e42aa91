"""Crops, colours, and pictures made of nothing: what happens to a picture before the network sees it. All BGR, uint8."""
import math

import cv2
import numpy as np

from pool import IGNORED

cv2.setNumThreads(1)
# What lies outside the picture: the mean that the network subtracts, BGR.
OUTSIDE = (103.53, 116.28, 123.675)
# Below this many crop pixels per picture pixel the area filter is used, as the product does.
AREA_BELOW = 0.6


def cut_crop(image, labels, number, centre, side, size, angle=0.0, flip=False):
    """A square of the picture as size x size: BGR, mask of the object, ignored pixels (outside the picture too)."""
    height, width = labels.shape
    # A chance centre may lie outside the picture; a crop always shows some of it.
    cx, cy = np.clip(centre, 0, (width - 1, height - 1))
    reach = side * 0.5 * (1.42 if angle else 1.0) + 2
    x0, y0 = max(0, int(cx - reach)), max(0, int(cy - reach))
    x1, y1 = min(width, int(cx + reach) + 2), min(height, int(cy + reach) + 2)
    part = np.ascontiguousarray(image[y0:y1, x0:x1])
    mask = (labels[y0:y1, x0:x1] == number).astype(np.uint8) * 255
    ignored = (labels[y0:y1, x0:x1] == IGNORED).astype(np.uint8) * 255
    scale = size / side
    fx = fy = 1.0
    if scale < AREA_BELOW:
        shrunk = (max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale)))
        fx, fy = shrunk[0] / part.shape[1], shrunk[1] / part.shape[0]
        part, mask, ignored = (
            cv2.resize(a, shrunk, interpolation=cv2.INTER_AREA) for a in (part, mask, ignored)
        )
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    mirror = -1 if flip else 1
    turn = scale * np.array([[mirror * cos, -mirror * sin], [sin, cos]]) @ np.diag([1 / fx, 1 / fy])
    shift = np.array([size / 2, size / 2]) - turn @ np.array([(cx - x0) * fx, (cy - y0) * fy])
    # warpAffine counts from the centre of the first pixel, we from its corner.
    shift = shift + turn @ np.array([0.5, 0.5]) - 0.5
    matrix = np.concatenate([turn, shift[:, None]], 1)

    def warp(a, outside):
        return cv2.warpAffine(
            a, matrix, (size, size), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=outside,
        )

    crop = warp(part, OUTSIDE)
    inside = warp(mask, 0) >= 128
    return crop, inside, (warp(ignored, 255) >= 128) & ~inside


def change_colours(image, rng):
    """Light, contrast, hue, grey, negative, blur, lost detail, noise, JPEG."""
    if rng.random() < 0.7:
        light = rng.uniform(0.6, 1.4)
        gains = np.full(3, light)
        if rng.random() < 0.5:
            gains = 0.65 * light + 0.35 * rng.uniform(0.75, 1.3, 3)
        curve = (np.arange(256) / 255.0) ** math.exp(rng.normal(0, 0.25))
        table = np.clip(curve[:, None] * gains + rng.uniform(-0.12, 0.12), 0, 1) * 255
        image = cv2.LUT(image, table.astype(np.uint8)[None])
    if rng.random() < 0.25:
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(np.int16)
        hsv[..., 0] = (hsv[..., 0] + rng.integers(-15, 16)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.3, 1.6), 0, 255)
        image = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)
    kind = rng.random()
    if kind < 0.07:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    elif kind < 0.10:
        image = np.ascontiguousarray(image[..., rng.permutation(3)])
    elif kind < 0.12:
        image = 255 - image
    kind = rng.random()
    if kind < 0.12:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
    elif kind < 0.2:
        height, width = image.shape[:2]
        f = rng.uniform(0.35, 0.8)
        small = cv2.resize(image, (int(width * f), int(height * f)), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.1:
        noise = rng.normal(0, rng.uniform(3, 14), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 75))])[1]
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return image


def paste(onto, picture, mask, rng):
    """The masked part of a picture over another, with soft edges."""
    alpha = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), rng.uniform(0.4, 1.0))[..., None]
    return (picture * alpha + onto * (1 - alpha)).astype(np.uint8)


def draw_blob(rng, size, centre, radius):
    """A random shape, 0 or 255: ellipse, box, wavy blob, blob with limbs."""
    cx, cy = float(centre[0]), float(centre[1])
    mask = np.zeros((size, size), np.uint8)
    kind = rng.integers(0, 5)
    if kind == 0:
        axes = (int(radius * rng.uniform(0.4, 1)), int(radius * rng.uniform(0.4, 1)))
        cv2.ellipse(mask, (int(cx), int(cy)), axes, rng.uniform(0, 180), 0, 360, 255, -1)
        return mask
    if kind == 1:
        sides = (radius * rng.uniform(0.5, 1.8), radius * rng.uniform(0.5, 1.8))
        corners = cv2.boxPoints(((cx, cy), sides, rng.uniform(0, 90)))
        cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
        return mask
    t = np.linspace(0, 2 * np.pi, rng.integers(60, 90), endpoint=False)
    wave = np.ones(len(t))
    swing = rng.uniform(0.05, 0.35)
    for j in range(1, rng.integers(3, 9)):
        wave += swing / j**0.7 * np.sin(j * t + rng.uniform(0, 6.3)) * rng.uniform(0.3, 1)
    wave = np.clip(wave, 0.15, None) * radius * 0.8
    outline = np.stack([cx + wave * np.cos(t) * rng.uniform(0.5, 1), cy + wave * np.sin(t)], 1)
    cv2.fillPoly(mask, [outline.astype(np.int32)], 255)
    if kind == 4:
        for _ in range(rng.integers(1, 4)):
            a = rng.uniform(0, 6.3)
            end = (int(cx + math.cos(a) * radius * 1.5), int(cy + math.sin(a) * radius * 1.5))
            width = int(max(2, radius * rng.uniform(0.08, 0.3)))
            cv2.line(mask, (int(cx), int(cy)), end, 255, width)
    return mask


def draw_texture(rng, size):
    """Clouds, stripes or grain with a gradient, float32."""
    n = rng.integers(2, 40)
    clouds = rng.normal(0, 1, (n, n, 3)).astype(np.float32)
    image = cv2.resize(clouds, (size, size), interpolation=cv2.INTER_CUBIC) * rng.uniform(2, 40)
    if rng.random() < 0.5:
        image = image * rng.uniform(0, 1, 3)
    image = image + rng.uniform(0, 255, 3)
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    kind = rng.integers(0, 4)
    if kind == 1:
        a = rng.uniform(0, np.pi)
        phase = (x * np.cos(a) + y * np.sin(a)) * rng.uniform(0.05, 0.8)
        image = image + (np.sin(phase) * rng.uniform(5, 50))[..., None]
    elif kind == 2:
        grain = rng.normal(0, 1, (size, size)).astype(np.float32)
        image = image + cv2.GaussianBlur(grain, (0, 0), rng.uniform(0.5, 3))[..., None] * rng.uniform(10, 60)
    a = rng.uniform(0, 2 * np.pi)
    slope = (x * np.cos(a) + y * np.sin(a)) * (2 / size) * rng.uniform(0, 50)
    return np.clip(image + slope[..., None], 0, 255).astype(np.float32)


def draw_procedural(rng, size, background=None, wide=False):
    """One to three textured shapes over each other; one of them, near the middle, is the object. BGR, mask."""
    image = draw_texture(rng, size) if background is None else background.astype(np.float32)
    target = np.zeros((size, size), bool)
    count = rng.integers(1, 4)
    chosen = rng.integers(0, count)
    for i in range(count):
        large = i == chosen and not wide
        radius = size * (rng.uniform(0.18, 0.38) if large else rng.uniform(0.06, 0.3))
        centre = size / 2 + rng.normal(0, size * 0.05, 2) if i == chosen else rng.uniform(0, size, 2)
        shape = draw_blob(rng, size, centre, radius)
        if rng.random() < 0.3:
            shadow = cv2.GaussianBlur(np.roll(shape, (4, 6), (0, 1)), (0, 0), 4)
            image = image * (1 - 0.35 * shadow.astype(np.float32)[..., None] / 255)
        alpha = cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.4, 1.2)).astype(np.float32)[..., None] / 255
        image = image * (1 - alpha) + draw_texture(rng, size) * alpha
        target = shape > 127 if i == chosen else target & ~(shape > 127)
    return np.clip(image, 0, 255).astype(np.uint8), target
