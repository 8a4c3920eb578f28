"""CSV files: read, understood, checked row by row, staged."""
