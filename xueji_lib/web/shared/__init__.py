"""What several desks and panels need to know of a school or of the county."""
