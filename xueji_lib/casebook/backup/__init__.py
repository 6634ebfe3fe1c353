"""The store and its casebook in one file, made while people work, and put back from it."""
