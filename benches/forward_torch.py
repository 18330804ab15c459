#!/usr/bin/env python3
"""Times in PyTorch what benches/forward.rs times here: `pip install torch transformers`, then run it.

f32, eval, no gradients, as many threads as processors, random weights; the best of three.
"""

import os
import time

import torch
from transformers import CLIPVisionConfig, CLIPVisionModel, LlamaConfig
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaRotaryEmbedding

FLOPS = {"tower": 381_918_216_192, "block": 265_751_101_440}


def best(run, times=3):
    run()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main():
    torch.set_num_threads(os.cpu_count())
    torch.set_grad_enabled(False)
    a, b = torch.randn(640, 4096), torch.randn(4096, 11008)
    seconds = best(lambda: a @ b)
    print(f"plain product        {2 * 640 * 4096 * 11008 / seconds / 1e9:6.0f} GFLOP/s")

    tower = CLIPVisionModel(CLIPVisionConfig(
        hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16,
        image_size=336, patch_size=14)).eval()
    pixels = torch.randn(1, 3, 336, 336)
    seconds = best(lambda: tower(pixels))
    print(f"CLIP ViT-L/14-336    {FLOPS['tower'] / seconds / 1e9:6.0f} GFLOP/s   {seconds:6.2f} s")

    config = LlamaConfig(hidden_size=4096, intermediate_size=11008, num_attention_heads=32,
                         num_hidden_layers=1, attn_implementation="sdpa")
    block, rotary = LlamaDecoderLayer(config, 0).eval(), LlamaRotaryEmbedding(config)
    x, positions = torch.randn(1, 640, 4096), torch.arange(640)[None]
    angles = rotary(x, positions)
    seconds = best(lambda: block(x, position_embeddings=angles, position_ids=positions))
    print(f"Llama-7B block       {FLOPS['block'] / seconds / 1e9:6.0f} GFLOP/s   {seconds:6.2f} s")


if __name__ == "__main__":
    main()
