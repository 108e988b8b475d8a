"""The lint of the project's English: `rules` has the patterns, `texts` finds what people read."""
