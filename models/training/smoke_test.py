"""Does the recipe still run? A made-up pool, a few steps, a restart, several processes' worth of nothing: no weights fetched.

usage: smoke_test.py      about a minute on one core; ends with 0 when all is well
"""
import json
import tarfile
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch

import depthwise
from augment import draw_procedural
from episodes import SPREAD, Episodes
from export import export
from network import Depthwise
from pool import Pool, Thing, write_cache
from prompts import INSIDE, draw_click, next_click
from samples import LEAST_LENGTH_FOR_PART, choose_part, make_sample
from train import Trainer

SETTINGS = {
    "sizes": [64, 96], "batch": 4, "steps": 30, "rate": 2e-3, "answers": [0.5, 0.5], "obey": 0.1, "tremor": 1.0,
    "seed": 3, "start_random": True, "log_every": 10,
}


def write_pool(folder):
    """A tar with pictures of shapes, as the real ones are laid out; some pixels ignored."""
    rng = np.random.default_rng(1)
    pool = folder / "shapes.tar"
    with tarfile.open(pool, "w") as tar:
        for i in range(12):
            image, mask = draw_procedural(rng, 160)
            labels = mask.astype(np.uint8) * 3
            labels[:10] = 255
            split = "val" if i % 4 == 3 else "train"
            for kind, picture in ((".jpg", image), (".png", labels)):
                file = folder / f"{i}{kind}"
                file.write_bytes(cv2.imencode(kind, picture)[1].tobytes())
                tar.add(file, f"{split}/shapes/{i}{kind}")
    return pool


def draw_samples(pool):
    rng = np.random.default_rng(5)
    return [np.stack(part) for part in zip(*(make_sample(pool, rng, 96) for _ in range(16)))]


def check_samples(cache):
    pool = Pool(cache)
    first = draw_samples(pool)
    again = draw_samples(pool)
    for a, b in zip(first, again):
        assert (a == b).all(), "the same seed gives the same batch"
    crops, masks, ignored, prompts = first
    assert crops.shape == (16, 96, 96, 3) and prompts.shape == (16, 4, 96, 96)
    assert not (masks & ignored).any(), "no pixel is both of the object and ignored"
    assert (prompts.reshape(16, -1).max(1) > 0).all(), "every sample has a prompt"


def check_clicks():
    truth = np.zeros((64, 64), bool)
    truth[20:40, 10:50] = True
    nothing = np.zeros_like(truth)
    x, y, inside = next_click(nothing, truth, nothing, np.random.default_rng(0), centre=1.0)
    assert inside and truth[y, x] and 29 <= y <= 31, "the first correction is in the middle of what is missing"
    prompt = np.zeros((4, 64, 64), np.float32)
    draw_click(prompt, (x, y, inside), 64)
    assert prompt[INSIDE, y, x] == 1 and prompt[1:].max() == 0
    assert next_click(truth, truth, nothing, np.random.default_rng(0)) is None


def check_part():
    """The crop of a part is smaller than the object, and the object's edge runs through it."""
    labels = np.zeros((200, 200), np.uint8)
    labels[20:180, 30:150] = 1
    thing = Thing(1, 160 * 120, 30, 20, 150, 180)
    for seed in range(20):
        (x, y), side = choose_part(np.random.default_rng(seed), thing, labels)
        assert 0.3 * 160 <= side <= 0.8 * 160
        x0, y0 = int(max(0, x - side / 2)), int(max(0, y - side / 2))
        shown = labels[y0 : int(y + side / 2), x0 : int(x + side / 2)]
        assert 0 < shown.mean() < 1, "some of the object and some of what is beside it"
    small = Thing(1, 900, 30, 20, 30 + LEAST_LENGTH_FOR_PART - 1, 50)
    assert choose_part(np.random.default_rng(0), small, labels) is None


def check_episodes():
    """A perfect answer ends a conversation; a bad one is corrected by a click inside what is missing, until its answers are used up."""
    mask = np.zeros((64, 64), bool)
    mask[20:44, 20:44] = True
    nothing = np.zeros_like(mask)

    def endless():
        while True:
            yield np.zeros((64, 64, 3), np.uint8), mask, nothing, np.zeros((4, 64, 64), np.float32)

    rng = np.random.default_rng(2)
    episodes = Episodes({64: endless()}, lambda crops: [() for _ in crops], 2, [0, 0, 1], rng)
    first = episodes.draw(64)
    episodes.answered(64, first, [mask.astype(np.float32), np.zeros((64, 64), np.float32)])
    assert [episode.left for episode in first] == [0, 2]
    assert first[0] not in episodes.active[64] and first[1] in episodes.active[64]
    assert first[1].prompt[INSIDE][mask].max() == 1 and first[1].prompt[INSIDE][~mask].max() == 0
    for left in (1, 0):
        episodes.answered(64, [first[1]], [np.zeros((64, 64), np.float32)])
        assert first[1].left == left
    assert len(episodes.draw(64)) == 2 and len(episodes.active[64]) == SPREAD * 2


def check_depthwise():
    """The fast backward pass against torch's, where this processor has one."""
    if depthwise.library() is None:
        print("neither AVX-512 BF16 nor AVX2, or no g++: the fast depthwise convolutions are not tested here")
        return
    if depthwise.computes_in_bfloat16():
        fast, kind, tolerance = depthwise.HalfDepthwise, torch.bfloat16, 0.02
    else:
        fast, kind, tolerance = depthwise.FloatDepthwise, torch.float32, 1e-4
    for kernel, stride in ((5, 1), (5, 2), (3, 2)):
        torch.manual_seed(kernel)
        layer = Depthwise(32, kernel, stride).train()
        # Odd sides: the last column of a stride of 2 has no whole kernel.
        x = torch.randn(2, 32, 20, 19).to(kind).contiguous(memory_format=torch.channels_last).requires_grad_()
        y = fast.apply(x, layer.weight, layer.bias, stride)
        g = torch.randn_like(y)
        y.backward(g)
        gradients = [x.grad.float(), layer.weight.grad, layer.bias.grad]
        x2 = x.detach().float().requires_grad_()
        params = [p.detach().clone().requires_grad_() for p in (layer.weight, layer.bias)]
        torch.nn.functional.conv2d(x2, *params, stride, kernel // 2, groups=32).backward(g.float())
        for a, b in zip(gradients, [x2.grad, *(p.grad for p in params)]):
            assert (a - b).norm() < tolerance * b.norm(), f"gradients of {kernel} x {kernel}, stride {stride}"


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cache([write_pool(folder)], folder / "cache", 128)
        check_samples(folder / "cache")
        check_clicks()
        check_part()
        check_episodes()
        check_depthwise()
        run = folder / "run"
        try:
            Trainer(folder / "cache", run, {**SETTINGS, "round": 1})
            raise AssertionError("a setting that does not exist is refused")
        except ValueError as error:
            assert "round" in str(error)
        Trainer(folder / "cache", run, {**SETTINGS, "steps": 20}).train()
        resumed = Trainer(folder / "cache", run, SETTINGS)
        assert resumed.step == 20 and resumed.seen == 80, "training goes on where it stopped"
        resumed.train()
        lines = (run / "log.txt").read_text().splitlines()
        losses = [float(line.split(" loss ")[1].split()[0]) for line in lines]
        assert len(losses) == 3 and all(np.isfinite(losses)), lines
        assert losses[-1] < losses[0], f"the loss falls: {losses}"
        report = export(run / "ema.pt", folder / "out")
        print(json.dumps(report))
    print("the recipe runs")


if __name__ == "__main__":
    main()
