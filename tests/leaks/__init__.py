"""Personal numbers planted in every free cell, in every way of writing, and looked for in every byte that comes out."""
