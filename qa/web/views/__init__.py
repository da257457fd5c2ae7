"""What the page is told, as plain values."""
