"""What leads and customers say when it is over: by language and reason, with the tone that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    Sentiment = Literal["positive", "neutral", "negative"]
    Sayings = Mapping[str, tuple[tuple[Sentiment, str], ...]]

_ENGLISH: Sayings = {
    "references": (
        ("positive", "Your references convinced us at once. Great work."),
        ("positive", "We knew two of your customers, and both were delighted."),
    ),
    "service": (
        ("positive", "You answered within hours and listened well. Thank you!"),
        ("positive", "Friendly, quick and honest from the first call on."),
    ),
    "quality": (
        ("positive", "The quality is excellent, we would choose you again."),
        ("neutral", "Solid work. It does what we ordered."),
    ),
    "price": (
        ("negative", "Far too expensive for a company of our size."),
        ("neutral", "The price decided, nothing else."),
    ),
    "no_need": (
        ("neutral", "We have looked into it and do not need it after all."),
        ("neutral", "Thanks, but we will stay with what we have."),
    ),
    "competitor": (
        ("neutral", "We have decided for another supplier who knows our industry."),
        ("negative", "Another supplier was simply better prepared than you."),
    ),
    "timing": (
        ("neutral", "Not this year. Please ask us again in autumn."),
        ("positive", "We liked your proposal, but the project has been put off."),
    ),
    "no_answer": (
        ("negative", "Please stop calling me, I am not interested."),
        ("negative", "I never got a useful answer to my question. Disappointing."),
    ),
}
_GERMAN: Sayings = {
    "references": (
        ("positive", "Ihre Referenzen haben uns sofort überzeugt. Großartige Arbeit."),
        ("positive", "Wir kannten zwei Ihrer Kunden, beide waren begeistert."),
    ),
    "service": (
        ("positive", "Sie haben binnen Stunden geantwortet und gut zugehört. Vielen Dank!"),
        ("positive", "Vom ersten Anruf an freundlich, schnell und ehrlich."),
    ),
    "quality": (
        ("positive", "Die Qualität ist hervorragend, wir würden wieder zu Ihnen kommen."),
        ("neutral", "Solide Arbeit. Es tut, was wir bestellt haben."),
    ),
    "price": (
        ("negative", "Viel zu teuer für einen Betrieb unserer Größe."),
        ("neutral", "Der Preis hat entschieden, sonst nichts."),
    ),
    "no_need": (
        ("neutral", "Wir haben es geprüft und brauchen es doch nicht."),
        ("neutral", "Danke, aber wir bleiben bei dem, was wir haben."),
    ),
    "competitor": (
        ("neutral", "Wir haben uns für einen anderen Anbieter entschieden, der unsere Branche kennt."),
        ("negative", "Ein anderer Anbieter war schlicht besser vorbereitet als Sie."),
    ),
    "timing": (
        ("neutral", "Nicht in diesem Jahr. Fragen Sie im Herbst bitte noch einmal."),
        ("positive", "Ihr Angebot hat uns gefallen, aber das Projekt ist verschoben."),
    ),
    "no_answer": (
        ("negative", "Bitte rufen Sie mich nicht mehr an, ich habe kein Interesse."),
        ("negative", "Auf meine Frage kam nie eine brauchbare Antwort. Enttäuschend."),
    ),
}
_DUTCH: Sayings = {
    "references": (
        ("positive", "Uw referenties overtuigden ons meteen. Geweldig werk."),
        ("positive", "We kenden twee van uw klanten en beiden waren enthousiast."),
    ),
    "service": (
        ("positive", "U antwoordde binnen een paar uur en luisterde goed. Dank u wel!"),
        ("positive", "Vriendelijk, snel en eerlijk vanaf het eerste gesprek."),
    ),
    "quality": (
        ("positive", "De kwaliteit is uitstekend, we zouden zo weer voor u kiezen."),
        ("neutral", "Degelijk werk. Het doet wat we besteld hebben."),
    ),
    "price": (
        ("negative", "Veel te duur voor een bedrijf van onze omvang."),
        ("neutral", "De prijs gaf de doorslag, verder niets."),
    ),
    "no_need": (
        ("neutral", "We hebben ernaar gekeken en hebben het toch niet nodig."),
        ("neutral", "Bedankt, maar we blijven bij wat we hebben."),
    ),
    "competitor": (
        ("neutral", "We hebben gekozen voor een andere leverancier die onze branche kent."),
        ("negative", "Een andere leverancier was gewoon beter voorbereid dan u."),
    ),
    "timing": (
        ("neutral", "Dit jaar niet. Vraag het ons in het najaar nog eens."),
        ("positive", "Uw voorstel beviel ons, maar het project is uitgesteld."),
    ),
    "no_answer": (
        ("negative", "Bel me alstublieft niet meer, ik heb geen interesse."),
        ("negative", "Op mijn vraag kwam nooit een bruikbaar antwoord. Teleurstellend."),
    ),
}
_DANISH: Sayings = {
    "references": (
        ("positive", "Jeres referencer overbeviste os med det samme. Flot arbejde."),
        ("positive", "Vi kendte to af jeres kunder, og begge var begejstrede."),
    ),
    "service": (
        ("positive", "I svarede inden for få timer og lyttede godt. Mange tak!"),
        ("positive", "Venlige, hurtige og ærlige fra første samtale."),
    ),
    "quality": (
        ("positive", "Kvaliteten er fremragende, vi ville vælge jer igen."),
        ("neutral", "Solidt arbejde. Det gør, hvad vi bestilte."),
    ),
    "price": (
        ("negative", "Alt for dyrt for en virksomhed af vores størrelse."),
        ("neutral", "Prisen afgjorde det, intet andet."),
    ),
    "no_need": (
        ("neutral", "Vi har set på det og har alligevel ikke brug for det."),
        ("neutral", "Tak, men vi bliver ved det, vi har."),
    ),
    "competitor": (
        ("neutral", "Vi har valgt en anden leverandør, der kender vores branche."),
        ("negative", "En anden leverandør var ganske enkelt bedre forberedt end jer."),
    ),
    "timing": (
        ("neutral", "Ikke i år. Spørg os igen til efteråret."),
        ("positive", "Vi kunne lide jeres tilbud, men projektet er udskudt."),
    ),
    "no_answer": (
        ("negative", "Lad venligst være med at ringe til mig, jeg er ikke interesseret."),
        ("negative", "Jeg fik aldrig et brugbart svar på mit spørgsmål. Skuffende."),
    ),
}
SAYINGS: Mapping[str, Sayings] = {"en": _ENGLISH, "de": _GERMAN, "nl": _DUTCH, "da": _DANISH}
"""By language and reason."""
