"""Official letters: Word templates, what goes into them, and how they are sealed."""
