"""How the embedded model was made: mixture → fine-tune → calibrate → export → evaluate.

Run by ``python -m cellsense.training``; needs the ``train`` extra.
"""
