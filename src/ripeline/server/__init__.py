"""The live server: a ledger of what happened, and processes that take it in, decide by it and hand it on.

One Django app. A noun's file holds its tables, then its verbs. The processes have folders of their own: `intake` takes
events in, `mail` e-mails, `qualification` decides, `delivery` hands on, `operation` runs all of it.
"""
