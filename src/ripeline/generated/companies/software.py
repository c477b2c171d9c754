"""A software start-up: trials of two weeks, technical people who try all and sign nothing, slow large companies."""

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

_COUNTRY = Fact(
    "country",
    (
        *(
            Option("DE", 40, 0.3),
            Option("NL", 18, 0.3),
            Option("AT", 6, 0.2),
            Option("CH", 5, 0.3),
            Option("DK", 9, 0.2),
        ),
        *(Option("GB", 9, -0.4), Option("US", 9, -0.6), Option("IN", 4, -0.9)),
    ),
    told=0.85,
)
_SIZE = Fact("company_size", (Option(3, 25, -0.6), Option(14, 25, 0.1), Option(60, 30, 0.5), Option(300, 20, 0.5)))
_LARGE = Fact("company_size", (Option(1600, 55), Option(5000, 30, -0.2), Option(20000, 15, -0.5)))
_SEATS = Fact("seats", (Option(1, 35, -0.5), Option(4, 30), Option(12, 25, 0.5), Option(40, 10, 0.7)), told=0.5)
_STACK = Fact(
    "stack",
    (
        *(
            Option("ticket system", 3, 0.3),
            Option("data warehouse|single sign-on", 2, 0.5),
            Option("single sign-on", 2, 0.3),
        ),
        *(Option("spreadsheets", 4, -0.3), Option("mail", 3, -0.2)),
    ),
    told=0.5,
)
_PAGES = tuple(
    {"path": path}
    for path in (
        *("/", "/", "/features/boards", "/features/reports", "/security", "/about"),
        *("/blog/fewer-meetings", "/blog/automation", "/blog/data-quality", "/blog/remote-teams"),
    )
)
_LATE_PAGES = tuple({"path": path} for path in ("/pricing", "/pricing/compare", "/security/audits", "/features/api"))
_QUESTIONS = (
    {"text": "Is there an API?"},
    {"text": "Wie lange dauert der Umstieg?"},
    {
        "text": "We run four teams on three tools and lose half a day each week on reports; can you import all of them "
        "with their history before the first of next month?"
    },
)
_NEEDS = (
    "Forty people work in spreadsheets that break every week",
    "Unser Ticketsystem läuft im Frühjahr aus",
    "We need single sign-on and reports for the auditors",
    "Wij willen drie tools door één vervangen",
)
_CAREERS = Deed("page_viewed", 4, "visit", said=({"path": "/careers"}, {"path": "/careers/engineer"}), burst=1)
_AFTER_TRIAL = (
    Then("trial_session", 0.85, (0.02, 0.9)),
    Then("trial_session", 0.6, (1, 4)),
    Then("trial_session", 0.4, (3, 9)),
    Then("data_connected", 0.4, (0.05, 2.5), (Then("workflow_built", 0.6, (0.1, 3)),)),
    Then("colleague_invited", 0.25, (1, 8)),
    Then("trial_limit_reached", 0.12, (5, 13)),
    Then("trial_canceled", 0.15, (2, 13)),
)


def _titles(fit: float, *titles: str) -> tuple[Fact, ...]:
    return (Fact("job_title", tuple(Option(title, 1, fit) for title in titles)),)


HABITS = Habits(
    template="software",
    holidays="DE",
    evenings=False,
    tiers=(
        Tier("small", 0.82, 1.7, (_SIZE, _SEATS, _STACK, _COUNTRY)),
        Tier("large", 0.18, 4.0, (_LARGE, _SEATS, _STACK, _COUNTRY)),
    ),
    personas=(
        Persona("enterprise", "large", 1, _titles(0.1, "Head of IT", "Project Manager", "Analyst"), 0.1, -0.3, 2.5, 8),
        Persona("technical", "small", 0.35, _titles(-0.2, "Developer", "Systems Engineer", "Entwickler"), 0.8, -0.9),
        Persona("team_lead", "small", 0.4, _titles(0.4, "Head of Support", "Operations Manager", "Leiterin Vertrieb")),
        Persona("", "small", 0.25, _titles(-0.5, "Assistant", "Intern", "Consultant"), 0.3, -0.5),
    ),
    strangers=(
        Stranger("student", 0.05, 1.0, "stud.uni-example.de"),
        Stranger("competitor", 0.02, 1.0, "rival-software.example", asks=0.06),
        Stranger("applicant", 0.015, 0.0, "mail.example", own_deeds=(_CAREERS,)),
    ),
    campaigns=(
        Campaign("", "search", 1, 365, 28, 0, 0.15),
        Campaign("", "content", 1, 365, 20, 0, -0.1),
        Campaign("", "social", 1, 365, 10, 0, -0.3),
        Campaign("search-ads", "ads", 1, 365, 18, 90_000, 0.1),
        Campaign("spring-launch", "email", 70, 30, 6, 5_000, 0.3),
        Campaign("developer-meetup", "meetup", 140, 5, 5, 14_000, -0.3),
        Campaign("free-month", "social", 200, 40, 7, 12_000, -0.7),
        Campaign("year-end-webinars", "content", 290, 50, 6, 8_000, 0.35),
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
        Deed("page_viewed", 2.4, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=1.5),
        Deed("page_viewed", 0.6, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=0.7),
        Deed("visit_ended", 0.5, "visit", curiosity=0.8, said=({"minutes": 2}, {"minutes": 6}, {"minutes": 14})),
        Deed("ad_clicked", 0.3, "visit", curiosity=0.5),
        Deed("newsletter_subscribed", 0.2, "known", curiosity=0.3, most=1),
        Deed("email_clicked", 2.6, "habit", curiosity=1.0),
        Deed("newsletter_unsubscribed", 0.06, "habit", most=1),
        Deed("social_commented", 0.06, "known", curiosity=0.8),
        Deed("social_followed", 0.08, "known", curiosity=0.3, most=1),
        Deed("ebook_downloaded", 0.12, "known", curiosity=0.7, content="e-book"),
        Deed("whitepaper_downloaded", 0.08, "known", need=0.1, curiosity=0.6, content="whitepaper"),
        Deed("case_study_downloaded", 0.1, "deciding", need=0.4, curiosity=0.3, content="case study"),
        Deed(
            "webinar_registered",
            0.1,
            "known",
            need=0.2,
            curiosity=0.4,
            content="webinar",
            then=(Then("webinar_attended", 0.55, (1, 10)),),
        ),
        Deed("plans_compared", 0.08, "known", need=0.35, curiosity=0.4),
        Deed("competitor_comparison_read", 0.05, "known", need=0.2, curiosity=0.5),
        Deed("reviews_read", 0.06, "known", need=0.2, curiosity=0.5),
        Deed("product_tour_finished", 0.08, "known", need=0.2, curiosity=0.5, most=4),
        Deed("trial_started", 0.06, "known", need=0.4, curiosity=0.3, most=2, then=_AFTER_TRIAL),
        Deed("question_asked", 0.025, "known", need=0.4, most=3, said=_QUESTIONS),
        Deed("chat_question_asked", 0.03, "known", need=0.3, curiosity=0.3, most=3, said=_QUESTIONS[:2]),
        Deed("email_replied", 0.06, "known", need=0.4, most=5, late=0.1),
        Deed("call_received", 0.02, "known", need=0.5, most=2, late=0.2),
        Deed("meetup_conversation", 0.02, "known", need=0.2, most=2, late=0.6),
        Deed("contact_requested", 0.03, "known", need=0.3, most=2),
        Deed(
            "demo_booked",
            0.03,
            "known",
            need=0.3,
            most=1,
            said=({"invited": True},),
            then=(Then("demo_attended", 0.6, (1, 6)),),
        ),
        Deed("security_review_requested", 0.015, "deciding", need=0.6, most=1),
    ),
    requests=(
        Request("contact_requested", 3, tuple({"need": n, "start": s} for n in _NEEDS for s in ("now", "this month"))),
        Request("demo_booked", 5, ({"invited": False},)),
        Request("price_requested", 2),
        Request("quote_requested", 2, ({}, {"urgency": "this month"})),
    ),
    reps=(
        Rep("nele", ("DE", "AT", "CH"), 0.8, 0.0, 0.9),
        Rep("timo", ("DE",), 0.45, 0.5, 0.6),
        Rep("sanne", ("NL",), 0.7, -0.1, 0.7),
        Rep("mads", ("DK", "GB", "US", "IN"), 0.55, 0.2, 0.5),
    ),
    kinds=(Kind("e-book", "top"), Kind("whitepaper", "top"), Kind("webinar", "middle"), Kind("case study", "bottom")),
    topics=(
        Topic(
            "reporting",
            "team_lead",
            {
                "en": "Reports without work",
                "de": "Berichte ohne Mühe",
                "nl": "Rapporten zonder werk",
                "da": "Rapporter uden besvær",
            },
        ),
        Topic(
            "automation",
            "technical",
            {
                "en": "Automating the boring part",
                "de": "Das Langweilige automatisieren",
                "nl": "Het saaie automatiseren",
                "da": "Automatiser det kedelige",
            },
        ),
        Topic(
            "security",
            "enterprise",
            {
                "en": "Security that auditors like",
                "de": "Sicherheit, die Prüfern gefällt",
                "nl": "Veiligheid die auditors waarderen",
                "da": "Sikkerhed, som revisorer kan lide",
            },
        ),
        Topic(
            "onboarding",
            "team_lead",
            {
                "en": "A new tool in a week",
                "de": "Ein neues Werkzeug in einer Woche",
                "nl": "Een nieuw hulpmiddel in een week",
                "da": "Et nyt værktøj på en uge",
            },
        ),
    ),
    effects=Effects(need=1.1, fit=0.7, budget=0.4, request=1.2, answered_in_time=0.9, silence=-1.5),
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
