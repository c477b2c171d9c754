"""The texts of all problems, by code: what is wrong, and what would cure it.

The texts are keys for translation; names in braces are filled in afterwards.
"""

from __future__ import annotations

from typing import NamedTuple

from ripeline.core.phrases import gettext


class Message(NamedTuple):
    """The text of a problem and of its cure."""

    what: str
    cure: str


DID_YOU_MEAN = gettext('Did you mean "{near}"?')

_TEXT = {
    "PB001": Message(
        gettext("is not YAML: {detail}"),
        gettext("Check the indentation and the quotes at this line and the one before."),
    ),
    "PB002": Message(gettext("is not UTF-8 text"), gettext("Save the file in the encoding UTF-8.")),
    "PB003": Message(gettext("unknown key"), gettext("Allowed here: {allowed}.")),
    "PB004": Message(gettext("is larger than {limit} bytes"), gettext("Keep one definition in a file.")),
    "PB005": Message(gettext("holds the control character {character}"), gettext("Remove it; indent with spaces.")),
    "PB006": Message(gettext("holds nothing"), gettext("Begin with the line `{begin}: NAME`.")),
    "PB007": Message(
        gettext("holds a second document"), gettext("Keep one definition in a file: remove the line `---`.")
    ),
    "PB008": Message(
        gettext("uses an anchor, an alias or a merge key"), gettext("Write the part out where it is needed.")
    ),
    "PB009": Message(gettext("stands here twice; first on line {first}"), gettext("Keep one of the two.")),
    "PB010": Message(gettext("is nested more than {limit} levels deep"), gettext("Write it flatter.")),
    "PB011": Message(gettext("carries the tag {tag}"), gettext("Remove the tag; put text in quotes.")),
    "PB012": Message(gettext("has a key that is not a text"), gettext("Write a plain name before the colon.")),
    "PB013": Message(gettext("is missing"), gettext("Add `{key}:` here.")),
}

_VALUE = {
    "PB020": Message(gettext("is {given}, but must be {wanted}"), ""),
    "PB021": Message(gettext("is not one of {allowed}"), gettext("Write one of {allowed}.")),
    "PB022": Message(
        gettext('is not a name: "{name}"'),
        gettext("Use small letters, digits and underscores, a letter first, 63 characters at most."),
    ),
    "PB023": Message(gettext("is not of the right length: {limit}"), ""),
    "PB024": Message(gettext("is not in its range: it must be {limit}"), ""),
    "PB025": Message(
        gettext("is not a duration"), gettext("Write a whole number and a unit, such as 30 days, 24 h or 15 min.")
    ),
    "PB026": Message(
        gettext("is not a usable duration"), gettext("It must be more than nothing and at most ten years.")
    ),
    "PB027": Message(gettext("is not a number of points"), gettext("Write a number such as 20, -5 or 0.5.")),
    "PB028": Message(gettext("is not a usable number of points"), gettext("It must lie between -{limit} and {limit}.")),
    "PB029": Message(
        gettext("has more than six decimals"), gettext("Points are counted in millionths: round the number.")
    ),
    "PB030": Message(gettext("is not a time of day"), gettext('Write hours and minutes, such as "06:00".')),
    "PB031": Message(gettext('is not a known time zone: "{name}"'), gettext("Write one such as Europe/Berlin.")),
    "PB032": Message(gettext("is empty"), gettext("List at least one, or leave the key out.")),
    "PB033": Message(gettext("is not a condition"), gettext("It needs one of the keys {allowed}.")),
    "PB034": Message(gettext("needs exactly one operator, but has {given}"), gettext("Operators are {allowed}.")),
    "PB035": Message(gettext("is not a day"), gettext("Write year, month and day, such as 2026-01-31.")),
    "PB036": Message(gettext("needs exactly one of these keys: {keys}"), gettext("Keep one of them.")),
    "PB037": Message(gettext("has keys that exclude each other: {keys}"), gettext("Keep one of them.")),
    "PB038": Message(gettext("can never hold: {low} is above {high}"), gettext("Lower {low} or raise {high}.")),
    "PB039": Message(gettext("closes before it opens on {day}"), gettext("Write the opening time first.")),
    "PB040": Message(gettext("needs n with roll_up: top, and only with it"), gettext("Add n, or remove it.")),
    "PB041": Message(
        gettext("does not say how points fade"), gettext("Give half_life, linear or window; points without decay stay.")
    ),
    "PB042": Message(
        gettext("is not the code of a country or of a part of one"), gettext("Write one such as DE or DE-BE.")
    ),
    "PB043": Message(
        gettext('the holidays of "{name}" are not known'),
        gettext("Write the code of a country, or of a part of one, such as DE or DE-BE; or leave the key out."),
    ),
    "PB044": Message(
        gettext('is not the code of a country: "{name}"'), gettext("Write its two capital letters, such as DE.")
    ),
    "PB049": Message(gettext("is not valid: {detail}"), ""),
}

_FIT = {
    "PB101": Message(
        gettext('there is no {kind} "{name}"'), gettext("Declare it under `{section}`, or correct the name.")
    ),
    "PB102": Message(gettext("`{kind}` cannot be asked here"), gettext("Here you may ask: {allowed}.")),
    "PB103": Message(
        gettext("says nothing that earns the points"), gettext("Add `on`, `when`, or a table on an attribute.")
    ),
    "PB104": Message(
        gettext("has both `on` and `when`"), gettext("Keep one; a condition on the event's properties is `where`.")
    ),
    "PB105": Message(
        gettext("`{key}` goes only with `on`"), gettext("Remove it: a state of the lead counts while it lasts.")
    ),
    "PB106": Message(
        gettext("a table on {table} does not go {with} `on`"), gettext("Events have properties, leads have attributes.")
    ),
    "PB107": Message(
        gettext("group {group} is on the axis {axis}, the rule on {other}"), gettext("Put both on one axis.")
    ),
    "PB108": Message(gettext("min is above max"), gettext("Lower min or raise max.")),
    "PB109": Message(gettext("has the same {same}"), gettext("Change one of them.")),
    "PB110": Message(
        gettext('the cell "{cell}" can never occur'),
        gettext("By the bands of fit and engagement there are: {allowed}."),
    ),
    "PB111": Message(gettext("`{operator}` cannot be asked of {type}"), gettext("Of {type} you may ask: {allowed}.")),
    "PB112": Message(
        gettext('"{value}" can never be the value of an attribute of type {type}'), gettext("Write {wanted}.")
    ),
    "PB113": Message(
        gettext("cannot be searched for in linear time: {detail}"),
        gettext("Write it without look-around, back-references and large counts."),
    ),
    "PB114": Message(
        gettext("earns fit by what the lead does"), gettext("Fit is what the lead is: use `when`, or another axis.")
    ),
    "PB115": Message(
        gettext("puts the band {lower} above {higher}"), gettext("Keep the order that the axis has for everybody.")
    ),
    "PB116": Message(gettext("needs `{section}`, which the playbook does not have"), gettext("Add `{section}`.")),
    "PB117": Message(
        gettext('"{event}" is reserved for rows with a meaning of their own'), gettext("Name the event otherwise.")
    ),
    "PB118": Message(
        gettext("asks for more items ({count}) than `bant` has ({items})"),
        gettext("Lower the number, or declare more items."),
    ),
    "PB120": Message(
        gettext('"{name}" is a column of its own in the leads\' table'), gettext("Give the attribute another name.")
    ),
    "PB121": Message(
        gettext("{name} is passive, and passing by cannot force a gate"),
        gettext("Remove it, or do not call it passive."),
    ),
    "PB122": Message(gettext("is not of the attribute's type {type}"), "{wanted}"),
    "PB123": Message(
        gettext("is the name of scenario {first} as well"), gettext("Give each scenario a sentence of its own.")
    ),
    "PB126": Message("{what}", "{cure}"),
    "PB127": Message(
        gettext("go by the lead's country, which no attribute tells"),
        gettext("Declare `country` under `attributes`, as a text."),
    ),
    "PB128": Message(
        gettext("{purpose} is the purpose of e-mail, and a yes to e-mails proves nothing for calls"),
        gettext("Give calls a purpose of their own."),
    ),
}

_NURTURE = {
    "PB140": Message(gettext("brings content without a mail"), gettext("Add `mail`, or remove `content`.")),
    "PB141": Message(
        gettext("quiet hours begin when they end, so nothing could ever be done"),
        gettext('Write from when until when it is quiet, such as ["20:00", "08:00"].'),
    ),
    "PB142": Message(
        gettext("is a track of {owner} for leads of the stage {stage}"),
        gettext("For {owner} there are: {allowed}. So no mail of marketing goes out beside sales."),
    ),
    "PB143": Message(
        gettext("prepares a call in a track of the rep"),
        gettext("Put `before_call` into a track of marketing: it is done before a rep accepts the lead."),
    ),
    "PB144": Message(gettext("does nothing"), gettext("Add `steps`, `repeat` or `before_call`.")),
}

_SAFE = {
    "PB130": Message(
        gettext("the gate {gate} can open for {who} that did nothing at all"),
        gettext("Ask for something that the lead did: engagement or `did`."),
    ),
    "PB131": Message(
        gettext('the gate {gate} can open for {who} by one passive event "{event}"'),
        gettext("Ask for more than passing by once, or lower its points."),
    ),
}

_FORM = {
    "FD001": Message(gettext('"{name}" has a meaning of its own in forms'), gettext("Give it another name.")),
    "FD002": Message(gettext('"{name}" is filled in by two fields or boxes'), gettext("Keep one of the two.")),
    "FD003": Message(
        gettext("has no field with the e-mail address, so nobody could be named"),
        gettext("Add a field with `attribute: email`."),
    ),
    "FD004": Message(
        gettext("is not the address of a page"),
        gettext("Write it whole and without a space, such as https://www.example.com/thanks."),
    ),
    "FD005": Message(
        gettext("the e-mail address cannot be chosen from a list"),
        gettext("Remove `one_of` and `lines` from this field."),
    ),
}

MESSAGES: dict[str, Message] = {**_TEXT, **_VALUE, **_FIT, **_NURTURE, **_SAFE, **_FORM}
"""Every problem's texts, by code."""
