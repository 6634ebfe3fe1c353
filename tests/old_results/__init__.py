"""What earlier releases found in files that are kept here with it."""
