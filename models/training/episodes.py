"""Conversations under way: crops that the network answers, is corrected on, and answers again, one answer a training step.

Every answer is trained on, also the first ones of a long conversation, and no answer is computed only to be corrected: a crop is
cut and seen by the first layers once, its masks after each click come from the steps that train on them. So that a step's
examples do not resemble the last step's, it takes its batch by chance out of several times as many. The idea is that of the replay
buffer (L.-J. Lin, 1992): what an example's previous mask shows is the network of some steps ago.
"""
from dataclasses import dataclass

import numpy as np

from prompts import MASK, draw_click, next_click
from samples import make_sample

# How many batches' worth of conversations go on at once, for each size of crop.
SPREAD = 4


@dataclass(eq=False)
class Episode:
    """A crop in conversation. seen: what the network keeps of the picture. prompt float32 [4, s, s], mask and ignored bool [s, s].
    left: answers to come, this one included; given: answers so far."""

    seen: tuple
    prompt: np.ndarray
    mask: np.ndarray
    ignored: np.ndarray
    left: int
    given: int = 0


class Episodes:
    """`see` turns BGR crops uint8 [n, s, s, 3] into a list of what is kept of each. lengths: probability of 1, 2, 3, ... answers."""

    def __init__(self, samples, see, batch, lengths, rng, tremor=0.0):
        self.samples, self.see, self.batch, self.rng, self.tremor = samples, see, batch, rng, tremor
        self.lengths = np.asarray(lengths) / np.sum(lengths)
        self.active = {size: [] for size in samples}

    def fill(self, size):
        active = self.active[size]
        fresh = []
        while len(active) + len(fresh) < SPREAD * self.batch:
            fresh.append(next(self.samples[size]))
        if not fresh:
            return
        crops = np.stack([np.asarray(sample[0]) for sample in fresh])
        for seen, sample in zip(self.see(crops), fresh):
            mask, ignored, prompt = (np.array(part) for part in sample[1:])
            left = 1 + int(self.rng.choice(len(self.lengths), p=self.lengths))
            active.append(Episode(seen, prompt, mask, ignored, left))

    def draw(self, size):
        self.fill(size)
        active = self.active[size]
        chosen = self.rng.choice(len(active), self.batch, replace=False)
        return [active[i] for i in chosen]

    def answered(self, size, episodes, probabilities):
        """A click on each answer's largest error; the answer is handed on, now and then as probabilities. Those that are through, or
        have nothing left that is worth a click, go."""
        for episode, p in zip(episodes, probabilities):
            episode.given += 1
            episode.left -= 1
            if episode.left == 0:
                continue
            click = next_click(p > 0.5, episode.mask, episode.ignored, self.rng, tremor=self.tremor)
            if click is None:
                episode.left = 0
                continue
            draw_click(episode.prompt, click, len(p))
            episode.prompt[MASK] = p if self.rng.random() < 0.25 else p > 0.5
        self.active[size] = [episode for episode in self.active[size] if episode.left > 0]


def samples_without_end(pool, rng, size):
    while True:
        yield make_sample(pool, rng, size)
