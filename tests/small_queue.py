"""A definition for the tests of the queue: whoever asks is offered at once, and due in a day around the clock."""

from command_line import PLAYBOOK

SMALL = f"""\
{PLAYBOOK}bant:
  need: {{question: What happens if nothing changes?}}
"""
