"""A digital-marketing agency: many free checks, few mandates, shops that decide soon, groups that decide by tender."""

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
        *(Option("NL", 52, 0.3), Option("BE", 14, 0.3), Option("DE", 14, 0.1), Option("DK", 6)),
        *(Option("FR", 6, -0.8), Option("IN", 4, -1.5), Option("US", 4, -1.0)),
    ),
    told=0.85,
)
_INDUSTRY = Fact(
    "industry",
    (
        *(
            Option("retail", 28, 0.4),
            Option("tourism", 14, 0.4),
            Option("health care", 12, 0.3),
            Option("software", 12, 0.3),
        ),
        *(Option("crafts", 16, -0.3), Option("public sector", 8, -0.5), Option("clubs", 10, -0.9)),
    ),
)
_ONLINE = Fact("sells_online", (Option(value=True, fit=0.4),), told=0.7)
_OFFLINE = Fact("sells_online", (Option(value=False, fit=-0.1),), told=0.7)
_USED = Fact(
    "channels_used",
    (
        Option("search ads", 3, 0.3),
        Option("search ads|social ads", 2, 0.4),
        Option("newsletter", 2),
        Option("none", 3, -0.4),
    ),
    told=0.4,
)
_SMALL = Fact("company_size", (Option(2, 45, -0.4), Option(6, 35), Option(15, 20, 0.3)))
_MIDDLE = Fact("company_size", (Option(30, 35, 0.4), Option(80, 40, 0.5), Option(300, 25, 0.3)))
_LARGE = Fact("company_size", (Option(700, 60), Option(2000, 30, -0.1), Option(9000, 10, -0.3)))
_PAGES = tuple(
    {"path": path}
    for path in (
        *("/", "/", "/services/search", "/services/social", "/services/design", "/about"),
        *("/blog/cookies", "/blog/landing-pages", "/blog/small-budgets", "/blog/video"),
    )
)
_LATE_PAGES = tuple({"path": path} for path in ("/cases/bikes", "/cases/clinic", "/cases/hotel", "/packages"))
_QUESTIONS = (
    {"text": "Doen jullie ook video?"},
    {"text": "What does a landing page cost?"},
    {
        "text": "We spend four thousand euros a month on search ads and the orders have fallen by half since the new "
        "shop; can you look at the account before the season begins in March?"
    },
)
_NEEDS = (
    "Our ads cost more than they bring",
    "De nieuwe webshop verkoopt niets",
    "Unsere Marke kennt im Norden niemand",
    "Vi vil dobbelt så mange bookinger",
)
_CAREERS = Deed("page_viewed", 4, "visit", said=({"path": "/careers"}, {"path": "/careers/designer"}), burst=1)


def _titles(fit: float, *titles: str) -> tuple[Fact, ...]:
    return (Fact("job_title", tuple(Option(title, 1, fit) for title in titles)),)


HABITS = Habits(
    template="agency",
    holidays="NL",
    evenings=False,
    tiers=(
        Tier("shop", 0.25, 1.4, (_MIDDLE, _INDUSTRY, _ONLINE, _USED, _COUNTRY)),
        Tier("local", 0.35, 1.1, (_SMALL, _INDUSTRY, _OFFLINE, _USED, _COUNTRY)),
        Tier("middle", 0.27, 1.8, (_MIDDLE, _INDUSTRY, _OFFLINE, _USED, _COUNTRY)),
        Tier("large", 0.13, 3.2, (_LARGE, _INDUSTRY, _OFFLINE, _USED, _COUNTRY)),
    ),
    personas=(
        Persona("shop", "shop", 1, _titles(0.4, "E-commerce Manager", "Founder", "Head of Sales"), 0.0, 0.3, 0.8, 1.6),
        Persona("local_business", "local", 1, _titles(0.1, "Owner", "Eigenaar", "Inhaberin"), 0.1, -0.2, 0.7, 0.5),
        Persona("marketing_manager", "middle", 0.7, _titles(0.3, "Marketing Manager", "Head of Digital", "CMO"), 0.2),
        Persona("", "middle", 0.3, _titles(-0.6, "Assistant", "Trainee", "Praktikant"), 0.4, -0.8),
        Persona(
            "corporate",
            "large",
            1,
            _titles(0.0, "Marketing Manager", "Purchasing Manager", "Analyst"),
            0.3,
            -0.5,
            2.2,
            4,
        ),
    ),
    strangers=(
        Stranger("student", 0.035, 1.1, "student.hogeschool-example.nl"),
        Stranger("competitor", 0.03, 1.1, "rival-agency.example", asks=0.05),
        Stranger("applicant", 0.02, 0.0, "mail.example", own_deeds=(_CAREERS,)),
    ),
    campaigns=(
        Campaign("", "search", 1, 365, 26, 0, 0.1),
        Campaign("", "content", 1, 365, 18, 0, -0.1),
        Campaign("", "social", 1, 365, 14, 0, -0.3),
        Campaign("", "referral", 1, 365, 6, 0, 0.8),
        Campaign("search-ads", "ads", 1, 365, 16, 36_000, 0.1),
        Campaign("check-your-shop", "ads", 40, 40, 8, 9_000, -0.2),
        Campaign("marketing-congress", "content", 150, 5, 4, 16_000, 0.3),
        Campaign("before-christmas", "email", 245, 40, 8, 3_000, 0.4),
    ),
    entries={
        "search": {"website_check_run": 5, "newsletter_subscribed": 2, "question_asked": 1, "ebook_downloaded": 1},
        "content": {
            "checklist_downloaded": 4,
            "ebook_downloaded": 3,
            "newsletter_subscribed": 3,
            "webinar_registered": 1,
        },
        "social": {"newsletter_subscribed": 4, "checklist_downloaded": 3, "social_message_received": 1},
        "referral": {"call_received": 2, "contact_requested": 2, "conference_conversation": 1},
        "ads": {"website_check_run": 4, "checklist_downloaded": 2},
        "email": {"newsletter_subscribed": 2, "webinar_registered": 2, "questionnaire_completed": 1},
    },
    deeds=(
        Deed("page_viewed", 2.4, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=1.5),
        Deed("page_viewed", 0.6, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=0.7),
        Deed("visit_ended", 0.5, "visit", curiosity=0.8, said=({"minutes": 2}, {"minutes": 6}, {"minutes": 14})),
        Deed("ad_clicked", 0.3, "visit", curiosity=0.5),
        Deed("newsletter_subscribed", 0.25, "known", curiosity=0.3, most=1),
        Deed("email_clicked", 3.0, "habit", curiosity=1.0),
        Deed("newsletter_unsubscribed", 0.07, "habit", most=1),
        Deed("social_commented", 0.1, "known", curiosity=0.9),
        Deed("social_shared", 0.06, "known", curiosity=0.9),
        Deed("social_followed", 0.1, "known", curiosity=0.3, most=1),
        Deed("social_message_received", 0.03, "known", need=0.3, most=3, said=_QUESTIONS[:2]),
        Deed("checklist_downloaded", 0.2, "known", curiosity=0.7, content="checklist"),
        Deed("ebook_downloaded", 0.15, "known", curiosity=0.7, content="e-book"),
        Deed("whitepaper_downloaded", 0.1, "known", need=0.1, curiosity=0.6, content="whitepaper"),
        Deed("case_study_downloaded", 0.1, "deciding", need=0.4, curiosity=0.3, content="case study"),
        Deed(
            "webinar_registered",
            0.12,
            "known",
            need=0.2,
            curiosity=0.4,
            content="webinar",
            then=(Then("webinar_attended", 0.55, (2, 12)),),
        ),
        Deed("reviews_read", 0.15, "known", need=0.2, curiosity=0.5),
        Deed("questionnaire_completed", 0.04, "known", need=0.4, most=2),
        Deed("website_check_run", 0.15, "known", need=0.2, curiosity=0.6, most=6),
        Deed("question_asked", 0.04, "known", need=0.4, most=3, said=_QUESTIONS),
        Deed("email_replied", 0.07, "known", need=0.4, most=5, late=0.1),
        Deed("call_received", 0.025, "known", need=0.5, most=2, late=0.2),
        Deed("conference_conversation", 0.02, "known", need=0.2, most=2, late=0.6),
        Deed("online_conversation", 0.02, "known", need=0.3, most=2),
        Deed("contact_requested", 0.03, "known", need=0.3, most=2),
        Deed("audit_requested", 0.03, "known", need=0.3, most=1, said=({}, {"goal": "more visitors"})),
        Deed("price_requested", 0.02, "deciding", need=0.4, most=1),
        Deed("consultation_booked", 0.04, "known", need=0.3, most=1, said=({"invited": True},)),
        Deed("pitch_invited", 0.01, "deciding", need=0.2, most=1, said=({"agencies": 5}, {"agencies": 9})),
    ),
    requests=(
        Request("contact_requested", 4, tuple({"need": n, "start": s} for n in _NEEDS for s in ("now", "this month"))),
        Request(
            "audit_requested",
            3,
            tuple({"goal": g, "monthly_budget": b} for g in ("orders", "bookings") for b in (3500, 8000)),
        ),
        Request("proposal_requested", 2, ({"urgency": "this month"},)),
        Request("consultation_booked", 3, ({"invited": False},)),
        Request("pitch_invited", 1, ({"agencies": 2}, {"agencies": 3})),
        Request("account_access_granted", 1),
    ),
    reps=(
        Rep("joost", ("NL",), 0.8, 0.0, 0.85),
        Rep("fleur", ("NL", "BE"), 0.5, 0.5, 0.7),
        Rep("lena", ("DE", "US", "IN"), 0.65, 0.1, 0.8),
        Rep("sofie", ("DK", "FR"), 0.7, -0.2, 0.6),
    ),
    kinds=(
        *(Kind("checklist", "top"), Kind("e-book", "top"), Kind("whitepaper", "top")),
        *(Kind("webinar", "middle"), Kind("case study", "bottom")),
    ),
    topics=(
        Topic(
            "more-orders",
            "shop",
            {
                "en": "More orders, same budget",
                "de": "Mehr Bestellungen, gleiches Budget",
                "nl": "Meer orders, zelfde budget",
                "da": "Flere ordrer, samme budget",
            },
        ),
        Topic(
            "being-found",
            "local_business",
            {
                "en": "Being found in town",
                "de": "In der Stadt gefunden werden",
                "nl": "Gevonden worden in de stad",
                "da": "Bliv fundet i byen",
            },
        ),
        Topic(
            "measuring",
            "marketing_manager",
            {
                "en": "Measuring what works",
                "de": "Messen, was wirkt",
                "nl": "Meten wat werkt",
                "da": "Mål det, der virker",
            },
        ),
        Topic(
            "brand",
            "corporate",
            {
                "en": "A brand across borders",
                "de": "Eine Marke über Grenzen",
                "nl": "Een merk over grenzen",
                "da": "Et brand over grænser",
            },
        ),
    ),
    effects=Effects(need=1.1, fit=0.8, budget=0.7, request=1.3, answered_in_time=0.8, silence=-1.4),
    journey_days=55,
    price=18_000,
    means=2_600,
    months=(120, 110, 110, 100, 95, 85, 60, 75, 120, 125, 120, 80),
    buyers=0.055,
    pains=("expensive clicks", "few orders", "no time for content", "old website", "no numbers"),
    objections=("too expensive", "bad experience with agencies", "want to do it ourselves", "long contracts"),
)
