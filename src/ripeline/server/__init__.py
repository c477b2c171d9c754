"""The live server: a ledger of what happened, and processes that take it in, decide by it and hand it on.

One Django app. A noun's file holds its tables, then its verbs.
"""
