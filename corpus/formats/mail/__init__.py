"""Messages, mailboxes and web pages saved as MIME."""
