"""Encrypted packages of schools to carry, and how casebooks that were apart are merged."""
