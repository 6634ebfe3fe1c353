"""What people do to findings. A desk checks what a browser sent for one table and calls the casebook."""
