"""What decides a result besides its source, as a hash."""

import json
from dataclasses import asdict, replace
from hashlib import blake2b

from cellsense.conversion import Options


def how_made(options: Options, fingerprint: str, *more: object) -> str:
    """Hash the model's fingerprint, the options that aren't as usual, and what else decides."""
    usual = asdict(Options())
    told = asdict(replace(options, sheet=options.sheets or None, force=False))
    unusual = {name: value for name, value in told.items() if value != usual[name]}
    content = json.dumps([fingerprint, unusual, *more], sort_keys=True)
    return blake2b(content.encode(), digest_size=16).hexdigest()
