# SPDX-License-Identifier: MIT
"""The model families by the names that scripts take."""

from internvl_model import INTERNVL
from llava_model import LLAVA
from qwen_vl_model import QWEN_VL

MODEL_FAMILIES = {family.name: family for family in (LLAVA, INTERNVL, QWEN_VL)}
