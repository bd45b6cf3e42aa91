"""What is asked of the logits. t: truth 0..1, v: 1 where it counts, both [n, s, s]; every loss is one value a sample."""
import torch
import torch.nn.functional as F


def normalised_focal(logits, t, v, gamma=2.0):
    """K. Sofiiuk et al., "f-BRS", 2020 (after AdaptIS, 2019): focal loss whose weights are scaled back to the pixels' number, so
    that it does not fade as the mask becomes good."""
    p = torch.sigmoid(logits)
    right = torch.where(t > 0.5, p, 1 - p).clamp(1e-6, 1 - 1e-6)
    weight = (1 - right) ** gamma * v
    scale = (v.sum((1, 2)) / weight.sum((1, 2)).clamp(min=1e-6)).detach().clamp(max=50)
    return -(weight * right.log()).sum((1, 2)) * scale / v.sum((1, 2)).clamp(min=1)


def dice(logits, t, v):
    p, t = torch.sigmoid(logits) * v, t * v
    return 1 - (2 * (p * t).sum((1, 2)) + 1) / ((p * p).sum((1, 2)) + (t * t).sum((1, 2)) + 1)


def coarse_entropy(logits, t, v):
    """Cross entropy at stride 4, where a whole cell counts. One value for the batch."""
    t4 = F.avg_pool2d(t[:, None], 4)[:, 0]
    v4 = (F.avg_pool2d(v[:, None], 4)[:, 0] > 0.99).float()
    entropy = F.binary_cross_entropy_with_logits(logits, t4, reduction="none")
    return (entropy * v4).sum() / v4.sum().clamp(min=1)


def obedience(logits, t, v, prompt):
    """Cross entropy within the discs of the clicks alone: where somebody clicked, the answer must be right."""
    clicked = prompt[:, :2].amax(1) * v
    entropy = F.binary_cross_entropy_with_logits(logits, t, reduction="none")
    return (entropy * clicked).sum((1, 2)) / clicked.sum((1, 2)).clamp(min=1)


def overlap(logits, t, v):
    """IoU of each sample."""
    mask, truth, counts = logits > 0, t > 0.5, v > 0.5
    common = (mask & truth & counts).sum((1, 2)).float()
    return common / ((mask | truth) & counts).sum((1, 2)).float().clamp(min=1)
