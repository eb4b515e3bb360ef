"""Which model: the embedded one, a local folder, or a hub id → a folder on this machine."""
