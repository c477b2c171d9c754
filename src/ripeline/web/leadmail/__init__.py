"""The pages of mails to leads: templates, mailings, and what was held back."""
