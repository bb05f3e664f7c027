# SPDX-License-Identifier: MIT
"""Muon for the matrices: momentum, orthogonalised (Jordan et al. 2024), all matrices of one shape
at once because one by one they are too small to keep a processor busy."""

from collections import defaultdict

import torch


class Muon(torch.optim.Optimizer):
    def __init__(self, matrices, lr: float, momentum: float = 0.95, weight_decay: float = 0.05):
        by_shape = defaultdict(list)
        for matrix in matrices:
            by_shape[matrix.shape].append(matrix)
        groups = [{"params": group} for group in by_shape.values()]
        super().__init__(groups, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            weights = group["params"]
            gradient = torch.stack([weight.grad for weight in weights])
            memory = self.state[weights[0]].setdefault("momentum", torch.zeros_like(gradient))
            memory.lerp_(gradient, 1 - group["momentum"])
            update = _orthogonal(gradient.lerp(memory, group["momentum"]))  # Nesterov
            # The size of an AdamW step, so that both optimizers share one learning rate.
            scale = group["lr"] * 0.2 * max(gradient.shape[1:]) ** 0.5
            for weight, change in zip(weights, update):
                weight.mul_(1 - group["lr"] * group["weight_decay"]).sub_(change, alpha=scale)


def _orthogonal(matrices: torch.Tensor) -> torch.Tensor:
    """Newton-Schulz: singular values of each matrix go to about one. [count, rows, columns]"""
    wide = matrices.shape[1] <= matrices.shape[2]
    x = matrices if wide else matrices.transpose(1, 2)
    x = (x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)).bfloat16()  # "about" needs no more digits
    for _ in range(5):
        square = x @ x.transpose(1, 2)
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x if wide else x.transpose(1, 2)).float()
