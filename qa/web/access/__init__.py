"""Who may talk to the server: passwords, throttling, request limits."""
