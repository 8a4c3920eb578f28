"""How far the review of a batch is, and what came of it."""
