# SPDX-License-Identifier: MIT
"""What every patch shows, as an extra lesson for the tower: trained on answers alone it learns
for hours what these targets teach in minutes. The head is thrown away after training."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from model import GRID, PATCH, WIDTH
from scenes import COLORS, SHAPES, SIZE, Scene

IGNORE = -100
CLASSES = {"shape": len(SHAPES) + 2, "color": len(COLORS) + 1, "tens": 10, "units": 10}
OCCUPANCY = 16  # four by four cells in a patch
GEOMETRY = 5  # offset x, y to the object's centre and its half width in patches; centre in picture
SIGN = len(SHAPES) + 1
EMPTY_BELOW, SURE_FROM = 0.04, 0.22  # share of a patch that an object covers


def patch_targets(scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Classes [GRID, GRID, 4], occupancy [GRID, GRID, 16], geometry [GRID, GRID, 5]."""
    cover = np.zeros((len(scene.items), SIZE, SIZE), np.float32)
    for layer, item in zip(cover, scene.items):
        layer[item.window] = item.mask
    share = cover.reshape(-1, GRID, PATCH, GRID, PATCH).mean((2, 4))
    owner, most = share.argmax(0), share.max(0)

    codes = np.array([_codes(item) for item in scene.items])
    classes = codes[owner]
    classes[most < SURE_FROM] = IGNORE
    classes[most < EMPTY_BELOW] = (0, 0, IGNORE, IGNORE)

    cell = PATCH // 4
    occupancy = cover.sum(0).reshape(GRID, 4, cell, GRID, 4, cell).mean((2, 5))
    occupancy = occupancy.transpose(0, 2, 1, 3).reshape(GRID, GRID, OCCUPANCY)

    centre = np.array([(item.x, item.y) for item in scene.items], np.float32)[owner]
    half_width = np.array([item.mask.shape[1] / 2 for item in scene.items], np.float32)[owner]
    patch_centre = (np.stack(np.meshgrid(np.arange(GRID), np.arange(GRID)), -1) + 0.5) * PATCH
    geometry = np.concatenate(
        [(centre - patch_centre) / PATCH, half_width[..., None] / PATCH, 4 * centre / SIZE - 2],
        axis=-1,
        dtype=np.float32,
        casting="same_kind",
    )
    return classes, occupancy, geometry


def _codes(item) -> tuple[int, int, int, int]:
    if item.is_sign:
        return (SIGN, 0, *divmod(item.number, 10))
    return (1 + SHAPES.index(item.shape), 1 + list(COLORS).index(item.color), IGNORE, IGNORE)


class PatchHead(nn.Linear):
    """Linear, so that what it reads lies open for the decoder too."""

    def __init__(self):
        super().__init__(WIDTH, sum(CLASSES.values()) + OCCUPANCY + GEOMETRY)

    def lesson(self, image: torch.Tensor, targets) -> tuple[torch.Tensor, dict[str, float]]:
        """The loss over all patches, and per class the share of right ones (background apart)."""
        classes, occupancy, geometry = (torch.from_numpy(t).flatten(0, 2) for t in targets)
        sizes = [*CLASSES.values(), OCCUPANCY, GEOMETRY]
        *class_logits, occupied, place = self(image.float()).flatten(0, 1).split(sizes, dim=-1)
        on_object = classes[:, 0] > 0
        loss = 3 * F.binary_cross_entropy_with_logits(occupied, occupancy.clamp(0, 1))
        offset, absolute = place[on_object].split([3, 2], dim=-1)
        loss = loss + 2 * F.smooth_l1_loss(offset, geometry[on_object, :3])
        loss = loss + 3 * F.smooth_l1_loss(absolute, geometry[on_object, 3:], beta=0.2)
        right = {}
        for (name, size), logits, truth in zip(CLASSES.items(), class_logits, classes.T):
            known = truth != IGNORE
            importance = torch.ones(size)
            if name in ("shape", "color"):
                importance[0] = 0.15  # most patches are ground
            if known.any():
                loss = loss + F.cross_entropy(logits[known], truth[known], importance)
            counted = known & on_object
            right[name] = (logits[counted].argmax(-1) == truth[counted]).float().mean().item()
        return loss, right
