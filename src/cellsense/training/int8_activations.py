"""Quantisation-aware finishing: weights learn to live with rounded activations."""

import torch


def simulate_int8_activations(model: torch.nn.Module) -> None:
    """Round what goes into the encoder's linear layers as dynamic int8 does, for training.

    Gradients pass straight through the rounding (Jacob et al., 2018).
    """

    def rounded(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        exact = inputs[0]
        with torch.no_grad():
            values = exact.float()
            low, high = values.min().clamp(max=0), values.max().clamp(min=0)
            scale = ((high - low) / 255).clamp(min=1e-8)
            zero = torch.round(-low / scale)
            steps = (torch.round(values / scale) + zero).clamp(0, 255)
            error = ((steps - zero) * scale - values).to(exact.dtype)
        return (exact + error, *inputs[1:])

    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.register_forward_pre_hook(rounded)
