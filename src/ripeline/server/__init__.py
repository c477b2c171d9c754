"""The live server: a ledger of what happened, and processes that take it in, decide by it and hand it on.

One Django app. A noun's file holds its tables, then its verbs. What all of them speak of stands here: leads, events,
decisions, playbooks. The way of an event goes through folders: `intake` and `mail` take it in, `qualification` decides,
`sales`, `marketing` and `nurture` act on what was decided, `leadmail` and `delivery` tell leads and others of it, with
`content` to send and `consent` to say whether. `rights` and `staff` are about people, and `operation` runs all of it.
"""
