"""Texts → probabilities, in stages: prepare (tokenise), batch, forward (onnx or torch), finish."""
