"""The pages: what a browser shows and sends, checked here before anything is kept."""
