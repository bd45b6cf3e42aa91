"""Depthwise convolutions whose backward pass is fast on a processor: in bf16 where it has AVX-512 BF16 (depthwise.cpp), else in
single precision where it has AVX2 (depthwise-float.cpp).

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

HERE = Path(__file__).parent


@cache
def instructions():
    info = Path("/proc/cpuinfo")
    return frozenset(info.read_text().split()) if info.exists() else frozenset()


def computes_in_bfloat16():
    """Whether this processor does; elsewhere torch imitates it, many times slower than single precision."""
    return "avx512_bf16" in instructions()


@cache
def library():
    """The compiled file, or None where it cannot be had."""
    if computes_in_bfloat16():
        source = HERE / "depthwise.cpp"
    elif {"avx2", "fma"} <= instructions():
        source = HERE / "depthwise-float.cpp"
    else:
        return None
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"limn-depthwise-{digest}.so"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        command = ["g++", "-O3", "-march=native", "-shared", "-fPIC", "-o", str(part), str(source)]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        part.replace(path)
    return ctypes.CDLL(str(path))


def function_for(layer, x):
    """The autograd function that is faster than torch for these features, or None: plain torch is as fast for 3 x 3 with stride 1,
    and all there is on a GPU."""
    if x.device.type != "cpu" or (layer.kernel == 3 and layer.stride == 1) or layer.channels % 16 != 0:
        return None
    if torch.is_autocast_enabled("cpu") != computes_in_bfloat16() or library() is None:
        return None
    return HalfDepthwise if computes_in_bfloat16() else FloatDepthwise


def pointer(tensor):
    return ctypes.c_void_p(tensor.data_ptr())


class HalfDepthwise(torch.autograd.Function):
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


class FloatDepthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, stride):
        x = x.contiguous(memory_format=torch.channels_last)
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return F.conv2d(x, weight, bias, stride, weight.shape[-1] // 2, groups=x.shape[1])

    @staticmethod
    def backward(ctx, gradient):
        x, weight = ctx.saved_tensors
        kernel = weight.shape[-1]
        n, channels, height, width = x.shape
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        to_input = to_weight = to_bias = None
        if ctx.needs_input_grad[0]:
            stride, half = [ctx.stride] * 2, [kernel // 2] * 2
            to_input, _, _ = torch.ops.aten.convolution_backward(
                gradient, x, weight, None, stride, half, [1, 1], False, [0, 0], channels, [True, False, False]
            )
        if ctx.needs_input_grad[1]:
            out = torch.empty(kernel * kernel, channels)
            sizes = (n, height, width, channels, kernel, ctx.stride, *gradient.shape[2:])
            library().weight_gradient(pointer(x), pointer(gradient), pointer(out), *sizes)
            to_weight = out.t().reshape(channels, 1, kernel, kernel)
        if ctx.needs_input_grad[2]:
            to_bias = gradient.sum((0, 2, 3))
        return to_input, to_weight, to_bias, None
