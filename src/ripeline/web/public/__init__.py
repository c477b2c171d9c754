"""Pages of leads, by the links of our mails: no login, no cookie, no script; reading them changes nothing."""
