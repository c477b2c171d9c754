"""A digital-marketing agency: many free checks, few mandates, shops that decide soon, groups that decide by tender."""

from __future__ import annotations

from ripeline.generated import habits as h

_COUNTRY = h.Fact(
    "country",
    {
        "NL": (52, 0.3),
        "BE": (14, 0.3),
        "DE": (14, 0.1),
        "DK": (6, 0),
        "FR": (6, -0.8),
        "IN": (4, -1.5),
        "US": (4, -1.0),
    },
    told=0.85,
)
_INDUSTRY = h.Fact(
    "industry",
    {
        "retail": (28, 0.4),
        "tourism": (14, 0.4),
        "health care": (12, 0.3),
        "software": (12, 0.3),
        "crafts": (16, -0.3),
        "public sector": (8, -0.5),
        "clubs": (10, -0.9),
    },
)
_ONLINE = h.Fact("sells_online", {True: (1, 0.4)})
_OFFLINE = h.Fact("sells_online", {False: (1, -0.1)})
_USED = h.Fact(
    "channels_used",
    {"search ads": (3, 0.3), "search ads|social ads": (2, 0.4), "newsletter": (2, 0), "none": (3, -0.4)},
    told=0.4,
)
_SMALL = h.Fact("company_size", {2: (45, -0.4), 6: (35, 0), 15: (20, 0.3)})
_MIDDLE = h.Fact("company_size", {30: (35, 0.4), 80: (40, 0.5), 300: (25, 0.3)})
_LARGE = h.Fact("company_size", {700: (60, 0), 2000: (30, -0.1), 9000: (10, -0.3)})
_PAGES = h.each_of(
    path=(
        "/",
        "/",
        "/services/search",
        "/services/social",
        "/services/design",
        "/about",
        "/blog/cookies",
        "/blog/landing-pages",
        "/blog/small-budgets",
        "/blog/video",
    )
)
_LATE_PAGES = h.each_of(path=("/cases/bikes", "/cases/clinic", "/cases/hotel", "/packages"))
_QUESTIONS = h.each_of(
    text=(
        "Doen jullie ook video?",
        "What does a landing page cost?",
        (
            "We spend four thousand euros a month on search ads and the orders have fallen by half since the new "
            "shop; can you look at the account before the season begins in March?"
        ),
    )
)
_NEEDS = (
    "Our ads cost more than they bring",
    "De nieuwe webshop verkoopt niets",
    "Unsere Marke kennt im Norden niemand",
    "Vi vil dobbelt så mange bookinger",
)
_CAREERS = h.Deed("page_viewed", 4, "visit", said=h.each_of(path=("/careers", "/careers/designer")), burst=1)

HABITS = h.Habits(
    template="agency",
    holidays="NL",
    tiers=(
        h.Tier("shop", 0.25, 1.4, (_MIDDLE, _INDUSTRY, _ONLINE, _USED, _COUNTRY)),
        h.Tier("local", 0.35, 1.1, (_SMALL, _INDUSTRY, _OFFLINE, _USED, _COUNTRY)),
        h.Tier("middle", 0.27, 1.8, (_MIDDLE, _INDUSTRY, _OFFLINE, _USED, _COUNTRY)),
        h.Tier("large", 0.13, 3.2, (_LARGE, _INDUSTRY, _OFFLINE, _USED, _COUNTRY)),
    ),
    personas=(
        h.Persona(
            "shop",
            "shop",
            (h.one_of("job_title", "E-commerce Manager", "Founder", "Head of Sales", fit=0.4),),
            asks=0.3,
            length=0.8,
            spends=1.6,
        ),
        h.Persona(
            "local_business",
            "local",
            (h.one_of("job_title", "Owner", "Eigenaar", "Inhaberin", fit=0.1),),
            curiosity=0.1,
            asks=-0.2,
            length=0.7,
            spends=0.5,
        ),
        h.Persona(
            "marketing_manager",
            "middle",
            (h.one_of("job_title", "Marketing Manager", "Head of Digital", "CMO", fit=0.3),),
            share=0.7,
            curiosity=0.2,
        ),
        h.Persona(
            "",
            "middle",
            (h.one_of("job_title", "Assistant", "Trainee", "Praktikant", fit=-0.6),),
            share=0.3,
            curiosity=0.4,
            asks=-0.8,
        ),
        h.Persona(
            "corporate",
            "large",
            (h.one_of("job_title", "Marketing Manager", "Purchasing Manager", "Analyst"),),
            curiosity=0.3,
            asks=-0.5,
            length=2.2,
            spends=4,
        ),
    ),
    strangers=(
        h.Stranger("student", 0.035, 1.1, "student.hogeschool-example.nl"),
        h.Stranger("competitor", 0.03, 1.1, "rival-agency.example", asks=0.05),
        h.Stranger("applicant", 0.02, own_deeds=(_CAREERS,)),
    ),
    campaigns=(
        h.Campaign("search", 26, 0.1),
        h.Campaign("content", 18, -0.1),
        h.Campaign("social", 14, -0.3),
        h.Campaign("referral", 6, 0.8),
        h.Campaign("ads", 16, 0.1, name="search-ads", cost=36_000),
        h.Campaign("ads", 8, -0.2, name="check-your-shop", day=40, days=40, cost=9_000),
        h.Campaign("content", 4, 0.3, name="marketing-congress", day=150, days=5, cost=16_000),
        h.Campaign("email", 8, 0.4, name="before-christmas", day=245, days=40, cost=3_000),
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
        h.Deed("page_viewed", 2.4, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=1.5),
        h.Deed("page_viewed", 0.6, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=0.7),
        h.Deed("visit_ended", 0.5, "visit", curiosity=0.8, said=h.each_of(minutes=(2, 6, 14))),
        h.Deed("ad_clicked", 0.3, "visit", curiosity=0.5),
        h.Deed("newsletter_subscribed", 0.25, curiosity=0.3, most=1),
        h.Deed("email_clicked", 3.0, "habit", curiosity=1.0),
        h.Deed("newsletter_unsubscribed", 0.07, "habit", most=1),
        h.Deed("social_commented", 0.1, curiosity=0.9),
        h.Deed("social_shared", 0.06, curiosity=0.9),
        h.Deed("social_followed", 0.1, curiosity=0.3, most=1),
        h.Deed("social_message_received", 0.03, need=0.3, most=3, said=_QUESTIONS[:2]),
        h.Deed("checklist_downloaded", 0.2, curiosity=0.7, content="checklist"),
        h.Deed("ebook_downloaded", 0.15, curiosity=0.7, content="e-book"),
        h.Deed("whitepaper_downloaded", 0.1, need=0.1, curiosity=0.6, content="whitepaper"),
        h.Deed("case_study_downloaded", 0.1, "deciding", need=0.4, curiosity=0.3, content="case study"),
        h.Deed(
            "webinar_registered",
            0.12,
            need=0.2,
            curiosity=0.4,
            content="webinar",
            then=(h.Then("webinar_attended", 0.55, (2, 12)),),
        ),
        h.Deed("reviews_read", 0.15, need=0.2, curiosity=0.5),
        h.Deed("questionnaire_completed", 0.04, need=0.4, most=2),
        h.Deed("website_check_run", 0.15, need=0.2, curiosity=0.6, most=6),
        h.Deed("question_asked", 0.04, need=0.4, most=3, said=_QUESTIONS),
        h.Deed("email_replied", 0.07, need=0.4, most=5, late=0.1),
        h.Deed("call_received", 0.025, need=0.5, most=2, late=0.2),
        h.Deed("conference_conversation", 0.02, need=0.2, most=2, late=0.6),
        h.Deed("online_conversation", 0.02, need=0.3, most=2),
        h.Deed("contact_requested", 0.03, need=0.3, most=2),
        h.Deed("audit_requested", 0.03, need=0.3, most=1, said=({}, {"goal": "more visitors"})),
        h.Deed("price_requested", 0.02, "deciding", need=0.4, most=1),
        h.Deed("consultation_booked", 0.04, need=0.3, most=1, said=({"invited": True},)),
        h.Deed("pitch_invited", 0.01, "deciding", need=0.2, most=1, said=h.each_of(agencies=(5, 9))),
    ),
    requests=(
        h.Request("contact_requested", 4, h.each_of(need=_NEEDS, start=("now", "this month"))),
        h.Request("audit_requested", 3, h.each_of(goal=("orders", "bookings"), monthly_budget=(3500, 8000))),
        h.Request("proposal_requested", 2, ({"urgency": "this month"},)),
        h.Request("consultation_booked", 3, ({"invited": False},)),
        h.Request("pitch_invited", 1, h.each_of(agencies=(2, 3))),
        h.Request("account_access_granted", 1),
    ),
    reps=(
        h.Rep("joost", ("NL",), in_time=0.8, strictness=0.0, diligence=0.85),
        h.Rep("fleur", ("NL", "BE"), in_time=0.5, strictness=0.5, diligence=0.7),
        h.Rep("lena", ("DE", "US", "IN"), in_time=0.65, strictness=0.1, diligence=0.8),
        h.Rep("sofie", ("DK", "FR"), in_time=0.7, strictness=-0.2, diligence=0.6),
    ),
    topics=(
        h.Topic(
            "more-orders",
            "shop",
            en="More orders, same budget",
            de="Mehr Bestellungen, gleiches Budget",
            nl="Meer orders, zelfde budget",
            da="Flere ordrer, samme budget",
        ),
        h.Topic(
            "being-found",
            "local_business",
            en="Being found in town",
            de="In der Stadt gefunden werden",
            nl="Gevonden worden in de stad",
            da="Bliv fundet i byen",
        ),
        h.Topic(
            "measuring",
            "marketing_manager",
            en="Measuring what works",
            de="Messen, was wirkt",
            nl="Meten wat werkt",
            da="Mål det, der virker",
        ),
        h.Topic(
            "brand",
            "corporate",
            en="A brand across borders",
            de="Eine Marke über Grenzen",
            nl="Een merk over grenzen",
            da="Et brand over grænser",
        ),
    ),
    effects=h.Effects(need=1.1, fit=0.8, budget=0.7, request=1.3, answered_in_time=0.8, silence=-1.4),
    journey_days=55,
    price=18_000,
    means=2_600,
    months=(120, 110, 110, 100, 95, 85, 60, 75, 120, 125, 120, 80),
    buyers=0.055,
    pains=("expensive clicks", "few orders", "no time for content", "old website", "no numbers"),
    objections=("too expensive", "bad experience with agencies", "want to do it ourselves", "long contracts"),
)
