"""A consultancy for medium-sized companies: long journeys, few and strong acts, many readers who never buy."""

from __future__ import annotations

from ripeline.generated import habits as h

_INDUSTRY = h.Fact(
    "industry",
    {
        "manufacturing": (25, 0.5),
        "logistics": (18, 0.6),
        "energy": (12, 0.7),
        "health care": (10, 0.4),
        "retail": (15, -0.3),
        "media": (12, -0.6),
        "public sector": (8, -0.8),
    },
)
_COUNTRY = h.Fact(
    "country",
    {"DE": (48, 0.3), "NL": (18, 0.2), "DK": (12, 0.2), "AT": (8, 0.1), "BE": (5, 0), "FR": (5, -0.8), "US": (4, -1.2)},
    told=0.85,
)
_SMALL = h.Fact("company_size", {8: (15, -0.9), 30: (25, -0.1), 90: (30, 0.4), 190: (30, 0.6)})
_LARGE = h.Fact("company_size", {1500: (60, 0.1), 4000: (30, -0.1), 12000: (10, -0.4)})
_PAGES = h.each_of(
    path=(
        "/",
        "/",
        "/services/strategy",
        "/services/operations",
        "/services/digital",
        "/about",
        "/blog/grid-fees",
        "/blog/lead-times",
        "/blog/skills",
        "/blog/reporting",
        "/blog/succession",
    )
)
_LATE_PAGES = h.each_of(path=("/references/harbor", "/references/mill", "/references/clinic", "/fees"))
_NEEDS = (
    "Our warehouse loses a day on every order",
    "Die Rüstzeiten fressen unsere Marge",
    "We must cut energy costs before the winter",
    "Onze planning loopt elke maand vast",
    "Vi mangler overblik over vores projekter",
)
_CAREERS = h.Deed("page_viewed", 4, "visit", said=h.each_of(path=("/careers", "/careers/consultant")), burst=1)

HABITS = h.Habits(
    template="consultancy",
    holidays="DE",
    tiers=(
        h.Tier("medium", 0.82, 1.6, (_SMALL, _INDUSTRY, _COUNTRY)),
        h.Tier("corporate", 0.18, 3.5, (_LARGE, _INDUSTRY, _COUNTRY)),
    ),
    personas=(
        h.Persona(
            "owner",
            "medium",
            (h.one_of("job_title", "Managing Director", "Founder", "Geschäftsführerin", fit=0.5),),
            share=0.3,
            curiosity=-0.6,
            asks=0.5,
            length=0.7,
        ),
        h.Persona(
            "department_head",
            "medium",
            (h.one_of("job_title", "Head of Operations", "Leiter IT", "Project Manager", fit=0.2),),
            share=0.45,
        ),
        h.Persona(
            "",
            "medium",
            (h.one_of("job_title", "Assistant", "Trainee", "Consultant", "Analyst", fit=-0.8),),
            share=0.25,
            curiosity=0.5,
            asks=-0.8,
        ),
        h.Persona(
            "corporate",
            "corporate",
            (
                h.Fact(
                    "job_title",
                    {
                        "Vice President Operations": (1, 0.3),
                        "Head of Purchasing": (2, 0.1),
                        "Project Manager": (3, -0.1),
                        "Analyst": (2, -0.6),
                    },
                ),
            ),
            curiosity=0.1,
            asks=-0.4,
            length=1.8,
            spends=3,
        ),
    ),
    strangers=(
        h.Stranger("student", 0.04, 1.2, "stud.uni-example.de"),
        h.Stranger("competitor", 0.015, 1.0, "rival-advisors.example", asks=0.06),
        h.Stranger("applicant", 0.015, own_deeds=(_CAREERS,)),
    ),
    campaigns=(
        h.Campaign("search", 24, 0.15),
        h.Campaign("content", 22, -0.1),
        h.Campaign("social", 10, -0.3),
        h.Campaign("ads", 14, 0.1, name="search-ads", cost=42_000),
        h.Campaign("email", 8, -0.25, name="spring-letter", day=75, days=40, cost=3_500),
        h.Campaign("fair", 7, 0.6, name="industry-fair", day=110, days=6, cost=38_000),
        h.Campaign("social", 7, -0.9, name="summer-contest", day=180, days=30, cost=6_000),
        h.Campaign("content", 8, 0.3, name="autumn-webinars", day=255, days=60, cost=9_000),
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
        h.Deed("page_viewed", 2.6, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=1.5),
        h.Deed("page_viewed", 0.7, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=0.7),
        h.Deed("ad_clicked", 0.25, "visit", curiosity=0.5),
        h.Deed("newsletter_subscribed", 0.25, curiosity=0.3, most=1),
        h.Deed("email_clicked", 3.2, "habit", curiosity=1.0),
        h.Deed("newsletter_unsubscribed", 0.06, "habit", most=1),
        h.Deed("social_commented", 0.12, curiosity=0.8),
        h.Deed("social_shared", 0.08, curiosity=0.8),
        h.Deed("social_followed", 0.08, curiosity=0.3, most=1),
        h.Deed("social_message_received", 0.03, need=0.4, most=3),
        h.Deed("whitepaper_downloaded", 0.25, need=0.1, curiosity=0.7, content="whitepaper"),
        h.Deed("case_study_downloaded", 0.14, "deciding", need=0.4, curiosity=0.3, content="case study"),
        h.Deed(
            "webinar_registered",
            0.16,
            need=0.2,
            curiosity=0.4,
            content="webinar",
            then=(h.Then("webinar_attended", 0.6, (2, 14)),),
        ),
        h.Deed("questionnaire_completed", 0.04, need=0.4, content="questionnaire", most=2),
        h.Deed("question_asked", 0.04, need=0.4, curiosity=0.2, most=3),
        h.Deed("email_replied", 0.08, need=0.4, most=6, late=0.1),
        h.Deed("call_received", 0.025, need=0.5, most=3, late=0.2),
        h.Deed("fair_conversation", 0.03, need=0.3, most=2, late=0.6),
        h.Deed("contact_requested", 0.03, need=0.3, most=2, said=({}, {"start": "someday"})),
        h.Deed("consultation_booked", 0.04, need=0.3, most=1, said=({"invited": True},)),
    ),
    requests=(
        h.Request("contact_requested", 4, h.each_of(need=_NEEDS, start=("now", "this month"))),
        h.Request("quote_requested", 3, ({}, {"urgent": True})),
        h.Request("consultation_booked", 3, ({"invited": False},)),
        h.Request("audit_requested", 1),
    ),
    reps=(
        h.Rep("rosa", ("DE", "AT"), in_time=0.85, strictness=0.0, diligence=0.9),
        h.Rep("jonas", ("DE", "US", "FR"), in_time=0.4, strictness=-0.4, diligence=0.5),
        h.Rep("wiebke", ("DE",), in_time=0.65, strictness=0.7, diligence=0.8),
        h.Rep("sanne", ("NL", "BE"), in_time=0.75, strictness=0.1, diligence=0.7),
        h.Rep("mads", ("DK",), in_time=0.55, strictness=-0.1, diligence=0.6),
    ),
    topics=(
        h.Topic(
            "lead-times",
            "department_head",
            en="Shorter lead times",
            de="Kürzere Durchlaufzeiten",
            nl="Kortere doorlooptijden",
            da="Kortere gennemløbstider",
        ),
        h.Topic(
            "energy-costs",
            "owner",
            en="Lower energy costs",
            de="Energiekosten senken",
            nl="Lagere energiekosten",
            da="Lavere energiomkostninger",
        ),
        h.Topic(
            "succession",
            "owner",
            en="Handing over a company",
            de="Nachfolge im Betrieb",
            nl="Bedrijfsopvolging",
            da="Generationsskifte",
        ),
        h.Topic(
            "purchasing",
            "corporate",
            en="Purchasing that pays",
            de="Einkauf, der sich rechnet",
            nl="Inkoop die loont",
            da="Indkøb der betaler sig",
        ),
        h.Topic(
            "skills",
            "department_head",
            en="Finding and keeping skills",
            de="Fachkräfte finden und halten",
            nl="Vakmensen vinden en houden",
            da="Find og fasthold fagfolk",
        ),
    ),
    effects=h.Effects(need=1.1, fit=0.8, budget=0.6, request=1.4, answered_in_time=0.7, silence=-1.5),
    journey_days=75,
    price=28_000,
    means=22_000,
    months=(110, 115, 120, 95, 100, 90, 60, 65, 120, 125, 120, 60),
    pains=("long lead times", "energy costs", "lack of staff", "no overview", "old systems"),
    objections=("too expensive", "no time now", "bad experience", "must ask the board"),
)
