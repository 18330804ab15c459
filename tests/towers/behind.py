#!/usr/bin/env python3
"""Prints what `behind.rs` compares with: parameters, stored tensors and matmul FLOPs of DeepSeek-OCR's
towers, transformers' `UnlimitedOcrVisionModel` without weights, by PyTorch's FlopCounterMode.

    venv/bin/python tests/towers/behind.py
"""

from collections import Counter

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers.models.unlimited_ocr.configuration_unlimited_ocr import UnlimitedOcrVisionConfig
from transformers.models.unlimited_ocr.modeling_unlimited_ocr import UnlimitedOcrVisionModel

with torch.device("meta"):
    config = UnlimitedOcrVisionConfig()
    model = UnlimitedOcrVisionModel._from_config(config, attn_implementation="eager").eval()
print(sum(parameter.numel() for parameter in model.parameters()), "parameters")
for shape, count in sorted(Counter(tuple(parameter.shape) for parameter in model.parameters()).items()):
    print(count, "of", list(shape))
for side in (1024, 640):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        made = model(torch.empty(1, 3, side, side, device="meta")).last_hidden_state
    print(side, counter.get_total_flops(), list(made.shape))
