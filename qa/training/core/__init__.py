"""Train a strong reader (the teacher), and small ones after it, with torch and little else.

Nothing here imports the rest of the program, so that these files, with torch, transformers, numpy and
safetensors, are all that a machine with a GPU needs. `run` does everything in one command; `training`
trains one reader for one round.
"""
