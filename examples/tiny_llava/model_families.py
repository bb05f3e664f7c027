# SPDX-License-Identifier: MIT
"""The model families by the names that scripts take."""

from internvl_model import INTERNVL
from llava_model import LLAVA

MODEL_FAMILIES = {family.name: family for family in (LLAVA, INTERNVL)}
