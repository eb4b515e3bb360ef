"""A checkpoint → an int8 ONNX file for the CPU path.

export (float32, fused) → ranges (what the activations reach) → smooth → static_int8.
"""
