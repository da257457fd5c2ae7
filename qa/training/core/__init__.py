"""Train a strong reader (the teacher), and small ones from it, with torch and little else."""
