"""What the pair's state means and what to do next: pure decisions, from observed to step."""
