"""A papermill engine that runs notebooks in a warm process, which is put back afterwards (README.md). It knows nothing
of the program around it: whoever uses it says by arguments what it has to know."""
