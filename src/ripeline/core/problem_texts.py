"""The texts of all problems, by code: what is wrong, and what would cure it.

The texts are keys for translation; names in braces are filled in afterwards.
"""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """The text of a problem and of its cure."""

    what: str
    cure: str


DID_YOU_MEAN = 'Did you mean "{near}"?'

_TEXT = {
    "PB001": Message("is not YAML: {detail}", "Check the indentation and the quotes at this line and the one before."),
    "PB002": Message("is not UTF-8 text", "Save the file in the encoding UTF-8."),
    "PB003": Message("unknown key", "Allowed here: {allowed}."),
    "PB004": Message("is larger than {limit} bytes", "Keep one definition in a file."),
    "PB005": Message("holds the control character {character}", "Remove it; indent with spaces."),
    "PB006": Message("holds nothing", "Begin with the line `playbook: NAME`."),
    "PB007": Message("holds a second document", "Keep one definition in a file: remove the line `---`."),
    "PB008": Message("uses an anchor, an alias or a merge key", "Write the part out where it is needed."),
    "PB009": Message("stands here twice; first on line {first}", "Keep one of the two."),
    "PB010": Message("is nested more than {limit} levels deep", "Write it flatter."),
    "PB011": Message("carries the tag {tag}", "Remove the tag; put text in quotes."),
    "PB012": Message("has a key that is not a text", "Write a plain name before the colon."),
    "PB013": Message("is missing", "Add `{key}:` here."),
}

_VALUE = {
    "PB020": Message("is {given}, but must be {wanted}", ""),
    "PB021": Message("is not one of {allowed}", "Write one of {allowed}."),
    "PB022": Message(
        'is not a name: "{name}"', "Use small letters, digits and underscores, a letter first, 63 characters at most."
    ),
    "PB023": Message("is not of the right length: {limit}", ""),
    "PB024": Message("is not in its range: it must be {limit}", ""),
    "PB025": Message("is not a duration", "Write a whole number and a unit, such as 30 days, 24 h or 15 min."),
    "PB026": Message("is not a usable duration", "It must be more than nothing and at most ten years."),
    "PB027": Message("is not a number of points", "Write a number such as 20, -5 or 0.5."),
    "PB028": Message("is not a usable number of points", "It must lie between -{limit} and {limit}."),
    "PB029": Message("has more than six decimals", "Points are counted in millionths: round the number."),
    "PB030": Message("is not a time of day", 'Write hours and minutes, such as "06:00".'),
    "PB031": Message('is not a known time zone: "{name}"', "Write one such as Europe/Berlin."),
    "PB032": Message("is empty", "List at least one, or leave the key out."),
    "PB033": Message("is not a condition", "It needs one of the keys {allowed}."),
    "PB034": Message("needs exactly one operator, but has {given}", "Operators are {allowed}."),
    "PB035": Message("is not a day", "Write year, month and day, such as 2026-01-31."),
    "PB036": Message("needs exactly one of {keys}", "Keep one of them."),
    "PB037": Message("has {keys}, which exclude each other", "Keep one of them."),
    "PB038": Message("can never hold: {low} is above {high}", "Lower {low} or raise {high}."),
    "PB039": Message("closes before it opens on {day}", "Write the opening time first."),
    "PB040": Message("needs n with roll_up: top, and only with it", "Add n, or remove it."),
    "PB041": Message("does not say how points fade", "Give half_life, linear or window; points without decay stay."),
    "PB042": Message("is not the code of a country or of a part of one", "Write one such as DE or DE-BE."),
    "PB049": Message("is not valid: {detail}", ""),
}

_FIT = {
    "PB101": Message('there is no {kind} "{name}"', "Declare it under `{section}`, or correct the name."),
    "PB102": Message("`{kind}` cannot be asked here", "Here you may ask: {allowed}."),
    "PB103": Message("says nothing that earns the points", "Add `on`, `when`, or a table on an attribute."),
    "PB104": Message("has both `on` and `when`", "Keep one; a condition on the event's properties is `where`."),
    "PB105": Message("`{key}` goes only with `on`", "Remove it: a state of the lead counts while it lasts."),
    "PB106": Message("a table on {table} does not go {with} `on`", "Events have properties, leads have attributes."),
    "PB107": Message("group {group} is on the axis {axis}, the rule on {other}", "Put both on one axis."),
    "PB108": Message("min is above max", "Lower min or raise max."),
    "PB109": Message("has the same {same}", "Change one of them."),
    "PB110": Message('the cell "{cell}" can never occur', "By the bands of fit and engagement there are: {allowed}."),
    "PB111": Message("`{operator}` cannot be asked of {type}", "Of {type} you may ask: {allowed}."),
    "PB112": Message('"{value}" can never be the value of an attribute of type {type}', "Write {wanted}."),
    "PB113": Message(
        "cannot be searched for in linear time: {detail}",
        "Write it without look-around, back-references and large counts.",
    ),
    "PB114": Message("earns fit by what the lead does", "Fit is what the lead is: use `when`, or another axis."),
    "PB115": Message("puts the band {lower} above {higher}", "Keep the order that the axis has for everybody."),
    "PB116": Message("needs `{section}`, which the playbook does not have", "Add `{section}`."),
    "PB117": Message('"{event}" is reserved for rows with a meaning of their own', "Name the event otherwise."),
    "PB118": Message("asks for {count} items, but `bant` has {items}", "Lower the number, or declare more items."),
    "PB120": Message('"{name}" is a column of its own in the leads\' table', "Give the attribute another name."),
    "PB121": Message("{name} is passive, and passing by cannot force a gate", "Remove it, or do not call it passive."),
    "PB122": Message("is not of the attribute's type {type}", "{wanted}."),
    "PB123": Message("is the name of scenario {first} as well", "Give each scenario a sentence of its own."),
    "PB126": Message("{what}", "{cure}"),
}

_SAFE = {
    "PB130": Message(
        "the gate {gate} can open for {who} that did nothing at all",
        "Ask for something that the lead did: engagement or `did`.",
    ),
    "PB131": Message(
        'the gate {gate} can open for {who} by one passive event "{event}"',
        "Ask for more than passing by once, or lower its points.",
    ),
}

MESSAGES: dict[str, Message] = {**_TEXT, **_VALUE, **_FIT, **_SAFE}
"""Every problem's texts, by code."""
