"""Arrays, histories and models -> figures of Matplotlib; saving them is the caller's."""
