"""From a question and passages to scored quotes."""
