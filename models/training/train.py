"""Trains the network. Start it again with the same folder and it goes on where it stopped.

usage: train.py CACHE RUN SETTINGS.json                      one process
       torchrun --nproc-per-node 2 train.py CACHE RUN SETTINGS.json     several, gradients averaged

CACHE is what pool.py wrote. RUN gets last.pt (to go on), ema.pt (to export), log.txt. `touch RUN/stop` ends it after the step.
Settings (all but weights have defaults): sizes (of the crops, in turn), batch (of a process), minutes or steps, rate, encoder_rate
and early_rate (times rate; 0 keeps the first layers as ImageNet left them), answers (probability that a crop is answered 1, 2, 3, ...
times, a correction between any two), obey (weight of the loss at the clicks), tremor (px), clip, ema, seed, workers, weights (of the sources), start (a
checkpoint to begin from), start_random (no ImageNet weights; for tests).
"""
import json
import math
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, IterableDataset

import depthwise
from episodes import Episodes, samples_without_end
from losses import coarse_entropy, dice, normalised_focal, obedience, overlap
from network import MEAN, STD, Network, load_imagenet
from pool import Pool

DEFAULTS = dict(
    sizes=[256], batch=8, minutes=None, steps=None, rate=1e-3, encoder_rate=0.4, early_rate=0.0, decay=1e-3,
    answers=[0.2, 0.2, 0.2, 0.15, 0.15, 0.1], obey=0.0, tremor=0.0, clip=5.0, ema=0.998, seed=0, workers=0, weights={},
    start=None, start_random=False, checkpoint_seconds=240, log_every=50,
)
WARM_UP_STEPS = 150
LOWEST_RATE = 0.02


class Samples(IterableDataset):
    """Examples of one size without end; every size, process, worker and restart draws its own."""

    def __init__(self, cache, settings, rank, step, size):
        self.cache, self.settings, self.key = cache, settings, (settings["seed"], rank, step, size)
        self.size = size

    def __iter__(self):
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([*self.key, worker.id if worker else 0])
        return samples_without_end(Pool(self.cache, "train", self.settings["weights"]), rng, self.size)


class Trainer:
    def __init__(self, cache, run, settings):
        unknown = sorted(set(settings) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"settings that are not known: {', '.join(unknown)}")
        self.settings = s = {**DEFAULTS, **settings}
        self.run = Path(run)
        self.run.mkdir(parents=True, exist_ok=True)
        self.rank, self.world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
        cuda = torch.cuda.is_available()
        self.device = torch.device(f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if cuda else "cpu")
        if self.world > 1:
            dist.init_process_group("nccl" if cuda else "gloo")
        if not cuda:
            torch.set_num_threads(1)
        torch.manual_seed(s["seed"])
        network = Network()
        if not s["start_random"]:
            load_imagenet(network)
        self.network = network.to(self.device, memory_format=torch.channels_last).train()
        trains_early = s["early_rate"] > 0
        for parameter in network.early_parameters():
            parameter.requires_grad_(trains_early)
        early, encoder = network.early_parameters(), network.encoder_parameters()
        known = {id(p) for p in (*early, *encoder)}
        new = [p for p in network.parameters() if id(p) not in known]
        groups = [(encoder, s["encoder_rate"]), (new, 1.0)] + [(early, s["early_rate"])] * trains_early
        self.optimizer = torch.optim.AdamW(
            [{"params": params, "factor": factor} for params, factor in groups],
            lr=s["rate"], weight_decay=s["decay"], betas=(0.9, 0.98), fused=True,
        )
        self.parameters = [p for params, _ in groups for p in params]
        self.names = {id(p): name for name, p in network.named_parameters()}
        self.step = self.seen = 0
        self.trained_seconds = 0.0
        self.load()
        self.ema = [p.detach().clone() for p in self.parameters] if self.ema is None else self.ema
        sizes, workers = sorted(set(s["sizes"])), s["workers"]
        samples = {
            size: iter(
                DataLoader(
                    Samples(cache, s, self.rank, self.step, size),
                    batch_size=None, num_workers=math.ceil(workers / len(sizes)), collate_fn=tuple,
                )
            )
            for size in sizes
        }
        rng = np.random.default_rng([s["seed"], self.rank, self.step, 999])
        self.episodes = Episodes(samples, self.see, s["batch"], s["answers"], rng, s["tremor"])
        self.mean = torch.tensor(MEAN, device=self.device).view(1, 3, 1, 1) * 255
        self.deviation = torch.tensor(STD, device=self.device).view(1, 3, 1, 1) * 255
        self.sums = {}

    def load(self):
        """The checkpoint of this run, or the weights of another to begin from."""
        self.ema = None
        last = self.run / "last.pt"
        path = last if last.exists() else self.settings["start"]
        if path is None:
            return
        saved = torch.load(path, map_location=self.device, weights_only=True)
        self.network.load_state_dict(saved["net"])
        if path == last:
            self.optimizer.load_state_dict(saved["optimizer"])
            self.ema = saved["ema"]
            self.step, self.seen, self.trained_seconds = saved["step"], saved["seen"], saved["seconds"]

    def save(self):
        if self.rank != 0:
            return
        state = self.network.state_dict()
        head = {"step": self.step, "seen": self.seen, "seconds": self.trained_seconds, "settings": self.settings}
        write(self.run / "last.pt", {**head, "net": state, "optimizer": self.optimizer.state_dict(), "ema": self.ema})
        smooth = dict(state)
        smooth.update({self.names[id(p)]: e for p, e in zip(self.parameters, self.ema)})
        write(self.run / "ema.pt", {**head, "net": smooth})

    def progress(self):
        s = self.settings
        if s["steps"] is not None:
            return self.step / s["steps"]
        return self.trained_seconds / (60 * s["minutes"])

    def should_stop(self):
        stop = self.progress() >= 1 or (self.run / "stop").exists()
        if self.world == 1:
            return stop
        # All together, or one waits for ever; and at the pace of the slowest clock.
        votes = torch.tensor([float(stop), self.trained_seconds], device=self.device)
        dist.all_reduce(votes, op=dist.ReduceOp.MAX)
        self.trained_seconds = votes[1].item()
        return votes[0].item() > 0

    def autocast(self):
        pays = self.device.type == "cuda" or depthwise.computes_in_bfloat16()
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=pays)

    def note(self, name, values):
        total = self.sums.setdefault(name, [0.0, 0])
        total[0] += float(values.sum())
        total[1] += values.numel()

    def place(self, array):
        return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    def set_rates(self):
        warm = min(1.0, (self.step + 1) / WARM_UP_STEPS)
        wave = 0.5 * (1 + math.cos(math.pi * min(1.0, self.progress())))
        rate = self.settings["rate"] * warm * (LOWEST_RATE + (1 - LOWEST_RATE) * wave)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        return rate

    def see(self, crops):
        """What is kept of each BGR crop: the first layers' features, or the picture itself where these layers are trained."""
        image = self.place(crops[..., ::-1]).permute(0, 3, 1, 2).float()
        image = ((image - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)
        if self.settings["early_rate"] > 0:
            return [(one,) for one in image]
        with torch.no_grad(), self.autocast():
            return list(zip(*self.network.early(image)))

    def features(self, episodes):
        """Features at strides 2 and 4 of what was kept."""
        parts = [
            torch.stack(part).contiguous(memory_format=torch.channels_last)
            for part in zip(*(episode.seen for episode in episodes))
        ]
        return self.network.early(*parts) if self.settings["early_rate"] > 0 else parts

    def train_step(self):
        s = self.settings
        size = s["sizes"][self.step % len(s["sizes"])]
        episodes = self.episodes.draw(size)
        t = self.place(np.stack([episode.mask for episode in episodes])).float()
        v = self.place(np.stack([~episode.ignored for episode in episodes])).float()
        placed = self.place(np.stack([episode.prompt for episode in episodes]))
        placed = placed.contiguous(memory_format=torch.channels_last)
        with self.autocast():
            logits, _, x4 = self.network.late(*self.features(episodes), placed)
            coarse = self.network.aux(x4).float()[:, 0]
        logits = logits.float()[:, 0]
        for episode, value in zip(episodes, overlap(logits.detach(), t, v)):
            self.note(f"iou{episode.given}", value)
        loss = normalised_focal(logits, t, v).mean() + 0.5 * dice(logits, t, v).mean()
        loss = loss + 0.4 * coarse_entropy(coarse, t, v)
        if s["obey"] > 0:
            loss = loss + s["obey"] * obedience(logits, t, v, placed).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.average_gradients()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, s["clip"])
        # One bad batch must not spoil all.
        if torch.isfinite(norm):
            self.optimizer.step()
        keep = min(s["ema"], (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(self.ema, [p.detach() for p in self.parameters], 1 - keep)
        self.episodes.answered(size, episodes, torch.sigmoid(logits.detach()).cpu().numpy())
        self.note("loss", loss.detach())
        self.note("norm", norm)
        self.step += 1
        self.seen += s["batch"] * self.world

    def average_gradients(self):
        if self.world == 1:
            return
        flat = torch.cat([p.grad.reshape(-1) for p in self.parameters])
        dist.all_reduce(flat)
        flat /= self.world
        at = 0
        for p in self.parameters:
            p.grad.copy_(flat[at : at + p.numel()].view_as(p))
            at += p.numel()

    def log(self, rate, seconds):
        means = " ".join(f"{k} {total / max(1, n):.3f}" for k, (total, n) in sorted(self.sums.items()))
        self.sums = {}
        if self.rank != 0:
            return
        line = f"{time.strftime('%H:%M:%S')} step {self.step} seen {self.seen} rate {rate:.1e} {means} {seconds:.2f} s/step"
        print(line, flush=True)
        with (self.run / "log.txt").open("a") as file:
            file.write(line + "\n")

    def train(self):
        s = self.settings
        saved = logged = time.monotonic()
        while not self.should_stop():
            began = time.monotonic()
            rate = self.set_rates()
            self.train_step()
            now = time.monotonic()
            self.trained_seconds += now - began
            if self.step % s["log_every"] == 0:
                self.log(rate, (now - logged) / s["log_every"])
                logged = time.monotonic()
            if now - saved > s["checkpoint_seconds"]:
                self.save()
                saved = time.monotonic()
        self.save()
        if self.world > 1:
            dist.destroy_process_group()


def write(path, value):
    """Whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(value, part)
    part.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    Trainer(sys.argv[1], sys.argv[2], json.loads(Path(sys.argv[3]).read_text())).train()
