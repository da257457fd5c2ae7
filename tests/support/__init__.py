"""What several test files share: fakes, made files, pages, tiny models."""
