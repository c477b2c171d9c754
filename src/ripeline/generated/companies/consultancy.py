"""A consultancy for medium-sized companies: long journeys, few and strong acts, many readers who never buy."""

from __future__ import annotations

from ripeline.generated.habits import (
    Campaign,
    Deed,
    Effects,
    Fact,
    Habits,
    Kind,
    Option,
    Persona,
    Rep,
    Request,
    Stranger,
    Then,
    Tier,
    Topic,
)

_INDUSTRY = Fact(
    "industry",
    (
        Option("manufacturing", 25, 0.5),
        Option("logistics", 18, 0.6),
        Option("energy", 12, 0.7),
        Option("health care", 10, 0.4),
        Option("retail", 15, -0.3),
        Option("media", 12, -0.6),
        Option("public sector", 8, -0.8),
    ),
)
_COUNTRY = Fact(
    "country",
    (
        Option("DE", 48, 0.3),
        Option("NL", 18, 0.2),
        Option("DK", 12, 0.2),
        Option("AT", 8, 0.1),
        Option("BE", 5),
        Option("FR", 5, -0.8),
        Option("US", 4, -1.2),
    ),
    told=0.85,
)
_SMALL = Fact("company_size", (Option(8, 15, -0.9), Option(30, 25, -0.1), Option(90, 30, 0.4), Option(190, 30, 0.6)))
_LARGE = Fact("company_size", (Option(1500, 60, 0.1), Option(4000, 30, -0.1), Option(12000, 10, -0.4)))

_PAGES = tuple(
    {"path": path}
    for path in (
        *("/", "/", "/services/strategy", "/services/operations", "/services/digital", "/about"),
        *("/blog/grid-fees", "/blog/lead-times", "/blog/skills", "/blog/reporting", "/blog/succession"),
    )
)
_LATE_PAGES = tuple(
    {"path": path} for path in ("/references/harbor", "/references/mill", "/references/clinic", "/fees")
)
_NEEDS = (
    "Our warehouse loses a day on every order",
    "Die Rüstzeiten fressen unsere Marge",
    "We must cut energy costs before the winter",
    "Onze planning loopt elke maand vast",
    "Vi mangler overblik over vores projekter",
)
_CAREERS = Deed("page_viewed", 4, "visit", said=({"path": "/careers"}, {"path": "/careers/consultant"}), burst=1)

HABITS = Habits(
    template="consultancy",
    holidays="DE",
    evenings=False,
    tiers=(
        Tier("medium", 0.82, 1.6, (_SMALL, _INDUSTRY, _COUNTRY)),
        Tier("corporate", 0.18, 3.5, (_LARGE, _INDUSTRY, _COUNTRY)),
    ),
    personas=(
        Persona(
            "owner",
            "medium",
            0.3,
            (
                Fact(
                    "job_title", tuple(Option(t, 1, 0.5) for t in ("Managing Director", "Founder", "Geschäftsführerin"))
                ),
            ),
            curiosity=-0.6,
            asks=0.5,
            length=0.7,
        ),
        Persona(
            "department_head",
            "medium",
            0.45,
            (
                Fact(
                    "job_title",
                    tuple(Option(t, 1, 0.2) for t in ("Head of Operations", "Leiter IT", "Project Manager")),
                ),
            ),
        ),
        Persona(
            "",
            "medium",
            0.25,
            (Fact("job_title", tuple(Option(t, 1, -0.8) for t in ("Assistant", "Trainee", "Consultant", "Analyst"))),),
            curiosity=0.5,
            asks=-0.8,
        ),
        Persona(
            "corporate",
            "corporate",
            1,
            (
                Fact(
                    "job_title",
                    (
                        Option("Vice President Operations", 1, 0.3),
                        Option("Head of Purchasing", 2, 0.1),
                        Option("Project Manager", 3, -0.1),
                        Option("Analyst", 2, -0.6),
                    ),
                ),
            ),
            curiosity=0.1,
            asks=-0.4,
            length=1.8,
            spends=3,
        ),
    ),
    strangers=(
        Stranger("student", 0.04, 1.2, "stud.uni-example.de"),
        Stranger("competitor", 0.015, 1.0, "rival-advisors.example", asks=0.06),
        Stranger("applicant", 0.015, 0.0, "mail.example", own_deeds=(_CAREERS,)),
    ),
    campaigns=(
        Campaign("", "search", 1, 365, 24, 0, 0.15),
        Campaign("", "content", 1, 365, 22, 0, -0.1),
        Campaign("", "social", 1, 365, 10, 0, -0.3),
        Campaign("search-ads", "ads", 1, 365, 14, 42_000, 0.1),
        Campaign("spring-letter", "email", 75, 40, 8, 3_500, -0.25),
        Campaign("industry-fair", "fair", 110, 6, 7, 38_000, 0.6),
        Campaign("summer-contest", "social", 180, 30, 7, 6_000, -0.9),
        Campaign("autumn-webinars", "content", 255, 60, 8, 9_000, 0.3),
    ),
    entries={
        "search": {"newsletter_subscribed": 4, "whitepaper_downloaded": 4, "question_asked": 1, "contact_requested": 1},
        "content": {"whitepaper_downloaded": 6, "newsletter_subscribed": 3, "webinar_registered": 2},
        "social": {"newsletter_subscribed": 6, "whitepaper_downloaded": 2, "social_commented": 1},
        "ads": {"whitepaper_downloaded": 5, "newsletter_subscribed": 3, "questionnaire_completed": 1},
        "email": {"newsletter_subscribed": 6, "webinar_registered": 2},
        "fair": {"fair_conversation": 1},
    },
    deeds=(
        Deed("page_viewed", 2.6, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=1.5),
        Deed("page_viewed", 0.7, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=0.7),
        Deed("ad_clicked", 0.25, "visit", curiosity=0.5),
        Deed("newsletter_subscribed", 0.25, "known", curiosity=0.3, most=1),
        Deed("email_clicked", 3.2, "habit", curiosity=1.0),
        Deed("newsletter_unsubscribed", 0.06, "habit", most=1),
        Deed("social_commented", 0.12, "known", curiosity=0.8),
        Deed("social_shared", 0.08, "known", curiosity=0.8),
        Deed("social_followed", 0.08, "known", curiosity=0.3, most=1),
        Deed("social_message_received", 0.03, "known", need=0.4, most=3),
        Deed("whitepaper_downloaded", 0.25, "known", need=0.1, curiosity=0.7, content="whitepaper"),
        Deed("case_study_downloaded", 0.14, "deciding", need=0.4, curiosity=0.3, content="case study"),
        Deed(
            "webinar_registered",
            0.16,
            "known",
            need=0.2,
            curiosity=0.4,
            content="webinar",
            then=(Then("webinar_attended", 0.6, (2, 14)),),
        ),
        Deed("questionnaire_completed", 0.04, "known", need=0.4, content="questionnaire", most=2),
        Deed("question_asked", 0.04, "known", need=0.4, curiosity=0.2, most=3),
        Deed("email_replied", 0.08, "known", need=0.4, most=6, late=0.1),
        Deed("call_received", 0.025, "known", need=0.5, most=3, late=0.2),
        Deed("fair_conversation", 0.03, "known", need=0.3, most=2, late=0.6),
        Deed("contact_requested", 0.03, "known", need=0.3, most=2, said=({}, {"start": "someday"})),
        Deed("consultation_booked", 0.04, "known", need=0.3, most=1, said=({"invited": True},)),
    ),
    requests=(
        Request("contact_requested", 4, tuple({"need": n, "start": s} for n in _NEEDS for s in ("now", "this month"))),
        Request("quote_requested", 3, ({}, {"urgent": True})),
        Request("consultation_booked", 3, ({"invited": False},)),
        Request("audit_requested", 1),
    ),
    reps=(
        Rep("rosa", ("DE", "AT"), 0.85, 0.0, 0.9),
        Rep("jonas", ("DE", "US", "FR"), 0.4, -0.4, 0.5),
        Rep("wiebke", ("DE",), 0.65, 0.7, 0.8),
        Rep("sanne", ("NL", "BE"), 0.75, 0.1, 0.7),
        Rep("mads", ("DK",), 0.55, -0.1, 0.6),
    ),
    kinds=(
        Kind("whitepaper", "top"),
        Kind("webinar", "middle"),
        Kind("questionnaire", "middle"),
        Kind("case study", "bottom"),
    ),
    topics=(
        Topic(
            "lead-times",
            "department_head",
            {
                "en": "Shorter lead times",
                "de": "Kürzere Durchlaufzeiten",
                "nl": "Kortere doorlooptijden",
                "da": "Kortere gennemløbstider",
            },
        ),
        Topic(
            "energy-costs",
            "owner",
            {
                "en": "Lower energy costs",
                "de": "Energiekosten senken",
                "nl": "Lagere energiekosten",
                "da": "Lavere energiomkostninger",
            },
        ),
        Topic(
            "succession",
            "owner",
            {
                "en": "Handing over a company",
                "de": "Nachfolge im Betrieb",
                "nl": "Bedrijfsopvolging",
                "da": "Generationsskifte",
            },
        ),
        Topic(
            "purchasing",
            "corporate",
            {
                "en": "Purchasing that pays",
                "de": "Einkauf, der sich rechnet",
                "nl": "Inkoop die loont",
                "da": "Indkøb der betaler sig",
            },
        ),
        Topic(
            "skills",
            "department_head",
            {
                "en": "Finding and keeping skills",
                "de": "Fachkräfte finden und halten",
                "nl": "Vakmensen vinden en houden",
                "da": "Find og fasthold fagfolk",
            },
        ),
    ),
    effects=Effects(need=1.1, fit=0.8, budget=0.6, request=1.4, answered_in_time=0.7, silence=-1.5),
    journey_days=75,
    price=28_000,
    means=22_000,
    months=(110, 115, 120, 95, 100, 90, 60, 65, 120, 125, 120, 60),
    pains=("long lead times", "energy costs", "lack of staff", "no overview", "old systems"),
    objections=("too expensive", "no time now", "bad experience", "must ask the board"),
)
