"""The library's front door: what ``import xueji_lib as xj`` gives is made here (docs/library.md has all of it).

Nothing is imported here, so that a page that needs no frames does not load them.
"""
