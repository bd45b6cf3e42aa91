"""The pictures to learn from: tars (or folders) of <train|val>/<source>/<name>.jpg with <name>.png, decoded once into one file.

usage: pool.py CACHE POOL... [--side 384]      POOL: a .tar or a folder; CACHE: a folder to write to

Maps: 0 background, 1, 2, ... objects, 255 (65535 in 16-bit maps) ignored. In the cache objects are numbered from the largest
on, at most 200 a picture; what is too small to learn from (80 px) is ignored.
"""
import argparse
import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

cv2.setNumThreads(1)
LEAST_AREA = 80
MOST_OBJECTS = 200
IGNORED = 255


class Thing(NamedTuple):
    """An object of a picture: number in the map, area, exact box."""

    id: int
    area: int
    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def length(self):
        return max(self.x1 - self.x0, self.y1 - self.y0)


def read_files(pool):
    """(path within the pool, bytes) of every picture and map, in order."""
    path = Path(pool)
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix in (".jpg", ".png"):
                yield file.relative_to(path).as_posix(), file.read_bytes()
        return
    with tarfile.open(path) as tar:
        for member in sorted((m for m in tar if m.isfile()), key=lambda m: m.name):
            yield member.name.removeprefix("./"), tar.extractfile(member).read()


def read_pairs(pool):
    """(split, source, name, BGR picture, map) of every whole pair."""
    waiting = {}
    for name, data in read_files(pool):
        parts = name.split("/")
        if len(parts) < 3 or parts[-3] not in ("train", "val") or parts[-1].startswith("._"):
            continue
        stem, kind = parts[-1].rsplit(".", 1)
        key = (parts[-3], parts[-2], stem)
        waiting.setdefault(key, {})[kind] = data
        pair = waiting[key]
        if "jpg" not in pair or "png" not in pair:
            continue
        del waiting[key]
        image = cv2.imdecode(np.frombuffer(pair["jpg"], np.uint8), cv2.IMREAD_COLOR)
        labels = cv2.imdecode(np.frombuffer(pair["png"], np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None or labels is None or image.shape[:2] != labels.shape[:2]:
            print("left out: picture and map do not fit", name)
            continue
        yield (*key, image, labels[..., 0] if labels.ndim == 3 else labels)


def shrink(image, labels, side):
    height, width = labels.shape
    scale = min(1.0, side / max(height, width))
    if scale == 1.0:
        return image, labels
    size = (round(width * scale), round(height * scale))
    rows = ((np.arange(size[1]) + 0.5) * height / size[1]).astype(int)
    columns = ((np.arange(size[0]) + 0.5) * width / size[0]).astype(int)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA), labels[rows][:, columns]


def number_objects(labels):
    """Map in 8 bits and its objects."""
    ignored = labels == (65535 if labels.dtype == np.uint16 else 255)
    ids, areas = np.unique(labels[~ignored], return_counts=True)
    order = sorted(
        ((int(a), int(i)) for i, a in zip(ids, areas) if i != 0 and a >= LEAST_AREA), reverse=True
    )[:MOST_OBJECTS]
    numbered = np.where((labels != 0) | ignored, IGNORED, 0).astype(np.uint8)
    things = []
    for number, (area, label) in enumerate(order, 1):
        mask = labels == label
        numbered[mask] = number
        ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        things.append(
            Thing(number, area, int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)
        )
    return numbered, things


def write_cache(pools, cache, side):
    cache = Path(cache)
    cache.mkdir(parents=True, exist_ok=True)
    index = {"train": [], "val": []}
    files = {split: (cache / f"{split}.bin").open("wb") for split in index}
    for pool in pools:
        for split, source, name, image, labels in read_pairs(pool):
            image, labels = shrink(image, labels, side)
            numbered, things = number_objects(labels)
            if not things:
                continue
            offset = files[split].tell()
            files[split].write(image.tobytes() + numbered.tobytes())
            index[split].append([source, name, *labels.shape, offset, things])
    for split, items in index.items():
        files[split].close()
        (cache / f"{split}.json").write_text(json.dumps(items))
        sources = Counter(item[0] for item in items)
        print(split, len(items), "pictures", sum(len(i[5]) for i in items), "objects", dict(sources))


class Pool:
    """Draws objects: a source by weight and the square root of its size, a picture, an object (larger ones more often)."""

    def __init__(self, cache, split="train", weights=None):
        self.items = json.loads((Path(cache) / f"{split}.json").read_text())
        self.bytes = np.memmap(Path(cache) / f"{split}.bin", np.uint8, "r")
        self.by_source = {}
        for i, item in enumerate(self.items):
            self.by_source.setdefault(item[0], []).append(i)
        self.sources = sorted(self.by_source)
        shares = np.array(
            [len(self.by_source[s]) ** 0.5 * (weights or {}).get(s, 1.0) for s in self.sources]
        )
        self.shares = shares / shares.sum()

    def picture(self, i):
        """BGR picture, map, objects. Read-only: they lie in the file."""
        _, _, height, width, offset, things = self.items[i]
        area = height * width
        image = self.bytes[offset : offset + 3 * area].reshape(height, width, 3)
        labels = self.bytes[offset + 3 * area : offset + 4 * area].reshape(height, width)
        return image, labels, [Thing(*t) for t in things]

    def draw(self, rng, least_area=250):
        for _ in range(50):
            source = self.sources[rng.choice(len(self.sources), p=self.shares)]
            of_source = self.by_source[source]
            image, labels, things = self.picture(of_source[rng.integers(len(of_source))])
            fit = [
                t for t in things if t.area >= least_area and min(t.x1 - t.x0, t.y1 - t.y0) >= 8
            ]
            if fit:
                weights = np.array([t.area for t in fit], float) ** 0.4
                return image, labels, fit[rng.choice(len(fit), p=weights / weights.sum())]
        return image, labels, max(things, key=lambda t: t.area)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("cache")
    parser.add_argument("pool", nargs="+")
    parser.add_argument("--side", type=int, default=384)
    args = parser.parse_args()
    write_cache(args.pool, args.cache, args.side)
