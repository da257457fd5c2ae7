"""Messages, mailboxes and web pages saved as MIME."""

__all__ = ["messages", "mhtml"]
