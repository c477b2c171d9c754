"""A software start-up: trials of two weeks, technical people who try all and sign nothing, slow large companies."""

from __future__ import annotations

from ripeline.generated import habits as h

_COUNTRY = h.Fact(
    "country",
    {
        "DE": (40, 0.3),
        "NL": (18, 0.3),
        "AT": (6, 0.2),
        "CH": (5, 0.3),
        "DK": (9, 0.2),
        "GB": (9, -0.4),
        "US": (9, -0.6),
        "IN": (4, -0.9),
    },
    told=0.85,
)
_SIZE = h.Fact("company_size", {3: (25, -0.6), 14: (25, 0.1), 60: (30, 0.5), 300: (20, 0.5)})
_LARGE = h.Fact("company_size", {1600: (55, 0), 5000: (30, -0.2), 20000: (15, -0.5)})
_SEATS = h.Fact("seats", {1: (35, -0.5), 4: (30, 0), 12: (25, 0.5), 40: (10, 0.7)}, told=0.5)
_STACK = h.Fact(
    "stack",
    {
        "ticket system": (3, 0.3),
        "data warehouse|single sign-on": (2, 0.5),
        "single sign-on": (2, 0.3),
        "spreadsheets": (4, -0.3),
        "mail": (3, -0.2),
    },
    told=0.5,
)
_PAGES = h.each_of(
    path=(
        "/",
        "/",
        "/features/boards",
        "/features/reports",
        "/security",
        "/about",
        "/blog/fewer-meetings",
        "/blog/automation",
        "/blog/data-quality",
        "/blog/remote-teams",
    )
)
_LATE_PAGES = h.each_of(path=("/pricing", "/pricing/compare", "/security/audits", "/features/api"))
_QUESTIONS = h.each_of(
    text=(
        "Is there an API?",
        "Wie lange dauert der Umstieg?",
        (
            "We run four teams on three tools and lose half a day each week on reports; can you import all of them "
            "with their history before the first of next month?"
        ),
    )
)
_NEEDS = (
    "Forty people work in spreadsheets that break every week",
    "Unser Ticketsystem läuft im Frühjahr aus",
    "We need single sign-on and reports for the auditors",
    "Wij willen drie tools door één vervangen",
)
_CAREERS = h.Deed("page_viewed", 4, "visit", said=h.each_of(path=("/careers", "/careers/engineer")), burst=1)
_AFTER_TRIAL = (
    h.Then("trial_session", 0.85, (0.02, 0.9)),
    h.Then("trial_session", 0.6, (1, 4)),
    h.Then("trial_session", 0.4, (3, 9)),
    h.Then("data_connected", 0.4, (0.05, 2.5), (h.Then("workflow_built", 0.6, (0.1, 3)),)),
    h.Then("colleague_invited", 0.25, (1, 8)),
    h.Then("trial_limit_reached", 0.12, (5, 13)),
    h.Then("trial_canceled", 0.15, (2, 13)),
)

HABITS = h.Habits(
    template="software",
    holidays="DE",
    tiers=(
        h.Tier("small", 0.82, 1.7, (_SIZE, _SEATS, _STACK, _COUNTRY)),
        h.Tier("large", 0.18, 4.0, (_LARGE, _SEATS, _STACK, _COUNTRY)),
    ),
    personas=(
        h.Persona(
            "enterprise",
            "large",
            (h.one_of("job_title", "Head of IT", "Project Manager", "Analyst", fit=0.1),),
            curiosity=0.1,
            asks=-0.3,
            length=2.5,
            spends=8,
        ),
        h.Persona(
            "technical",
            "small",
            (h.one_of("job_title", "Developer", "Systems Engineer", "Entwickler", fit=-0.2),),
            share=0.35,
            curiosity=0.8,
            asks=-0.9,
        ),
        h.Persona(
            "team_lead",
            "small",
            (h.one_of("job_title", "Head of Support", "Operations Manager", "Leiterin Vertrieb", fit=0.4),),
            share=0.4,
        ),
        h.Persona(
            "",
            "small",
            (h.one_of("job_title", "Assistant", "Intern", "Consultant", fit=-0.5),),
            share=0.25,
            curiosity=0.3,
            asks=-0.5,
        ),
    ),
    strangers=(
        h.Stranger("student", 0.05, 1.0, "stud.uni-example.de"),
        h.Stranger("competitor", 0.02, 1.0, "rival-software.example", asks=0.06),
        h.Stranger("applicant", 0.015, own_deeds=(_CAREERS,)),
    ),
    campaigns=(
        h.Campaign("search", 28, 0.15),
        h.Campaign("content", 20, -0.1),
        h.Campaign("social", 10, -0.3),
        h.Campaign("ads", 18, 0.1, name="search-ads", cost=90_000),
        h.Campaign("email", 6, 0.3, name="spring-launch", day=70, days=30, cost=5_000),
        h.Campaign("meetup", 5, -0.3, name="developer-meetup", day=140, days=5, cost=14_000),
        h.Campaign("social", 7, -0.7, name="free-month", day=200, days=40, cost=12_000),
        h.Campaign("content", 6, 0.35, name="year-end-webinars", day=290, days=50, cost=8_000),
    ),
    entries={
        "search": {"newsletter_subscribed": 4, "trial_started": 3, "ebook_downloaded": 3, "question_asked": 1},
        "content": {
            "ebook_downloaded": 4,
            "whitepaper_downloaded": 3,
            "newsletter_subscribed": 3,
            "webinar_registered": 1,
        },
        "social": {"newsletter_subscribed": 5, "ebook_downloaded": 3, "trial_started": 1},
        "ads": {"ebook_downloaded": 4, "trial_started": 2, "newsletter_subscribed": 1},
        "email": {"webinar_registered": 2, "trial_started": 2, "newsletter_subscribed": 1},
        "meetup": {"meetup_conversation": 1},
    },
    deeds=(
        h.Deed("page_viewed", 2.4, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=1.5),
        h.Deed("page_viewed", 0.6, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=0.7),
        h.Deed("visit_ended", 0.5, "visit", curiosity=0.8, said=h.each_of(minutes=(2, 6, 14))),
        h.Deed("ad_clicked", 0.3, "visit", curiosity=0.5),
        h.Deed("newsletter_subscribed", 0.2, curiosity=0.3, most=1),
        h.Deed("email_clicked", 2.6, "habit", curiosity=1.0),
        h.Deed("newsletter_unsubscribed", 0.06, "habit", most=1),
        h.Deed("social_commented", 0.06, curiosity=0.8),
        h.Deed("social_followed", 0.08, curiosity=0.3, most=1),
        h.Deed("ebook_downloaded", 0.12, curiosity=0.7, content="e-book"),
        h.Deed("whitepaper_downloaded", 0.08, need=0.1, curiosity=0.6, content="whitepaper"),
        h.Deed("case_study_downloaded", 0.1, "deciding", need=0.4, curiosity=0.3, content="case study"),
        h.Deed(
            "webinar_registered",
            0.1,
            need=0.2,
            curiosity=0.4,
            content="webinar",
            then=(h.Then("webinar_attended", 0.55, (1, 10)),),
        ),
        h.Deed("plans_compared", 0.08, need=0.35, curiosity=0.4),
        h.Deed("competitor_comparison_read", 0.05, need=0.2, curiosity=0.5),
        h.Deed("reviews_read", 0.06, need=0.2, curiosity=0.5),
        h.Deed("product_tour_finished", 0.08, need=0.2, curiosity=0.5, most=4),
        h.Deed("trial_started", 0.06, need=0.4, curiosity=0.3, most=2, then=_AFTER_TRIAL),
        h.Deed("question_asked", 0.025, need=0.4, most=3, said=_QUESTIONS),
        h.Deed("chat_question_asked", 0.03, need=0.3, curiosity=0.3, most=3, said=_QUESTIONS[:2]),
        h.Deed("email_replied", 0.06, need=0.4, most=5, late=0.1),
        h.Deed("call_received", 0.02, need=0.5, most=2, late=0.2),
        h.Deed("meetup_conversation", 0.02, need=0.2, most=2, late=0.6),
        h.Deed("contact_requested", 0.03, need=0.3, most=2),
        h.Deed(
            "demo_booked",
            0.03,
            need=0.3,
            most=1,
            said=({"invited": True},),
            then=(h.Then("demo_attended", 0.6, (1, 6)),),
        ),
        h.Deed("security_review_requested", 0.015, "deciding", need=0.6, most=1),
    ),
    requests=(
        h.Request("contact_requested", 3, h.each_of(need=_NEEDS, start=("now", "this month"))),
        h.Request("demo_booked", 5, ({"invited": False},)),
        h.Request("price_requested", 2),
        h.Request("quote_requested", 2, ({}, {"urgency": "this month"})),
    ),
    reps=(
        h.Rep("nele", ("DE", "AT", "CH"), in_time=0.8, strictness=0.0, diligence=0.9),
        h.Rep("timo", ("DE",), in_time=0.45, strictness=0.5, diligence=0.6),
        h.Rep("sanne", ("NL",), in_time=0.7, strictness=-0.1, diligence=0.7),
        h.Rep("mads", ("DK", "GB", "US", "IN"), in_time=0.55, strictness=0.2, diligence=0.5),
    ),
    topics=(
        h.Topic(
            "reporting",
            "team_lead",
            en="Reports without work",
            de="Berichte ohne Mühe",
            nl="Rapporten zonder werk",
            da="Rapporter uden besvær",
        ),
        h.Topic(
            "automation",
            "technical",
            en="Automating the boring part",
            de="Das Langweilige automatisieren",
            nl="Het saaie automatiseren",
            da="Automatiser det kedelige",
        ),
        h.Topic(
            "security",
            "enterprise",
            en="Security that auditors like",
            de="Sicherheit, die Prüfern gefällt",
            nl="Veiligheid die auditors waarderen",
            da="Sikkerhed, som revisorer kan lide",
        ),
        h.Topic(
            "onboarding",
            "team_lead",
            en="A new tool in a week",
            de="Ein neues Werkzeug in einer Woche",
            nl="Een nieuw hulpmiddel in een week",
            da="Et nyt værktøj på en uge",
        ),
    ),
    effects=h.Effects(need=1.1, fit=0.7, budget=0.4, request=1.2, answered_in_time=0.9, silence=-1.5),
    journey_days=35,
    price=4_800,
    means=600,
    months=(110, 115, 115, 100, 95, 90, 70, 70, 115, 120, 115, 75),
    buyers=0.06,
    asking=0.13,
    sale="subscription_started",
    pains=("too many tools", "no overview", "manual reports", "missing integrations"),
    objections=("data must stay here", "too expensive", "no time to switch", "missing feature"),
)
