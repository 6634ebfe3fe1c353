"""A file's bytes to grids of cells, whatever it is called: one module a format. Nothing here knows a table."""
