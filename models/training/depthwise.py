"""A depthwise convolution whose backward pass is fast on a processor with AVX-512 and BF16 (depthwise.cpp).

Compiled with g++ when it is first needed, kept in the temporary folder; without g++ or without the instructions everything
falls back to torch.
"""
import ctypes
import hashlib
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F

SOURCE = Path(__file__).with_name("depthwise.cpp")


@cache
def library():
    """The compiled file, or None where it cannot be had."""
    info = Path("/proc/cpuinfo")
    if not info.exists() or "avx512_bf16" not in info.read_text():
        return None
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"limn-depthwise-{digest}.so"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        command = ["g++", "-O3", "-march=native", "-shared", "-fPIC", "-o", str(part), str(SOURCE)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        part.replace(path)
    return ctypes.CDLL(str(path))


def pays_for(layer, x):
    """Plain torch is as fast for 3 x 3 with stride 1, and all there is on a GPU."""
    return (
        x.device.type == "cpu"
        and torch.is_autocast_enabled("cpu")
        and not (layer.kernel == 3 and layer.stride == 1)
        and layer.channels % 16 == 0
        and library() is not None
    )


def pointer(tensor):
    return ctypes.c_void_p(tensor.data_ptr())


class FastDepthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, stride):
        x = x.to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        half = weight.shape[-1] // 2
        return F.conv2d(x, weight.bfloat16(), bias.bfloat16(), stride, half, groups=x.shape[1])

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        kernel = weight.shape[-1]
        n, channels, height, width = x.shape
        gradient = gradient.to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
        sizes = (n, height, width, channels, kernel, ctx.stride, *gradient.shape[2:])
        to_input = to_weight = to_bias = None
        if ctx.needs_input_grad[0] and ctx.stride == 1:
            turned = weight.detach().flip(2, 3).bfloat16()
            to_input = F.conv2d(gradient, turned, padding=kernel // 2, groups=channels)
        elif ctx.needs_input_grad[0]:
            flat = weight.detach().float().reshape(channels, kernel * kernel).t().contiguous()
            to_input = torch.empty_like(x, memory_format=torch.channels_last)
            library().input_gradient(pointer(gradient), pointer(flat), pointer(to_input), *sizes)
        if ctx.needs_input_grad[1]:
            out = torch.empty(kernel * kernel, channels)
            library().weight_gradient(pointer(x), pointer(gradient), pointer(out), *sizes)
            to_weight = out.t().reshape(channels, 1, kernel, kernel)
        if ctx.needs_input_grad[2]:
            to_bias = gradient.sum((0, 2, 3), dtype=torch.float32)
        return to_input, to_weight, to_bias, None
