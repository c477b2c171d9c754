"""Mail: the ways in by which e-mails come, and what becomes of one."""
