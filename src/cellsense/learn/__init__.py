"""A few labelled rows → a head on the embedded encoder that labels the others."""
